#include "keratin/core/config.h"

#include <algorithm>
#include <sstream>

#include "keratin/core/error.h"

namespace keratin::inline v0 {

Config::Config(std::initializer_list<std::pair<std::string, ConfigValue>> entries) {
  for (const auto& [name, value] : entries) set(name, value);
}

void Config::set(std::string name, ConfigValue value) {
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const auto& each) { return each.first == name; });
  if (found != entries_.end()) {
    found->second = std::move(value);
  } else {
    entries_.emplace_back(std::move(name), std::move(value));
  }
}

bool Config::contains(std::string_view name) const noexcept {
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& each) { return each.first == name; });
}

const ConfigValue& Config::at(std::string_view name) const {
  std::string known;
  for (const auto& [each, value] : entries_) {
    if (each == name) return value;
    known += (known.empty() ? "" : ", ") + each;
  }
  throw KeyError("The description has no entry of this name. It has: " + (known.empty() ? "none" : known) +
                 ". Received: '" + std::string(name) + "'");
}

namespace {

template <class T, class Variant>
const T& holding(const Variant& value, const char* wanted) {
  static constexpr const char* kinds[] = {"None", "a truth value", "an integer",   "a number",
                                          "text", "a list",        "a description"};
  if (const T* const found = std::get_if<T>(&value)) return *found;
  throw ValueError("The description's entry should be " + std::string(wanted) + ". Received: " + kinds[value.index()]);
}

}  // namespace

bool ConfigValue::as_bool() const { return holding<bool>(value_, "a truth value"); }
std::int64_t ConfigValue::as_integer() const { return holding<std::int64_t>(value_, "an integer"); }

double ConfigValue::as_floating() const {
  if (const auto* const integer = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*integer);
  return holding<double>(value_, "a number");
}

const std::string& ConfigValue::as_text() const { return holding<std::string>(value_, "text"); }
const ConfigValue::List& ConfigValue::as_list() const { return holding<List>(value_, "a list"); }
const Config& ConfigValue::as_config() const { return holding<Config>(value_, "a description"); }

std::string to_string(const ConfigValue& value) {
  if (value.is_none()) return "None";
  if (value.is_bool()) return value.as_bool() ? "True" : "False";
  if (value.is_integer()) return std::to_string(value.as_integer());
  if (value.is_text()) return "'" + value.as_text() + "'";
  if (value.is_number()) {
    std::ostringstream text;
    text << value.as_floating();
    return text.str();
  }
  std::string text;
  if (value.is_list()) {
    for (const ConfigValue& each : value.as_list()) text += (text.empty() ? "" : ", ") + to_string(each);
    return "[" + text + "]";
  }
  for (const auto& [name, each] : value.as_config().entries())
    text += (text.empty() ? "'" : ", '") + name + "': " + to_string(each);
  return "{" + text + "}";
}

}  // namespace keratin::inline v0

#include "keratin/core/config.h"

#include <algorithm>
#include <sstream>
#include <variant>

#include "keratin/core/error.h"

namespace keratin::inline v0 {

Config::Config() noexcept = default;
Config::Config(const Config& other) = default;
Config::Config(Config&& other) noexcept = default;
Config& Config::operator=(const Config& other) = default;
Config& Config::operator=(Config&& other) noexcept = default;
Config::~Config() = default;

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

struct ConfigValue::Content {
  std::variant<bool, std::int64_t, double, std::string, List, Config> value;

  template <class T>
  static bool is(const std::shared_ptr<const Content>& content) noexcept {
    return content != nullptr && std::holds_alternative<T>(content->value);
  }
  /// Throws ValueError where it is something else.
  template <class T>
  static const T& get(const std::shared_ptr<const Content>& content, const char* wanted) {
    if (is<T>(content)) return std::get<T>(content->value);
    static constexpr const char* kinds[] = {"a truth value", "an integer", "a number",
                                            "text",          "a list",     "a description"};
    throw ValueError("The description's entry should be " + std::string(wanted) +
                     ". Received: " + (content == nullptr ? "None" : kinds[content->value.index()]));
  }
};

ConfigValue::ConfigValue() noexcept = default;
ConfigValue::ConfigValue(std::string value) : content_(std::make_shared<Content>(Content{std::move(value)})) {}
ConfigValue::ConfigValue(const char* value) : ConfigValue(std::string(value)) {}
ConfigValue::ConfigValue(List value) : content_(std::make_shared<Content>(Content{std::move(value)})) {}
ConfigValue::ConfigValue(Config value) : content_(std::make_shared<Content>(Content{std::move(value)})) {}
ConfigValue::ConfigValue(const ConfigValue& other) noexcept = default;
ConfigValue::ConfigValue(ConfigValue&& other) noexcept = default;
ConfigValue& ConfigValue::operator=(const ConfigValue& other) noexcept = default;
ConfigValue& ConfigValue::operator=(ConfigValue&& other) noexcept = default;
ConfigValue::~ConfigValue() = default;

void ConfigValue::hold(bool value) { content_ = std::make_shared<Content>(Content{value}); }
void ConfigValue::hold(std::int64_t value) { content_ = std::make_shared<Content>(Content{value}); }
void ConfigValue::hold(double value) { content_ = std::make_shared<Content>(Content{value}); }

bool ConfigValue::is_bool() const noexcept { return Content::is<bool>(content_); }
bool ConfigValue::is_integer() const noexcept { return Content::is<std::int64_t>(content_); }
bool ConfigValue::is_text() const noexcept { return Content::is<std::string>(content_); }
bool ConfigValue::is_list() const noexcept { return Content::is<List>(content_); }
bool ConfigValue::is_config() const noexcept { return Content::is<Config>(content_); }
bool ConfigValue::is_number() const noexcept { return is_integer() || Content::is<double>(content_); }

bool ConfigValue::as_bool() const { return Content::get<bool>(content_, "a truth value"); }
std::int64_t ConfigValue::as_integer() const { return Content::get<std::int64_t>(content_, "an integer"); }
double ConfigValue::as_floating() const {
  return is_integer() ? static_cast<double>(as_integer()) : Content::get<double>(content_, "a number");
}
const std::string& ConfigValue::as_text() const { return Content::get<std::string>(content_, "text"); }
const ConfigValue::List& ConfigValue::as_list() const { return Content::get<List>(content_, "a list"); }
const Config& ConfigValue::as_config() const { return Content::get<Config>(content_, "a description"); }

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

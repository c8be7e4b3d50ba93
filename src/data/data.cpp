#include "keratin/data/data.h"

#include <algorithm>

#include "core/text.h"
#include "keratin/core/error.h"

namespace keratin::inline v0 {

Data::Data() noexcept = default;
Data::Data(const Data& other) = default;
Data::Data(Data&& other) noexcept = default;
Data& Data::operator=(const Data& other) = default;
Data& Data::operator=(Data&& other) noexcept = default;
Data::~Data() = default;

Outputs::Outputs() noexcept = default;
Outputs::Outputs(const Outputs& other) = default;
Outputs::Outputs(Outputs&& other) noexcept = default;
Outputs& Outputs::operator=(const Outputs& other) = default;
Outputs& Outputs::operator=(Outputs&& other) noexcept = default;
Outputs::~Outputs() = default;

Outputs::Outputs(std::vector<std::string> names, std::vector<Array> arrays)
    : names_(std::move(names)), arrays_(std::move(arrays)) {}

Data::Data(Array array) { arrays_.push_back(std::move(array)); }
Data::Data(std::vector<Array> arrays) : arrays_(std::move(arrays)) {}
Data::Data(std::initializer_list<Array> arrays) : arrays_(arrays) {}

Data::Data(std::initializer_list<std::pair<std::string, Array>> named)
    : Data(std::vector<std::pair<std::string, Array>>(named)) {}

Data::Data(const std::vector<std::pair<std::string, Array>>& named) {
  for (const auto& [name, array] : named) {
    if (std::find(names_.begin(), names_.end(), name) != names_.end())
      throw ValueError("A dictionary of arrays can hold a name once. Received: '" + name + "' twice");
    names_.push_back(name);
    arrays_.push_back(array);
  }
}

bool Data::has(std::string_view name) const noexcept { return std::ranges::find(names_, name) != names_.end(); }

std::vector<Array> Data::ordered(const std::vector<std::string>& names, std::string_view what) const {
  // Texts are made where they are thrown alone: each batch of a stream comes through here.
  const auto refuse = [&](const std::string& how, const std::string& received) {
    throw ValueError("fit, evaluate and predict take " + std::string(what) + " " + how + core::listed(names, "'") +
                     ". Received: " + received);
  };
  if (names_.empty()) {
    if (arrays_.size() != names.size())
      refuse("with one array for each of ", std::to_string(arrays_.size()) + " arrays");
    return arrays_;
  }
  std::vector<Array> found;
  for (const std::string& name : names) {
    const auto at = std::find(names_.begin(), names_.end(), name);
    if (at == names_.end()) refuse("by the names ", core::listed(names_, "'") + ", without '" + name + "'");
    found.push_back(arrays_[static_cast<std::size_t>(at - names_.begin())]);
  }
  if (names_.size() > names.size()) refuse("by the names ", core::listed(names_, "'"));
  return found;
}

Data Data::rows(std::int64_t first, std::int64_t last) const {
  return mapped([&](const Array& array) { return array.rows(first, last); });
}

Outputs::operator Array() const {
  if (arrays_.size() != 1)
    throw ValueError(
        "Only the result of a model with one output is an array; take one by its name, outputs[\"…\"]. "
        "Received: outputs " +
        core::listed(names_, "'"));
  return arrays_.front();
}

const Array& Outputs::operator[](std::string_view name) const {
  for (std::size_t i = 0; i < names_.size(); ++i)
    if (names_[i] == name) return arrays_[i];
  throw KeyError("There is no output of this name. There are: " + core::listed(names_, "'") + ". Received: '" +
                 std::string(name) + "'");
}

}  // namespace keratin::inline v0

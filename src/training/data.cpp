#include "keratin/training/data.h"

#include <algorithm>

#include "core/text.h"
#include "keratin/core/error.h"

namespace keratin::inline v0 {

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
  Data part = *this;
  for (Array& array : part.arrays_) array = array.rows(first, last);
  return part;
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

Examples::Batches Examples::batches(std::int64_t batch_size) const { return {*this, batch_size}; }

Examples::Batches::Batches(Examples examples, std::int64_t batch_size)
    : examples_(std::move(examples)),
      batch_size_(batch_size),
      rows_(examples_.x.shape().empty() ? 0 : examples_.x.shape().front()) {
  if (batch_size_ < 1)
    throw ValueError("A batch has at least one row. Received: batch_size=" + std::to_string(batch_size_));
  const std::int64_t targets = examples_.y.shape().empty() ? 0 : examples_.y.shape().front();
  if (targets != rows_)
    throw ShapeError("x and y need the same number of rows. Received: " + to_string(examples_.x.shape()) + " and " +
                     to_string(examples_.y.shape()));
}

std::int64_t Examples::Batches::size() const noexcept { return (rows_ + batch_size_ - 1) / batch_size_; }

Examples Examples::Batches::batch(std::int64_t first) const {
  return {examples_.x.rows(first, next(first)), examples_.y.rows(first, next(first))};
}

std::int64_t Examples::Batches::next(std::int64_t first) const noexcept { return std::min(rows_, first + batch_size_); }

Dataset::Dataset(Generator generator) : generator_(std::make_shared<Generator>(std::move(generator))) {
  if (!*generator_) throw ValueError("Dataset::from_generator needs a function. Received: an empty one");
}

Dataset Dataset::from_generator(Generator generator) { return Dataset(std::move(generator)); }

std::optional<Batch> Dataset::next() const { return (*generator_)(); }

}  // namespace keratin::inline v0

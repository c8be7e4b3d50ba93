#include "layers/checks.h"

#include "keratin/core/error.h"
#include "ops/apply.h"

namespace keratin::inline v0::layers {
namespace {

template <class T>
T positive(T value, std::string_view layer, std::string_view option) {
  if (value > 0) return value;
  throw ValueError(std::string(layer) + ": `" + std::string(option) +
                   "` must be positive. Received: " + std::string(option) + "=" + std::to_string(value));
}

}  // namespace

std::int64_t checked_positive(std::int64_t value, std::string_view layer, std::string_view option) {
  return positive(value, layer, option);
}

double checked_positive(double value, std::string_view layer, std::string_view option) {
  return positive(value, layer, option);
}

std::string title(const Layer& layer) { return layer.class_name() + " '" + layer.name() + "'"; }

std::int64_t known_size(const Layer& layer, const Shape& input, std::int64_t axis) {
  const std::int64_t size = input[ops::normalized_axis(axis, input.rank(), title(layer))];
  if (size >= 0) return size;
  throw ShapeError(title(layer) + " needs to know its input's size along axis " + std::to_string(axis) +
                   ", as its weights depend on it. Give it in the model's Input. Received: inputs of shape " +
                   to_string(input));
}

void check_rank_at_least(const Layer& layer, const Shape& input, std::size_t rank) {
  if (input.rank() >= rank) return;
  throw ShapeError(title(layer) + " takes inputs of rank " + std::to_string(rank) +
                   " at least, the batch included. Received: inputs of shape " + to_string(input));
}

void check_size(const Layer& layer, const Shape& input, std::int64_t axis, std::int64_t built) {
  const auto rank = static_cast<std::int64_t>(input.rank());
  const bool exists = axis >= -rank && axis < rank;
  if (exists && (input[axis] == built || input[axis] < 0)) return;
  const std::string which = axis == -1 ? "last dimension" : "dimension " + std::to_string(axis);
  throw ShapeError(title(layer) + " was built for inputs whose " + which + " is " + std::to_string(built) +
                   ". Received: inputs of shape " + to_string(input));
}

std::vector<Shape> shapes_of(std::span<const Tensor> tensors) {
  std::vector<Shape> shapes;
  shapes.reserve(tensors.size());
  for (const Tensor& tensor : tensors) shapes.push_back(tensor.shape());
  return shapes;
}

}  // namespace keratin::inline v0::layers

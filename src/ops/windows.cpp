#include "ops/windows.h"

#include <string>

#include "keratin/core/error.h"
#include "keratin/ops/shape.h"

namespace keratin::inline v0 {

Sizes::Sizes(std::span<const std::int64_t> sizes) : count_(sizes.size()) {
  if (sizes.size() > max)
    throw ValueError("There are at most three spatial dimensions. Received: " + std::to_string(sizes.size()) +
                     " sizes");
  for (std::size_t i = 0; i < count_; ++i) values_[i] = sizes[i];
}

Sizes::Sizes(std::initializer_list<Dim> sizes) {
  Shape shape(sizes);
  *this = Sizes(shape.dims());
}

}  // namespace keratin::inline v0

namespace keratin::inline v0::ops::detail {

graph::Ints spread(const Sizes& sizes, std::size_t rank, std::string_view op, std::string_view option,
                   std::int64_t least) {
  const auto start = [&] { return std::string(op) + ": `" + std::string(option) + "` "; };
  const std::span<const std::int64_t> values = sizes.values();
  if (values.size() != 1 && values.size() != rank)
    throw ValueError(start() + "must be one number, or one for each of " + std::to_string(rank) +
                     " spatial dimensions. Received: " + std::to_string(values.size()) + " numbers");
  graph::Ints result;
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t size = values.size() == 1 ? values[0] : values[i];
    if (size < least)
      throw ValueError(start() + "must be " + (least == 1 ? "positive" : "at least " + std::to_string(least)) +
                       ". Received: " + std::string(option) + "=" + std::to_string(size));
    result.push_back(size);
  }
  return result;
}

bool is_same(Padding padding, std::string_view op) {
  if (padding == Padding::causal)
    throw ValueError(std::string(op) +
                     ": `padding` must be valid or same; causal is Conv1D's. Received: padding=causal");
  return padding == Padding::same;
}

std::size_t spatial_rank(const Tensor& x, std::string_view op, std::size_t most) {
  const std::size_t rank = x.rank();
  if (rank >= 3 && rank <= most + 2) return rank - 2;
  throw ShapeError(std::string(op) + ": the inputs must have a batch, 1 to " + std::to_string(most) +
                   " spatial dimensions and channels. Received: inputs of shape " + to_string(x.shape()));
}

Tensor with_channels_last(const Tensor& x) { return moveaxis(x, 1, -1); }
Tensor with_channels_first(const Tensor& x) { return moveaxis(x, -1, 1); }

}  // namespace keratin::inline v0::ops::detail

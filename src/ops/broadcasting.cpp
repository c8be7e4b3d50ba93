#include "ops/broadcasting.h"

#include <algorithm>
#include <string>

namespace keratin::inline v0::ops {

bool broadcast(const Shape& a, const Shape& b, Shape& result) {
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  Shape shape = longer;
  for (std::size_t i = 1; i <= shorter.rank(); ++i) {
    const auto index = -static_cast<std::int64_t>(i);
    const std::int64_t m = longer[index];
    const std::int64_t n = shorter[index];
    if (m == n || n == 1) continue;
    if (m != 1 && m != -1 && n != -1) return false;
    if (m == 1 || m == -1) shape[index] = n;
  }
  result = shape;
  return true;
}

Shape broadcast_inputs(const graph::InferContext& context) {
  Shape shape = context.inputs[0].shape;
  for (const graph::Spec& input : context.inputs.subspan(1))
    if (!broadcast(shape, input.shape, shape))
      context.fail_shape("The shapes don't broadcast: sizes must be the same or 1, from the last dimension on");
  return shape;
}

bool surely_same_shape(const Shape& x, const Shape& like) noexcept {
  return x == like && std::find(x.begin() + std::min<std::size_t>(1, x.rank()), x.end(), -1) == x.end();
}

bool may_be_same_shape(const Shape& a, const Shape& b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](std::int64_t m, std::int64_t n) { return m == n || m == -1 || n == -1; });
}

void check_shape(const graph::InferContext& context, std::size_t input, const Shape& shape) {
  if (!may_be_same_shape(context.inputs[input].shape, shape))
    context.fail_shape("Input " + std::to_string(input) + " must have the shape " + to_string(shape));
}

}  // namespace keratin::inline v0::ops

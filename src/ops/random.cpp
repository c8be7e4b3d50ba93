#include "ops/random.h"

#include <string>

#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "kernels/random.h"
#include "ops/apply.h"

namespace keratin::inline v0::ops {
namespace {

using graph::InferContext;
using graph::OpDef;

void infer_random(const InferContext& context) {
  const graph::Spec& step = context.inputs[0];
  if (step.dtype != int64 || !step.shape.empty()) context.fail_shape("The step must be an int64 scalar");
  context.outputs[0] = {float32,
                        context.inputs.size() > 1 ? context.inputs[1].shape : context.attributes.get<Shape>("shape")};
}

graph::Attribute key_attribute(core::PhiloxKey key) {
  return {"key", graph::Ints{static_cast<std::int64_t>(key[0]), static_cast<std::int64_t>(key[1])}};
}

Tensor drawn(const OpDef& op, const Shape& shape, core::PhiloxKey key, const Tensor& step) {
  if (!shape.is_static())
    throw ShapeError(std::string(op.name) + ": each size must be known. Received: shape=" + to_string(shape));
  return apply(op, {step}, {key_attribute(key), {"shape", shape}});
}

Tensor drawn_like(const OpDef& op, const Tensor& like, core::PhiloxKey key, const Tensor& step) {
  const Shape shape = like.shape();
  if (shape.is_static()) return drawn(op, shape, key, step);
  return apply(op, {step, like}, {key_attribute(key)});
}

}  // namespace

const OpDef random_uniform_op{.name = "random_uniform",
                              .inputs = -1,
                              .infer = infer_random,
                              .kernel = kernels::random_uniform_kernel,
                              .zero_gradient = true,
                              .random = true,
                              .shape_only = 2};
const OpDef random_normal_op{.name = "random_normal",
                             .inputs = -1,
                             .infer = infer_random,
                             .kernel = kernels::random_normal_kernel,
                             .zero_gradient = true,
                             .random = true,
                             .shape_only = 2};
const OpDef truncated_normal_op{.name = "truncated_normal",
                                .inputs = -1,
                                .infer = infer_random,
                                .kernel = kernels::truncated_normal_kernel,
                                .zero_gradient = true,
                                .random = true,
                                .shape_only = 2};

namespace detail {

Tensor random_uniform(const Shape& shape, core::PhiloxKey key, const Tensor& step) {
  return drawn(random_uniform_op, shape, key, step);
}

Tensor random_uniform_like(const Tensor& like, core::PhiloxKey key, const Tensor& step) {
  return drawn_like(random_uniform_op, like, key, step);
}

Tensor random_normal(const Shape& shape, core::PhiloxKey key, const Tensor& step) {
  return drawn(random_normal_op, shape, key, step);
}

Tensor random_normal_like(const Tensor& like, core::PhiloxKey key, const Tensor& step) {
  return drawn_like(random_normal_op, like, key, step);
}

Tensor truncated_normal(const Shape& shape, core::PhiloxKey key, const Tensor& step) {
  return drawn(truncated_normal_op, shape, key, step);
}

Tensor truncated_normal_like(const Tensor& like, core::PhiloxKey key, const Tensor& step) {
  return drawn_like(truncated_normal_op, like, key, step);
}

Tensor dropout(const Tensor& x, double rate, core::PhiloxKey key, const Tensor& step) {
  return dropout(x, rate, key, step, x);
}

Tensor dropout(const Tensor& x, double rate, core::PhiloxKey key, const Tensor& step, const Tensor& like) {
  const bool is_share = rate >= 0.0 && rate < 1.0;  // NaN is none
  if (!is_share) throw ValueError("dropout: `rate` must be in [0, 1). Received: rate=" + std::to_string(rate));
  if (rate == 0.0) return x;
  // Selected rather than multiplied, so that what is dropped may be infinite.
  const Tensor kept = greater_equal(random_uniform_like(like, key, step), rate);
  return where(kept, x * (1.0 / (1.0 - rate)), 0.0);
}

}  // namespace detail
}  // namespace keratin::inline v0::ops

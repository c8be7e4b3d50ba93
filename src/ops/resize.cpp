#include "ops/resize.h"

#include <string>

#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/shape.h"
#include "kernels/resize.h"
#include "ops/apply.h"

namespace keratin::inline v0::ops {
namespace {

void infer_resize_weights(const graph::InferContext& context) {
  const graph::Spec& x = context.inputs[0];
  if (x.dtype != float32 && x.dtype != float64)
    context.fail_dtype("It computes in float32 or float64; cast the inputs");
  const std::int64_t length = x.shape[context.attributes.get<std::int64_t>("axis")];
  if (length == 0) context.fail_shape("There is nothing to interpolate between along an axis without elements");
  const std::int64_t factor = context.attributes.get<std::int64_t>("factor");
  context.outputs[0] = {x.dtype, {length < 0 ? -1 : length * factor, length}};
}

}  // namespace

const graph::OpDef resize_weights_op{.name = "resize_weights",
                                     .infer = infer_resize_weights,
                                     .kernel = kernels::resize_weights_kernel,
                                     .zero_gradient = true,
                                     .shape_only = 1};

Tensor detail::enlarge(const Tensor& x, std::int64_t axis, std::int64_t factor, Interpolation interpolation) {
  const DType dtype = x.dtype();
  const Tensor wide = is_floating(dtype) && size_of(dtype) >= 4 ? x : cast(x, float32);
  const Tensor weights =
      apply(resize_weights_op, {wide}, {{"axis", axis}, {"factor", factor}, {"method", interpolation.name()}});
  const Tensor result = moveaxis(matmul(weights, moveaxis(wide, axis, -2)), -2, axis);
  return is_floating(dtype) ? cast(result, dtype) : result;
}

}  // namespace keratin::inline v0::ops

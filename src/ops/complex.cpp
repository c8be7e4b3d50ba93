#include "ops/complex.h"

#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "kernels/complex.h"
#include "ops/apply.h"
#include "ops/broadcasting.h"

namespace keratin::inline v0::ops {
namespace {

void infer_complex(const graph::InferContext& context) {
  for (const graph::Spec& part : context.inputs)
    if (part.dtype != float32) context.fail_dtype("Both parts must be float32; cast them");
  if (!may_be_same_shape(context.inputs[0].shape, context.inputs[1].shape))
    context.fail_shape("Both parts must have the same shape");
  context.outputs[0] = {complex64, context.inputs[0].shape};
}

}  // namespace

const graph::OpDef complex_op{
    .name = "complex", .inputs = 2, .infer = infer_complex, .kernel = kernels::complex_kernel};

Tensor polar(const Tensor& abs_, const Tensor& angle) {
  const Tensor magnitude = cast(in_graph(abs_, "polar"), float32);
  const Tensor direction = cast(in_graph(angle, "polar"), float32);
  return apply(complex_op, {magnitude * cos(direction), magnitude * sin(direction)});
}

}  // namespace keratin::inline v0::ops

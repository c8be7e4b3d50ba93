#include "ops/matmul.h"

#include <string>

#include "graph/flag.h"
#include "keratin/ops/shape.h"
#include "kernels/matmul.h"
#include "ops/apply.h"
#include "ops/broadcasting.h"
#include "ops/reduce.h"

namespace keratin::inline v0::ops {
namespace {

using graph::GradientContext;
using graph::InferContext;
using graph::OpDef;

Shape batch_of(const Shape& shape) { return Shape(shape.dims().first(shape.rank() - 2)); }

void infer_matmul(const InferContext& context) {
  const graph::Spec& a = context.inputs[0];
  const graph::Spec& b = context.inputs[1];
  if (a.dtype != bfloat16 && a.dtype != float32 && a.dtype != float64 && !is_integer(a.dtype))
    context.fail_dtype("The operands must be bfloat16, float32, float64 or integers; cast them");
  for (const graph::Spec& input : context.inputs)
    if (input.dtype != a.dtype) context.fail_dtype("The operands must have one dtype; cast them");
  if (a.shape.rank() < 2 || b.shape.rank() < 2) context.fail_shape("The operands must have two dimensions at least");
  const bool transpose_a = graph::flag(context.attributes, "transpose_a");
  const bool transpose_b = graph::flag(context.attributes, "transpose_b");
  const std::int64_t k = a.shape[transpose_a ? -2 : -1];
  const std::int64_t other_k = b.shape[transpose_b ? -1 : -2];
  if (k != other_k && k != -1 && other_k != -1)
    context.fail_shape("The sizes that are summed over must be the same, but they are " + std::to_string(k) + " and " +
                       std::to_string(other_k));
  Shape shape;
  if (!broadcast(batch_of(a.shape), batch_of(b.shape), shape))
    context.fail_shape("The dimensions before the last two must broadcast: each the same, or 1");
  shape.push_back(a.shape[transpose_a ? -1 : -2]);
  shape.push_back(b.shape[transpose_b ? -2 : -1]);
  const graph::Attribute* const result = context.attributes.find("dtype");
  const DType otherwise = a.dtype == bfloat16 ? float32 : a.dtype;
  context.outputs[0] = {result == nullptr ? otherwise : std::get<DType>(result->value), shape};
}

void infer_fused_matmul(const InferContext& context) {
  if (context.inputs.size() < 2 || context.inputs.size() > 3) context.fail_shape("It takes two operands and a bias");
  infer_matmul(context);
  if (context.inputs.size() == 3 && context.inputs[2].shape != Shape{context.outputs[0].shape[-1]})
    context.fail_shape("The bias must have one dimension, of the size of the result's last");
}

Tensor product(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) {
  return apply(matmul_op, {a, b}, {{"transpose_a", transpose_a}, {"transpose_b", transpose_b}});
}

/// x as a matrix: all its rows, one after the other.
Tensor as_rows(const Tensor& x) { return x.rank() == 2 ? x : reshape(x, {-1, x.shape()[-1]}); }

/// Many rows of a met one matrix b, of known width: their batch is summed over by the product itself.
bool is_dense(const Tensor& a, const Tensor& b, const Tensor& g) {
  return a.rank() > 2 && b.rank() == 2 && a.shape()[-1] > 0 && g.shape()[-1] > 0;
}

void matmul_gradient(GradientContext& context) {
  const Tensor& a = context.inputs[0];
  const Tensor& b = context.inputs[1];
  const Tensor& g = context.output_gradients[0];
  const bool transpose_a = graph::flag(context.attributes, "transpose_a");
  const bool transpose_b = graph::flag(context.attributes, "transpose_b");
  // c = a·b: da = g·bᵀ and db = aᵀ·g; of a transposed operand, the gradient is the transpose of that.
  if (context.needed[0]) {
    const Tensor whole = transpose_a ? product(b, g, transpose_b, true) : product(g, b, false, !transpose_b);
    context.input_gradients[0] = detail::sum_like(whole, a);
  }
  if (!context.needed[1]) return;
  if (!transpose_a && is_dense(a, b, g)) {
    const Tensor x = as_rows(a);
    const Tensor dy = as_rows(g);
    context.input_gradients[1] = transpose_b ? product(dy, x, true, false) : product(x, dy, true, false);
  } else {
    const Tensor whole = transpose_b ? product(g, a, true, transpose_a) : product(a, g, !transpose_a, false);
    context.input_gradients[1] = detail::sum_like(whole, b);
  }
}

}  // namespace

const OpDef matmul_op{.name = "matmul",
                      .inputs = 2,
                      .infer = infer_matmul,
                      .gradient = matmul_gradient,
                      .kernel = kernels::matmul_kernel};
const OpDef fused_matmul_op{
    .name = "fused_matmul", .inputs = -1, .infer = infer_fused_matmul, .kernel = kernels::matmul_kernel};

}  // namespace keratin::inline v0::ops

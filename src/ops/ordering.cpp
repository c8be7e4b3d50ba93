#include "kernels/indexing/ordering.h"

#include <string>

#include "keratin/core/error.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/math.h"
#include "keratin/ops/shape.h"
#include "kernels/indexing/indexing.h"
#include "ops/apply.h"
#include "ops/indexing.h"

namespace keratin::inline v0::ops {
namespace {

using graph::GradientContext;
using graph::InferContext;
using graph::OpDef;

void check_order(const InferContext& context, DType dtype) {
  if (dtype == complex64 || dtype == string || dtype == float16)
    context.fail_dtype("Nothing is ordered in this dtype; cast it");
}

void infer_argsort(const InferContext& context) {
  const graph::Spec& x = context.inputs[0];
  check_order(context, x.dtype);
  if (x.shape.empty()) context.fail_shape("The input must have a dimension or more");
  const std::int64_t k = context.attributes.get<std::int64_t>("k");
  const std::int64_t size = x.shape.back();
  if (k >= 0 && size >= 0 && k > size)
    context.fail_shape("k must not be larger than the last dimension. k is " + std::to_string(k));
  Shape shape = x.shape;
  if (k >= 0) shape[-1] = k;
  context.outputs[0] = {int32, shape};
}

void infer_in_top_k(const InferContext& context) {
  const graph::Spec& targets = context.inputs[0];
  const graph::Spec& predictions = context.inputs[1];
  check_order(context, predictions.dtype);
  if (targets.dtype != int32 && targets.dtype != int64) context.fail_dtype("Targets must be int32 or int64; cast them");
  const bool fits = targets.shape.rank() == 1 && predictions.shape.rank() == 2;
  const std::int64_t rows = fits ? predictions.shape[0] : -1;
  if (!fits || (rows >= 0 && targets.shape[0] >= 0 && rows != targets.shape[0]))
    context.fail_shape("Targets must have the shape (n,) and predictions (n, classes)");
  context.outputs[0] = {boolean, {rows < 0 ? targets.shape[0] : rows}};
}

void infer_cumsum(const InferContext& context) {
  if (!kernels::adds_in(context.inputs[0].dtype)) context.fail_dtype("Nothing is added in this dtype; cast it");
  context.outputs[0] = context.inputs[0];
}

Tensor cumulative(const Tensor& x, std::int64_t axis, bool reverse) {
  return apply(cumsum_op, {x}, {{"axis", axis}, {"reverse", reverse}});
}

void cumsum_gradient(GradientContext& context) {
  context.input_gradients[0] = cumulative(context.output_gradients[0], context.attributes.get<std::int64_t>("axis"),
                                          !context.attributes.get<bool>("reverse"));
}

Tensor ordered(const Tensor& x, std::int64_t k, bool descending) {
  return apply(argsort_op, {x}, {{"k", k}, {"descending", descending}});
}

}  // namespace

const OpDef argsort_op{
    .name = "argsort", .infer = infer_argsort, .kernel = kernels::argsort_kernel, .zero_gradient = true};
const OpDef in_top_k_op{.name = "in_top_k",
                        .inputs = 2,
                        .infer = infer_in_top_k,
                        .kernel = kernels::in_top_k_kernel,
                        .zero_gradient = true};
const OpDef cumsum_op{
    .name = "cumsum", .infer = infer_cumsum, .gradient = cumsum_gradient, .kernel = kernels::cumsum_kernel};

Tensor argsort(const Tensor& x, std::int64_t axis) {
  const Tensor input = in_graph(x, "argsort");
  axis = normalized_axis(axis, input.rank(), "argsort");
  return swapaxes(ordered(swapaxes(input, axis, -1), -1, false), axis, -1);
}

Tensor sort(const Tensor& x, std::int64_t axis) {
  const Tensor input = in_graph(x, "sort");
  axis = normalized_axis(axis, input.rank(), "sort");
  const Tensor last = swapaxes(input, axis, -1);
  return swapaxes(take_along_axis(last, ordered(last, -1, false), -1), axis, -1);
}

TopK top_k(const Tensor& x, std::int64_t k, bool /*sorted*/) {
  if (k < 0) throw ValueError("top_k: `k` must not be negative. Received: k=" + std::to_string(k));
  const Tensor input = in_graph(x, "top_k");
  const Tensor indices = ordered(input, k, true);
  return {take_along_axis(input, indices, -1), indices};
}

Tensor in_top_k(const Tensor& targets, const Tensor& predictions, std::int64_t k) {
  return apply(in_top_k_op, {detail::as_indices(targets, "in_top_k"), predictions}, {{"k", k}});
}

Tensor cumsum(const Tensor& x, std::optional<std::int64_t> axis) {
  Tensor input = axis ? in_graph(x, "cumsum") : ravel(x);
  const DType dtype = input.dtype();
  if (dtype == boolean || (is_integer(dtype) && size_of(dtype) < 4)) input = cast(input, int32);
  return cumulative(input, normalized_axis(axis.value_or(0), input.rank(), "cumsum"), false);
}

}  // namespace keratin::inline v0::ops

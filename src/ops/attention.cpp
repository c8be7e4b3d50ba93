#include "ops/attention.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/shape.h"
#include "kernels/attention/attention.h"
#include "kernels/attention/geometry.h"
#include "ops/apply.h"
#include "ops/broadcasting.h"
#include "ops/movement.h"
#include "ops/pull_back.h"

namespace keratin::inline v0::ops {
namespace {

constexpr double hidden_score = kernels::attending::hidden_score;

[[noreturn]] void fail(const std::string& what, const Tensor& query, const Tensor& key, const Tensor& value) {
  throw ShapeError("dot_product_attention: " + what + ". Received: query " + to_string(query.shape()) + ", key " +
                   to_string(key.shape()) + ", value " + to_string(value.shape()));
}

void check_shapes(const Tensor& query, const Tensor& key, const Tensor& value) {
  if (query.rank() != 4 || key.rank() != 4 || value.rank() != 4)
    fail("query, key and value must have the shape (batch, length, heads, size)", query, key, value);
  const std::int64_t heads = query.shape()[2];
  const std::int64_t key_heads = key.shape()[2];
  if (heads < 0 || key_heads < 1 || heads % key_heads != 0 || value.shape()[2] != key_heads)
    fail("key and value must have as many heads as the query, or a number that divides it", query, key, value);
}

bool computes_in(DType dtype) noexcept { return dtype == float32 || dtype == float64; }

/// Shapes of the gradient's inputs are checked like those of the op; the mask is the last one.
void check_inputs(const graph::InferContext& context, std::size_t without_mask) {
  const graph::Spec& query = context.inputs[0];
  const graph::Spec& key = context.inputs[1];
  const graph::Spec& value = context.inputs[2];
  if (!computes_in(query.dtype)) context.fail_dtype("The inputs must be float32 or float64; cast them");
  for (std::size_t i = 0; i < without_mask; ++i) {
    if (context.inputs[i].dtype != query.dtype) context.fail_dtype("All inputs but the mask must have one dtype");
    if (context.inputs[i].shape.rank() != 4) context.fail_shape("The inputs must be (batch, length, heads, size)");
  }
  const auto check = [&](const Shape& shape, const Shape& wanted, const char* what) {
    if (!may_be_same_shape(shape, wanted))
      context.fail_shape(std::string(what) + " must have the shape " + to_string(wanted));
  };
  const Shape& q = query.shape;
  check(key.shape, {q[0], key.shape[1], q[2], q[3]}, "The key");
  check(value.shape, {q[0], key.shape[1], q[2], value.shape[3]}, "The value");
  if (without_mask == 4) check(context.inputs[3].shape, {q[0], q[1], q[2], value.shape[3]}, "The gradient");
  if (context.inputs.size() == without_mask) return;
  if (context.inputs[without_mask].dtype != boolean) context.fail_dtype("The mask must be bool; cast it");
  Shape joined;
  const Shape scores{q[0], q[2], q[1], key.shape[1]};
  if (!broadcast(context.inputs[without_mask].shape, scores, joined) || !may_be_same_shape(joined, scores))
    context.fail_shape("The mask must broadcast to " + to_string(scores));
}

void infer_attention(const graph::InferContext& context) {
  check_inputs(context, 3);
  Shape shape = context.inputs[0].shape;
  shape[3] = context.inputs[2].shape[3];
  context.outputs[0] = {context.inputs[0].dtype, shape};
}

void infer_attention_gradient(const graph::InferContext& context) {
  check_inputs(context, 4);
  for (std::size_t i = 0; i < 3; ++i) context.outputs[i] = context.inputs[i];
}

void attention_rule(graph::GradientContext& c) {
  std::vector<Tensor> inputs{c.inputs[0], c.inputs[1], c.inputs[2], c.output_gradients[0]};
  if (c.inputs.size() > 3) inputs.push_back(c.inputs[3]);
  const std::vector<graph::Attribute> attributes{{"scale", c.attributes.get<double>("scale")}};
  const std::vector<Tensor> back = apply_all(attention_gradient_op, inputs, attributes);
  std::copy(back.begin(), back.end(), c.input_gradients.begin());
}

void attention_gradient_rule(graph::GradientContext& c) {
  const double scale = c.attributes.get<double>("scale");
  detail::pull_back(c, [&](std::span<const Tensor> inputs) {
    const Tensor mask = inputs.size() > 4 ? inputs[4] : Tensor{};
    const Tensor result = dot_product_attention(inputs[0], inputs[1], inputs[2], {}, mask, scale);
    return graph::gradients(sum(result * inputs[3]), inputs.first(3), gradient_ops());
  });
}

/// Each head as often as there are heads of the query for it.
Tensor for_heads(const Tensor& x, std::int64_t heads) { return repeat(x, heads / x.shape()[2], 2); }

}  // namespace

const graph::OpDef attention_op{.name = "attention",
                                .inputs = -1,
                                .infer = infer_attention,
                                .gradient = attention_rule,
                                .kernel = kernels::attention_kernel};
const graph::OpDef attention_gradient_op{.name = "attention_gradient",
                                         .inputs = -1,
                                         .outputs = 3,
                                         .infer = infer_attention_gradient,
                                         .gradient = attention_gradient_rule,
                                         .kernel = kernels::attention_gradient_kernel};

namespace detail {

Tensor attention(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& mask, double scale) {
  const DType dtype = query.dtype();
  if (is_floating(dtype) && size_of(dtype) < size_of(float32) && key.dtype() == dtype && value.dtype() == dtype) {
    const auto wide = [](const Tensor& x) { return cast(x, float32); };
    return cast(attention(wide(query), wide(key), wide(value), mask, scale), dtype);
  }
  if (!computes_in(dtype) || key.dtype() != dtype || value.dtype() != dtype)
    return dot_product_attention(query, key, value, {}, mask, scale);
  std::vector<Tensor> inputs{query, key, value};
  if (!mask.is_empty()) inputs.push_back(mask);
  const std::vector<graph::Attribute> attributes{{"scale", scale}};
  return apply(attention_op, inputs, attributes);
}

Tensor causal_mask(const Tensor& query, std::int64_t query_axis, const Tensor& key, std::int64_t key_axis) {
  return greater_equal(expand_dims(iota(query, query_axis), 1), iota(key, key_axis));
}

}  // namespace detail

Tensor dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& bias,
                             const Tensor& mask, std::optional<double> scale, bool is_causal,
                             std::optional<double> attn_logits_soft_cap) {
  check_shapes(query, key, value);
  std::array<Tensor, 3> all{query, key, value};
  promote(all, "dot_product_attention");
  const std::int64_t heads = query.shape()[2];
  const Tensor keys = for_heads(all[1], heads);
  const Tensor values = for_heads(all[2], heads);
  const std::int64_t size = query.shape()[3];
  if (!scale && size < 1) fail("the last size must be known if no scale is given", query, key, value);
  const DType dtype = keratin::result_type(all[0].dtype(), float32);
  Tensor scores = cast(einsum("btnh,bsnh->bnts", {all[0], keys}), dtype);
  scores = scores * scale.value_or(1.0 / std::sqrt(static_cast<double>(size)));
  if (attn_logits_soft_cap) scores = tanh(scores / *attn_logits_soft_cap) * *attn_logits_soft_cap;
  if (!bias.is_empty()) scores = scores + cast(bias, dtype);
  Tensor allowed = mask.is_empty() ? Tensor{} : cast(mask, boolean);
  if (is_causal) {
    const Tensor past = detail::causal_mask(query, 1, key, 1);
    allowed = allowed.is_empty() ? past : logical_and(allowed, past);
  }
  if (!allowed.is_empty()) scores = where(allowed, scores, hidden_score);
  return einsum("bnts,bsnh->btnh", {cast(softmax(scores), all[2].dtype()), values});
}

}  // namespace keratin::inline v0::ops

#include "layers/attention_parts.h"

#include <array>
#include <cmath>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"
#include "ops/attention.h"
#include "ops/movement.h"

namespace keratin::inline v0::layers {
namespace {

/// A mask with axes of size 1 put in before those that are attended along, up to the scores' rank.
Tensor expanded(Tensor mask, std::size_t rank, std::size_t axes) {
  const std::int64_t place = -2 * static_cast<std::int64_t>(axes) - 1;
  while (mask.rank() < rank) mask = ops::expand_dims(mask, place);
  return mask;
}

/// What a position may see of those before and after it, (length, other length); an empty Tensor: everything.
Tensor neighbourhood(const Layer& layer, const HeadPlan& plan, const QueryValueKey<Tensor>& inputs,
                     const CallContext& context) {
  if (!context.use_causal_mask && !plan.sliding_window) return {};
  if (plan.axes.size() != 1)
    throw ValueError(title(layer) + ": a causal mask or a sliding window needs an order of positions, along one " +
                     "attention axis. Received: " + std::to_string(plan.axes.size()) + " attention axes");
  const std::int64_t axis = plan.axes.front();
  Tensor allowed;
  if (context.use_causal_mask) allowed = ops::detail::causal_mask(inputs.query, axis, inputs.value, axis);
  if (!plan.sliding_window) return allowed;
  const Tensor rows = ops::expand_dims(ops::detail::iota(inputs.query, axis), 1);
  const Tensor distance = ops::abs(rows - ops::detail::iota(inputs.value, axis));
  return both(allowed, ops::less(distance, *plan.sliding_window));
}

/// All that restricts what a position sees, of the scores' rank, or an empty Tensor.
Tensor whole_mask(const Layer& layer, const HeadPlan& plan, std::span<const Tensor> inputs, const CallContext& context,
                  std::size_t rank) {
  Tensor mask;
  const auto restrict = [&](const Tensor& other, std::optional<std::int64_t> axis) {
    if (other.is_empty()) return;
    mask = both(mask, expanded(axis ? ops::expand_dims(other, *axis) : other, rank, plan.axes.size()));
  };
  restrict(mask_of(context, 0), -1);
  restrict(mask_of(context, 1), -2);
  restrict(mask_of(context, 2), -2);
  restrict(neighbourhood(layer, plan, QueryValueKey<Tensor>(layer, inputs), context), std::nullopt);
  if (!context.attention_mask.is_empty()) restrict(ops::cast(context.attention_mask, boolean), std::nullopt);
  return mask;
}

/// softmax along the last `axes` axes together.
Tensor softmax_along(const Tensor& scores, std::size_t axes) {
  if (axes == 1) return ops::softmax(scores);
  const auto first = static_cast<std::int64_t>(scores.rank() - axes);
  const Tensor joined = ops::detail::reshape_axes(scores, first, static_cast<std::int64_t>(axes), {-1});
  return ops::detail::reshape_like(ops::softmax(joined), scores);
}

/// Masked scores have no share; where all are masked, all shares are 0.
Tensor masked_shares(const Tensor& scores, const Tensor& mask, std::size_t axes) {
  if (mask.is_empty()) return softmax_along(scores, axes);
  const double hidden = scores.dtype() == float16 ? -3e4 : -1e9;
  return ops::where(mask, softmax_along(ops::where(mask, scores, hidden), axes), 0.0);
}

}  // namespace

double checked_dropout(double dropout, std::string_view layer) {
  if (dropout >= 0.0 && dropout < 1.0) return dropout;
  throw ValueError(std::string(layer) + ": `dropout` is the share of scores that is dropped, in [0, 1). " +
                   "Received: dropout=" + std::to_string(dropout));
}

template <class T>
QueryValueKey<T>::QueryValueKey(const Layer& layer, std::span<const T> inputs)
    : query(inputs.front()),
      value(inputs.size() > 1 ? inputs[1] : inputs.front()),
      key(inputs.size() > 1 ? inputs[inputs.size() - 1] : inputs.front()) {
  if (inputs.size() < 2 || inputs.size() > 3)
    throw ValueError(title(layer) + " is called on {query, value} or {query, value, key}. Received: " +
                     std::to_string(inputs.size()) + " inputs");
}
template struct QueryValueKey<Tensor>;
template struct QueryValueKey<Shape>;

Tensor mask_of(const CallContext& context, std::size_t input) {
  if (input >= context.masks.size() || context.masks[input].is_empty()) return {};
  return ops::cast(context.masks[input], boolean);
}

Tensor both(const Tensor& a, const Tensor& b) {
  if (a.is_empty()) return b;
  return b.is_empty() ? a : ops::logical_and(a, b);
}

void build_projections(const Layer& layer, AttentionHeads& heads, std::span<const Shape> inputs,
                       std::int64_t head_count, std::int64_t value_size) {
  const QueryValueKey<Shape> given(layer, inputs);
  const auto build = [](const Handle<EinsumDense>& projection, const Shape& input) {
    projection->ensure_built({&input, 1});
  };
  build(heads.query, given.query);
  build(heads.key, given.key);
  if (!heads.gate.is_empty()) build(heads.gate, given.query);
  build(heads.value, given.value);
  Shape mixed = given.query;
  mixed[-1] = head_count;
  mixed.push_back(value_size);
  build(heads.output, mixed);
}

std::vector<Tensor> attend(const Layer& layer, const AttentionHeads& heads, const HeadPlan& plan,
                           std::span<const Tensor> inputs, const CallContext& context) {
  const QueryValueKey<Tensor> given(layer, inputs);
  Tensor query = heads.query(given.query);
  const Tensor key = ops::repeat(heads.key(given.key), plan.repeats, 2);
  const Tensor value = ops::repeat(heads.value(given.value), plan.repeats, 2);
  const std::size_t rank = query.rank() - 1 + plan.axes.size();
  const Tensor mask = whole_mask(layer, plan, inputs, context, rank);
  const double scale = 1.0 / std::sqrt(static_cast<double>(plan.key_size));
  Tensor scores;
  Tensor mixed;
  if (query.rank() == 4 && plan.dropout == 0.0 && !context.return_attention_scores) {
    // Where all is masked, this gives a mean of all values; with scores or dropout it is 0. So it is in Keras.
    mixed = ops::detail::attention(query, key, value, mask, scale);
  } else {
    scores = masked_shares(ops::einsum(plan.scores, {key, query * scale}), mask, plan.axes.size());
    const Tensor kept = plan.dropout > 0.0 ? heads.dropout(scores) : scores;
    mixed = ops::einsum(plan.mixture, {kept, value});
  }
  if (!heads.gate.is_empty()) mixed = mixed * heads.gate(given.query);
  std::vector<Tensor> results{heads.output(mixed)};
  if (context.return_attention_scores) results.push_back(scores);
  return results;
}

std::vector<Tensor> masks_of_results(const Layer& layer, const HeadPlan& plan, std::span<const Tensor> inputs,
                                     const CallContext& context) {
  if (!context.return_attention_scores) return {context.mask};
  return {context.mask, whole_mask(layer, plan, inputs, context, inputs.front().rank() + plan.axes.size())};
}

}  // namespace keratin::inline v0::layers

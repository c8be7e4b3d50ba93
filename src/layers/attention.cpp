#include "keratin/layers/attention.h"

#include <algorithm>
#include <string>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "layers/attention_parts.h"
#include "layers/checks.h"
#include "layers/options.h"
#include "ops/attention.h"

namespace keratin::inline v0::layers {
namespace {

constexpr auto attention_options = [](auto& option, auto& score_mode, auto& options) {
  option("use_scale", options.use_scale);
  option("score_mode", score_mode);
  option("dropout", options.dropout);
  option("seed", options.seed);
};

constexpr auto additive_options = [](auto& option, auto& options) {
  option("use_scale", options.use_scale);
  option("dropout", options.dropout);
  option("seed", options.seed);
};

/// Shapes of (batch, length, size) that fit one another.
void check_inputs(const Layer& layer, std::span<const Shape> inputs) {
  const QueryValueKey<Shape> given(layer, inputs);
  for (const Shape& shape : inputs) check_rank_at_least(layer, shape, 3);
  const auto differ = [](std::int64_t a, std::int64_t b) { return a >= 0 && b >= 0 && a != b; };
  if (differ(given.query.back(), given.key.back()) || differ(given.key[-2], given.value[-2]))
    throw ShapeError(title(layer) + ": the last axes of query and key have one size, and so have the lengths of key " +
                     "and value. Received: query " + to_string(given.query) + ", value " + to_string(given.value) +
                     ", key " + to_string(given.key));
}

/// Of each pair of positions, the sum of the query's and the key's vector.
Tensor sums_of_pairs(const QueryValueKey<Tensor>& inputs) {
  return ops::expand_dims(inputs.query, -2) + ops::expand_dims(inputs.key, -3);
}

/// What is left after the scores: mask, softmax, dropout, the mixture of values, and the query's mask.
std::vector<Tensor> mixed(const Tensor& scores, const QueryValueKey<Tensor>& inputs, const CallContext& context,
                          const Handle<Dropout>& dropout) {
  Tensor allowed = mask_of(context, 1);
  if (!allowed.is_empty()) allowed = ops::expand_dims(allowed, -2);
  if (context.use_causal_mask) allowed = both(allowed, ops::detail::causal_mask(scores, -2, scores, -1));
  Tensor bounded = scores;
  if (!allowed.is_empty()) bounded = ops::where(allowed, scores, scores - (scores.dtype() == float16 ? 65504.0 : 1e9));
  const Tensor softmax = ops::softmax(bounded);
  const Tensor shares = dropout.is_empty() ? softmax : dropout(softmax);
  Tensor result = ops::matmul(shares, inputs.value);
  if (const Tensor mask = mask_of(context, 0); !mask.is_empty())
    result = ops::where(ops::expand_dims(mask, -1), result, 0.0);
  if (!context.return_attention_scores) return {result};
  return {result, shares};
}

}  // namespace

Attention::Attention(AttentionOptions options) : CallableLayer(options.name), options_(std::move(options)) {
  checked_dropout(options_.dropout, "Attention");
  set_common(options_.trainable, options_.dtype);
}

void Attention::build(std::span<const Shape> inputs) {
  check_inputs(*this, inputs);
  const WeightOptions one{.initializer = {detail::Known{}, "ones"}};
  if (options_.use_scale) scale_ = add_weight("scale", {}, one);
  if (options_.score_mode == ScoreMode::concat) concat_score_weight_ = add_weight("concat_score_weight", {}, one);
  if (options_.dropout > 0.0) {
    dropout_ = add("dropout", Dropout(options_.dropout, {.seed = options_.seed}));
    dropout_->ensure_built({});
  }
}

std::vector<Tensor> Attention::call_all(std::span<const Tensor> inputs, const CallContext& context) {
  check_inputs(*this, shapes_of(inputs));
  const QueryValueKey<Tensor> given(*this, inputs);
  Tensor scores;
  if (options_.score_mode == ScoreMode::dot) {
    scores = ops::matmul(given.query, ops::swapaxes(given.key, -2, -1));
    if (options_.use_scale) scores = scores * scale_;
  } else {
    const Tensor sums = sums_of_pairs(given);
    scores = concat_score_weight_ * ops::sum(ops::tanh(options_.use_scale ? scale_ * sums : sums), -1);
  }
  return mixed(scores, given, context, dropout_);
}

std::vector<Tensor> Attention::compute_mask(std::span<const Tensor> /*inputs*/, const CallContext& context) {
  return {context.mask};
}

Config Attention::config() const {
  const std::string score_mode = options_.score_mode == ScoreMode::dot ? "dot" : "concat";
  return written(attention_options, score_mode, options_);
}

Attention Attention::from_config(const Config& config) {
  std::string score_mode = "dot";
  AttentionOptions options;
  read(config, "Attention", attention_options, score_mode, options);
  if (score_mode != "dot" && score_mode != "concat")
    fail_option("Attention", "score_mode", "It must be 'dot' or 'concat'. Received: '" + score_mode + "'");
  options.score_mode = score_mode == "dot" ? ScoreMode::dot : ScoreMode::concat;
  return Attention(std::move(options));
}

AdditiveAttention::AdditiveAttention(AdditiveAttentionOptions options)
    : CallableLayer(options.name), options_(std::move(options)) {
  checked_dropout(options_.dropout, "AdditiveAttention");
  set_common(options_.trainable, options_.dtype);
}

void AdditiveAttention::build(std::span<const Shape> inputs) {
  check_inputs(*this, inputs);
  if (options_.use_scale)
    scale_ = add_weight("scale", {known_size(*this, inputs.front(), -1)},
                        {.initializer = {detail::Known{}, "glorot_uniform"}});
  if (options_.dropout > 0.0) {
    dropout_ = add("dropout", Dropout(options_.dropout, {.seed = options_.seed}));
    dropout_->ensure_built({});
  }
}

std::vector<Tensor> AdditiveAttention::call_all(std::span<const Tensor> inputs, const CallContext& context) {
  check_inputs(*this, shapes_of(inputs));
  const QueryValueKey<Tensor> given(*this, inputs);
  const Tensor parts = ops::tanh(sums_of_pairs(given));
  return mixed(ops::sum(options_.use_scale ? scale_ * parts : parts, -1), given, context, dropout_);
}

std::vector<Tensor> AdditiveAttention::compute_mask(std::span<const Tensor> /*inputs*/, const CallContext& context) {
  return {context.mask};
}

Config AdditiveAttention::config() const { return written(additive_options, options_); }

AdditiveAttention AdditiveAttention::from_config(const Config& config) {
  AdditiveAttentionOptions options;
  read(config, "AdditiveAttention", additive_options, options);
  return AdditiveAttention(std::move(options));
}

}  // namespace keratin::inline v0::layers

#include <algorithm>
#include <string>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/layers/attention.h"
#include "layers/attention_parts.h"
#include "layers/checks.h"
#include "layers/options.h"
#include "ops/apply.h"

namespace keratin::inline v0::layers {
namespace {

constexpr auto projection_list = [](auto& option, auto& options) {
  kernel_and_bias_options(option, options);
  option("seed", options.seed);
};

constexpr auto multi_head_options = [](auto& option, auto& num_heads, auto& key_dim, auto& value_dim,
                                       auto& output_shape, auto& axes, auto& options) {
  option.required("num_heads", num_heads);
  option.required("key_dim", key_dim);
  option("value_dim", value_dim);
  option("dropout", options.dropout);
  option("use_bias", options.use_bias);
  option("use_gate", options.use_gate);
  option("output_shape", output_shape);
  option("attention_axes", axes);
  option("sliding_window", options.sliding_window);
  projection_list(option, options);
};

constexpr auto group_query_options = [](auto& option, auto& head_dim, auto& num_query_heads, auto& num_key_value_heads,
                                        auto& options) {
  option.required("head_dim", head_dim);
  option.required("num_query_heads", num_query_heads);
  option.required("num_key_value_heads", num_key_value_heads);
  option("use_bias", options.use_bias);
  option("use_gate", options.use_gate);
  option("sliding_window", options.sliding_window);
  option("dropout", options.dropout);
  projection_list(option, options);
};

std::string letters(std::size_t first, std::size_t count) {
  std::string text;
  for (std::size_t i = first; i < first + count; ++i) text += static_cast<char>('a' + i);
  return text;
}

/// The equation of a projection: the last `bound` axes of an input of this rank become `outputs` others.
struct ProjectionEquation {
  ProjectionEquation(std::size_t rank, std::size_t bound, std::size_t outputs) : bias_axes(letters(rank, outputs)) {
    const std::string kept = letters(0, rank - bound);
    text = letters(0, rank) + "," + letters(rank - bound, bound) + bias_axes + "->" + kept + bias_axes;
  }
  std::string text;
  std::string bias_axes;
};

/// The full output_shape of a projection: what the equation takes from the input is −1. The batch isn't in it.
Shape output_of(std::size_t kept, const Shape& last) {
  Shape shape;
  for (std::size_t i = 1; i < kept; ++i) shape.push_back(-1);
  for (const std::int64_t size : last) shape.push_back(size);
  return shape;
}

template <class Options>
Projection projection(const Options& options, std::size_t rank, std::size_t bound, const Shape& outputs,
                      bool gate = false) {
  const ProjectionEquation equation(rank, bound, outputs.rank());
  EinsumDenseOptions own = projection_options(options, equation.bias_axes);
  if (gate) own.activation = {detail::Known{}, "sigmoid"};
  return {equation.text, output_of(rank - bound, outputs), std::move(own)};
}

/// The equations for heads along the last axis but one of query and value, of this rank with them.
void set_equations(HeadPlan& plan, std::size_t rank) {
  const std::string query = letters(0, rank);
  std::string value = query;
  for (const std::int64_t axis : plan.axes)
    value[static_cast<std::size_t>(axis)] = static_cast<char>('a' + rank + static_cast<std::size_t>(axis));
  std::string scores;  // what isn't attended along, then the query's positions, then the value's
  for (std::size_t i = 0; i + 1 < rank; ++i)
    if (std::find(plan.axes.begin(), plan.axes.end(), static_cast<std::int64_t>(i)) == plan.axes.end())
      scores += query[i];
  for (const std::int64_t axis : plan.axes) scores += query[static_cast<std::size_t>(axis)];
  for (const std::int64_t axis : plan.axes) scores += value[static_cast<std::size_t>(axis)];
  plan.scores = value + "," + query + "->" + scores;
  plan.mixture = scores + "," + value + "->" + query;
}

void check_heads(const Layer& layer, std::span<const Shape> inputs) {
  const QueryValueKey<Shape> given(layer, inputs);
  const auto middle = [](const Shape& shape) { return shape.dims().subspan(1, shape.rank() - 2); };
  const auto fits = [](std::int64_t a, std::int64_t b) { return a == b || a < 0 || b < 0; };
  for (const Shape& shape : inputs) check_rank_at_least(layer, shape, 3);
  const bool same_rank = given.query.rank() == given.value.rank() && given.key.rank() == given.value.rank();
  if (!same_rank || !std::equal(middle(given.value).begin(), middle(given.value).end(), middle(given.key).begin(),
                                middle(given.key).end(), fits))
    throw ShapeError(title(layer) + ": query, value and key have one rank, and all sizes of value and key but the " +
                     "last are the same. Received: query " + to_string(given.query) + ", value " +
                     to_string(given.value) + ", key " + to_string(given.key));
}

void check_window(const std::optional<std::int64_t>& window, std::string_view layer) {
  if (window) checked_positive(*window, layer, "sliding_window");
}

}  // namespace

MultiHeadAttention::MultiHeadAttention(std::int64_t num_heads, std::int64_t key_dim, MultiHeadAttentionOptions options)
    : CallableLayer(options.name),
      num_heads_(checked_positive(num_heads, "MultiHeadAttention", "num_heads")),
      key_dim_(checked_positive(key_dim, "MultiHeadAttention", "key_dim")),
      options_(std::move(options)) {
  if (options_.value_dim) checked_positive(*options_.value_dim, "MultiHeadAttention", "value_dim");
  for (const std::int64_t size : options_.output_shape) checked_positive(size, "MultiHeadAttention", "output_shape");
  checked_dropout(options_.dropout, "MultiHeadAttention");
  check_window(options_.sliding_window, "MultiHeadAttention");
  set_common(options_.trainable, options_.dtype);
}

void MultiHeadAttention::build(std::span<const Shape> inputs) {
  set_activity_regularizer({});  // the projections have it
  check_heads(*this, inputs);
  const QueryValueKey<Shape> given(*this, inputs);
  const std::size_t rank = given.query.rank();
  attention_axes_.clear();
  for (const std::int64_t axis : ops::normalized_axes(options_.attention_axes, rank, title(*this))) {
    const bool inner = axis > 0 && axis + 1 < static_cast<std::int64_t>(rank);
    if (inner)
      attention_axes_.push_back(axis);
    else if (!options_.attention_axes.empty())
      throw ValueError(title(*this) + ": `attention_axes` are between the batch and the last axis. Received: axis " +
                       std::to_string(axis) + " for a query of shape " + to_string(given.query));
  }
  const std::int64_t value_dim = options_.value_dim.value_or(key_dim_);
  heads_.query = add("query_dense", projection(options_, rank, 1, {num_heads_, key_dim_}));
  heads_.key = add("key_dense", projection(options_, rank, 1, {num_heads_, key_dim_}));
  if (options_.use_gate) heads_.gate = add("_gate_dense", projection(options_, rank, 1, {num_heads_, value_dim}, true));
  heads_.value = add("value_dense", projection(options_, rank, 1, {num_heads_, value_dim}));
  const Shape output =
      options_.output_shape.empty() ? Shape{known_size(*this, given.query, -1)} : options_.output_shape;
  heads_.output = add("output_dense", projection(options_, rank + 1, 2, output));
  build_projections(*this, heads_, inputs, num_heads_, value_dim);
  if (options_.dropout > 0.0) {
    heads_.dropout = add("_dropout_layer", Dropout(options_.dropout, {.seed = options_.seed}));
    heads_.dropout->ensure_built({});
  }
}

std::vector<Tensor> MultiHeadAttention::call_all(std::span<const Tensor> inputs, const CallContext& context) {
  check_heads(*this, shapes_of(inputs));
  HeadPlan plan{.axes = attention_axes_,
                .key_size = key_dim_,
                .dropout = options_.dropout,
                .sliding_window = options_.sliding_window};
  set_equations(plan, inputs.front().rank() + 1);
  return attend(*this, heads_, plan, inputs, context);
}

std::vector<Tensor> MultiHeadAttention::compute_mask(std::span<const Tensor> inputs, const CallContext& context) {
  return masks_of_results(*this, {.axes = attention_axes_, .sliding_window = options_.sliding_window}, inputs, context);
}

Config MultiHeadAttention::config() const {
  std::optional<Shape> axes;  // a list, once the layer is built of those that were chosen for it
  if (!attention_axes_.empty())
    axes = Shape(std::span(attention_axes_));
  else if (!options_.attention_axes.empty())
    axes = Shape(options_.attention_axes.values());
  const auto output_shape = options_.output_shape.empty() ? std::nullopt : std::optional(options_.output_shape);
  const std::optional value_dim(options_.value_dim.value_or(key_dim_));
  return written(multi_head_options, num_heads_, key_dim_, value_dim, output_shape, axes, options_);
}

MultiHeadAttention MultiHeadAttention::from_config(const Config& config) {
  std::int64_t num_heads = 0;
  std::int64_t key_dim = 0;
  std::optional<Shape> output_shape;
  MultiHeadAttentionOptions options;
  read(config, "MultiHeadAttention", multi_head_options, num_heads, key_dim, options.value_dim, output_shape,
       options.attention_axes, options);
  options.output_shape = output_shape.value_or(Shape{});
  return {num_heads, key_dim, std::move(options)};
}

GroupQueryAttention::GroupQueryAttention(std::int64_t head_dim, std::int64_t num_query_heads,
                                         std::int64_t num_key_value_heads, GroupQueryAttentionOptions options)
    : CallableLayer(options.name),
      head_dim_(checked_positive(head_dim, "GroupQueryAttention", "head_dim")),
      num_query_heads_(checked_positive(num_query_heads, "GroupQueryAttention", "num_query_heads")),
      num_key_value_heads_(checked_positive(num_key_value_heads, "GroupQueryAttention", "num_key_value_heads")),
      options_(std::move(options)) {
  if (num_query_heads_ % num_key_value_heads_ != 0)
    throw ValueError("GroupQueryAttention: `num_query_heads` must be a multiple of `num_key_value_heads`. Received: " +
                     std::to_string(num_query_heads_) + " and " + std::to_string(num_key_value_heads_));
  checked_dropout(options_.dropout, "GroupQueryAttention");
  check_window(options_.sliding_window, "GroupQueryAttention");
  set_common(options_.trainable, options_.dtype);
  set_activity_regularizer(options_.activity_regularizer);  // of the projections and, as in Keras, of the result
}

void GroupQueryAttention::build(std::span<const Shape> inputs) {
  check_heads(*this, inputs);
  const QueryValueKey<Shape> given(*this, inputs);
  if (given.query.rank() != 3)
    throw ShapeError(title(*this) +
                     " takes queries of shape (batch, length, size). Received: " + to_string(given.query));
  heads_.query = add("_query_dense", projection(options_, 3, 1, {num_query_heads_, head_dim_}));
  heads_.key = add("_key_dense", projection(options_, 3, 1, {num_key_value_heads_, head_dim_}));
  if (options_.use_gate)
    heads_.gate = add("_gate_dense", projection(options_, 3, 1, {num_query_heads_, head_dim_}, true));
  heads_.value = add("_value_dense", projection(options_, 3, 1, {num_key_value_heads_, head_dim_}));
  heads_.output = add("_output_dense", projection(options_, 4, 2, {known_size(*this, given.query, -1)}));
  build_projections(*this, heads_, inputs, num_query_heads_, head_dim_);
  if (options_.dropout > 0.0) {
    heads_.dropout = add("_dropout_layer", Dropout(options_.dropout, {.seed = options_.seed}));
    heads_.dropout->ensure_built({});
  }
}

std::vector<Tensor> GroupQueryAttention::call_all(std::span<const Tensor> inputs, const CallContext& context) {
  check_heads(*this, shapes_of(inputs));
  HeadPlan plan{.axes = {1},
                .key_size = head_dim_,
                .repeats = num_query_heads_ / num_key_value_heads_,
                .dropout = options_.dropout,
                .sliding_window = options_.sliding_window};
  set_equations(plan, 4);
  return attend(*this, heads_, plan, inputs, context);
}

std::vector<Tensor> GroupQueryAttention::compute_mask(std::span<const Tensor> inputs, const CallContext& context) {
  return masks_of_results(*this, {.axes = {1}, .sliding_window = options_.sliding_window}, inputs, context);
}

Config GroupQueryAttention::config() const {
  return written(group_query_options, head_dim_, num_query_heads_, num_key_value_heads_, options_);
}

GroupQueryAttention GroupQueryAttention::from_config(const Config& config) {
  std::int64_t head_dim = 0;
  std::int64_t num_query_heads = 0;
  std::int64_t num_key_value_heads = 0;
  GroupQueryAttentionOptions options;
  read(config, "GroupQueryAttention", group_query_options, head_dim, num_query_heads, num_key_value_heads, options);
  return {head_dim, num_query_heads, num_key_value_heads, std::move(options)};
}

}  // namespace keratin::inline v0::layers

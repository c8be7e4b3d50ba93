#include "keratin/layers/embedding.h"

#include <string>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/initializers/initializers.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"
#include "layers/options.h"

namespace keratin::inline v0::layers {
namespace {

constexpr auto embedding_options = [](auto& option, auto& input_dim, auto& output_dim, auto& options) {
  option.required("input_dim", input_dim);
  option.required("output_dim", output_dim);
  option("embeddings_initializer", options.embeddings_initializer);
  option("embeddings_regularizer", options.embeddings_regularizer);
  option("activity_regularizer", options.activity_regularizer);
  option("embeddings_constraint", options.embeddings_constraint);
  option("mask_zero", options.mask_zero);
};

constexpr auto reversible_options = [](auto& option, auto& input_dim, auto& output_dim, auto& options, auto& dtype) {
  embedding_options(option, input_dim, output_dim, options);
  option("tie_weights", options.tie_weights);
  option("reverse_dtype", dtype);
  option("logit_soft_cap", options.logit_soft_cap);
};

/// The vectors are kept in the weight's dtype until they have been taken.
template <class Options>
WeightOptions weight_options(const Options& options) {
  return {.initializer = options.embeddings_initializer,
          .autocast = false,
          .regularizer = options.embeddings_regularizer,
          .constraint = options.embeddings_constraint};
}

Tensor embedded(const Layer& layer, const Tensor& tokens, const Variable& embeddings) {
  const bool is_index = tokens.dtype() == int32 || tokens.dtype() == int64;
  const Tensor indices = is_index ? tokens : ops::cast(tokens, int32);
  return ops::cast(ops::take(embeddings, indices, 0), layer.compute_dtype());
}

}  // namespace

Embedding::Embedding(std::int64_t input_dim, std::int64_t output_dim, EmbeddingOptions options)
    : CallableLayer(options.name),
      input_dim_(checked_positive(input_dim, "Embedding", "input_dim")),
      output_dim_(checked_positive(output_dim, "Embedding", "output_dim")),
      options_(std::move(options)) {
  const Shape shape{input_dim_, output_dim_};
  if (options_.weights && options_.weights->shape() != shape)
    throw ShapeError("Embedding: `weights` must have the shape (input_dim, output_dim), here " + to_string(shape) +
                     ". Received: shape " + to_string(options_.weights->shape()));
  set_common(options_.trainable, options_.dtype);
  set_activity_regularizer(options_.activity_regularizer);
  set_casts_inputs(false);  // tokens: a dtype of few digits would make others of them
}

void Embedding::build(const Shape& /*input*/) {
  WeightOptions weight = weight_options(options_);
  if (options_.weights) weight.initializer = initializers::Constant(*options_.weights);
  embeddings_ = add_weight("embeddings", {input_dim_, output_dim_}, weight);
}

Tensor Embedding::call(const Tensor& tokens, const CallContext& /*context*/) {
  return embedded(*this, tokens, embeddings_);
}

std::vector<Tensor> Embedding::compute_mask(std::span<const Tensor> inputs, const CallContext& /*context*/) {
  if (!options_.mask_zero) return {};
  return {ops::not_equal(only_input(inputs), 0)};
}

Config Embedding::config() const { return written(embedding_options, input_dim_, output_dim_, options_); }

Embedding Embedding::from_config(const Config& config) {
  std::int64_t input_dim = 0;
  std::int64_t output_dim = 0;
  EmbeddingOptions options;
  read(config, "Embedding", embedding_options, input_dim, output_dim, options);
  return {input_dim, output_dim, std::move(options)};
}

ReversibleEmbedding::ReversibleEmbedding(std::int64_t input_dim, std::int64_t output_dim,
                                         ReversibleEmbeddingOptions options)
    : CallableLayer(options.name),
      input_dim_(checked_positive(input_dim, "ReversibleEmbedding", "input_dim")),
      output_dim_(checked_positive(output_dim, "ReversibleEmbedding", "output_dim")),
      options_(std::move(options)) {
  if (options_.logit_soft_cap) checked_positive(*options_.logit_soft_cap, "ReversibleEmbedding", "logit_soft_cap");
  if (options_.reverse_dtype && !is_floating(*options_.reverse_dtype))
    throw DTypeError("ReversibleEmbedding: `reverse_dtype` must be floating. Received: reverse_dtype=" +
                     std::string(name_of(*options_.reverse_dtype)));
  set_common(options_.trainable, options_.dtype);
  set_activity_regularizer(options_.activity_regularizer);
  set_casts_inputs(false);
}

void ReversibleEmbedding::build(const Shape& /*input*/) {
  embeddings_ = add_weight("embeddings", {input_dim_, output_dim_}, weight_options(options_));
  if (!options_.tie_weights)
    reverse_embeddings_ = add_weight("reverse_embeddings", {output_dim_, input_dim_},
                                     {.initializer = options_.embeddings_initializer, .autocast = false});
}

Tensor ReversibleEmbedding::call(const Tensor& x, const CallContext& context) {
  return context.reverse ? logits(x) : embedded(*this, x, embeddings_);
}

Tensor ReversibleEmbedding::logits(const Tensor& x) const {
  check_rank_at_least(*this, x.shape(), 1);
  check_size(*this, x.shape(), -1, output_dim_);
  Tensor vectors = x;
  Tensor kernel = options_.tie_weights ? ops::transpose(embeddings_) : Tensor(reverse_embeddings_);
  if (options_.reverse_dtype) {
    vectors = ops::cast(vectors, *options_.reverse_dtype);
    kernel = ops::cast(kernel, *options_.reverse_dtype);
  }
  Tensor scores = ops::matmul(vectors, kernel);
  if (!options_.logit_soft_cap) return scores;
  return ops::tanh(scores / *options_.logit_soft_cap) * *options_.logit_soft_cap;
}

std::vector<Tensor> ReversibleEmbedding::compute_mask(std::span<const Tensor> inputs, const CallContext& context) {
  if (context.reverse || !options_.mask_zero) return {};
  return {ops::not_equal(only_input(inputs), 0)};
}

Config ReversibleEmbedding::config() const {
  std::optional<std::string> dtype;
  if (options_.reverse_dtype) dtype = name_of(*options_.reverse_dtype);
  return written(reversible_options, input_dim_, output_dim_, options_, dtype);
}

ReversibleEmbedding ReversibleEmbedding::from_config(const Config& config) {
  std::int64_t input_dim = 0;
  std::int64_t output_dim = 0;
  ReversibleEmbeddingOptions options;
  std::optional<std::string> dtype;
  read(config, "ReversibleEmbedding", reversible_options, input_dim, output_dim, options, dtype);
  if (dtype) options.reverse_dtype = dtype_from_name(*dtype);
  return {input_dim, output_dim, std::move(options)};
}

}  // namespace keratin::inline v0::layers

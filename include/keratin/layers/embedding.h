#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "keratin/activations/activation.h"
#include "keratin/constraints/constraint.h"
#include "keratin/core/array.h"
#include "keratin/core/config.h"
#include "keratin/core/dtype.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/initializers/initializer.h"
#include "keratin/layers/layer.h"
#include "keratin/regularizers/regularizer.h"

namespace keratin::inline v0::layers {

struct EmbeddingOptions {
  InitializerSpec embeddings_initializer = {detail::Known{}, "random_uniform"};
  RegularizerSpec embeddings_regularizer = {};
  ConstraintSpec embeddings_constraint = {};
  bool mask_zero = false;                       ///< 0 is no token: it is masked
  std::optional<Array> weights = std::nullopt;  ///< what the embeddings start as
  RegularizerSpec activity_regularizer = {};
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// A vector for each token: tokens of any shape and number type, in [0, input_dim), to vectors of output_dim numbers
/// along a new last axis. Another token is a ValueError when it runs. Weight: embeddings (input_dim, output_dim).
/// `keras.layers.Embedding`.
class KERATIN_API Embedding : public CallableLayer<Embedding> {
 public:
  /// Throws ValueError if a size isn't positive.
  Embedding(std::int64_t input_dim, std::int64_t output_dim, EmbeddingOptions options = {});
  using Layer::build;
  void build(const Shape& input) override;
  using Layer::call;
  Tensor call(const Tensor& tokens, const CallContext& context) override;
  bool supports_masking() const override { return true; }
  std::vector<Tensor> compute_mask(std::span<const Tensor> inputs, const CallContext& context) override;
  Config config() const override;
  static Embedding from_config(const Config& config);

 private:
  std::int64_t input_dim_;
  std::int64_t output_dim_;
  EmbeddingOptions options_;
  Variable embeddings_;
};

struct ReversibleEmbeddingOptions {
  bool tie_weights = true;
  InitializerSpec embeddings_initializer = {detail::Known{}, "random_uniform"};
  RegularizerSpec embeddings_regularizer = {};
  ConstraintSpec embeddings_constraint = {};
  bool mask_zero = false;
  std::optional<DType> reverse_dtype = std::nullopt;    ///< what the way back is computed in
  std::optional<double> logit_soft_cap = std::nullopt;  ///< c: logits become c · tanh(logit / c)
  RegularizerSpec activity_regularizer = {};
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// An Embedding that also goes back: called with `.reverse = true`, vectors of output_dim numbers become input_dim
/// logits, with the same weights, or with reverse_embeddings (output_dim, input_dim) if they aren't tied.
/// `keras.layers.ReversibleEmbedding`.
class KERATIN_API ReversibleEmbedding : public CallableLayer<ReversibleEmbedding> {
 public:
  ReversibleEmbedding(std::int64_t input_dim, std::int64_t output_dim, ReversibleEmbeddingOptions options = {});
  using Layer::build;
  bool supports_masking() const override { return true; }
  void build(const Shape& input) override;
  using Layer::call;
  Tensor call(const Tensor& x, const CallContext& context) override;
  std::vector<Tensor> compute_mask(std::span<const Tensor> inputs, const CallContext& context) override;
  Config config() const override;
  static ReversibleEmbedding from_config(const Config& config);

 private:
  Tensor logits(const Tensor& x) const;

  std::int64_t input_dim_;
  std::int64_t output_dim_;
  ReversibleEmbeddingOptions options_;
  Variable embeddings_;
  Variable reverse_embeddings_;
};

struct EinsumDenseOptions {
  keratin::Activation activation = {};
  std::string bias_axes = {};  ///< letters of the output that the bias has; none: no bias
  InitializerSpec kernel_initializer = {detail::Known{}, "glorot_uniform"};
  InitializerSpec bias_initializer = {detail::Known{}, "zeros"};
  RegularizerSpec kernel_regularizer = {};
  RegularizerSpec bias_regularizer = {};
  ConstraintSpec kernel_constraint = {};
  ConstraintSpec bias_constraint = {};
  RegularizerSpec activity_regularizer = {};
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// activation(einsum(equation, x, kernel) + bias). The equation is "ab,bc->ac", "...ab,bc->...ac" or
/// "ab...,bc->ac..."; output_shape is the result's without the batch and without what an ellipsis stands for, −1 where
/// the input says it. Weights: kernel, bias. `keras.layers.EinsumDense`.
///
///     layers::EinsumDense("abc,cd->abd", {-1, 64}, {.bias_axes = "d"})
class KERATIN_API EinsumDense : public CallableLayer<EinsumDense> {
 public:
  /// Throws ValueError, with the equation, if it makes no sense; for inputs that don't fit it, when it is built.
  EinsumDense(std::string equation, Shape output_shape, EinsumDenseOptions options = {});
  using Layer::build;
  void build(const Shape& input) override;
  using Layer::call;
  Tensor call(const Tensor& x, const CallContext& context) override;
  bool supports_masking() const override { return false; }
  Config config() const override;
  static EinsumDense from_config(const Config& config);

 private:
  std::string equation_;
  Shape output_shape_;
  EinsumDenseOptions options_;
  std::size_t rank_ = 0;
  Variable kernel_;
  Variable bias_;
};

}  // namespace keratin::inline v0::layers

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "keratin/constraints/constraint.h"
#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/initializers/initializer.h"
#include "keratin/layers/embedding.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/regularization.h"
#include "keratin/ops/axes.h"
#include "keratin/regularizers/regularizer.h"

/// Attention: called on {query, value} or {query, value, key}; without a key the value is the key. Masks are those that
/// the inputs carry, or CallOptions::masks in the inputs' order; the query's mask passes to the result. With
/// `.return_attention_scores = true` the layers have two results: the output and the scores after softmax.
namespace keratin::inline v0::layers {

enum class ScoreMode : std::uint8_t {
  dot,     ///< query · key
  concat,  ///< a sum of tanh(query + key)
};

struct AttentionOptions {
  bool use_scale = false;
  ScoreMode score_mode = ScoreMode::dot;
  double dropout = 0.0;  ///< of the scores
  std::optional<std::uint64_t> seed = std::nullopt;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// softmax(scores of query and key) · value. query: (batch, length, n), value: (batch, other length, m), key: (batch,
/// other length, n). Out: (batch, length, m). Weights, scalars: scale, concat_score_weight. `keras.layers.Attention`.
class KERATIN_API Attention : public CallableLayer<Attention> {
 public:
  /// Throws ValueError for a dropout outside of [0, 1).
  explicit Attention(AttentionOptions options = {});
  using Layer::build;
  bool supports_masking() const override { return true; }
  void build(std::span<const Shape> inputs) override;
  std::vector<Tensor> call_all(std::span<const Tensor> inputs, const CallContext& context) override;
  std::vector<Tensor> compute_mask(std::span<const Tensor> inputs, const CallContext& context) override;
  std::vector<std::pair<std::string, Layer*>> saved_sublayers() const override { return {}; }
  Config config() const override;
  static Attention from_config(const Config& config);

 private:
  AttentionOptions options_;
  Variable scale_;
  Variable concat_score_weight_;
  Handle<Dropout> dropout_;
};

struct AdditiveAttentionOptions {
  bool use_scale = true;
  double dropout = 0.0;
  std::optional<std::uint64_t> seed = std::nullopt;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// Attention whose scores are sums of scale · tanh(query + key). Weight: scale (n,). `keras.layers.AdditiveAttention`.
class KERATIN_API AdditiveAttention : public CallableLayer<AdditiveAttention> {
 public:
  explicit AdditiveAttention(AdditiveAttentionOptions options = {});
  using Layer::build;
  bool supports_masking() const override { return true; }
  void build(std::span<const Shape> inputs) override;
  std::vector<Tensor> call_all(std::span<const Tensor> inputs, const CallContext& context) override;
  std::vector<Tensor> compute_mask(std::span<const Tensor> inputs, const CallContext& context) override;
  std::vector<std::pair<std::string, Layer*>> saved_sublayers() const override { return {}; }
  Config config() const override;
  static AdditiveAttention from_config(const Config& config);

 private:
  AdditiveAttentionOptions options_;
  Variable scale_;
  Handle<Dropout> dropout_;
};

/// What attention of several heads is made of.
struct AttentionHeads {
  Handle<EinsumDense> query;
  Handle<EinsumDense> key;
  Handle<EinsumDense> value;
  Handle<EinsumDense> gate;
  Handle<EinsumDense> output;
  Handle<Dropout> dropout;
};

struct MultiHeadAttentionOptions {
  std::optional<std::int64_t> value_dim = std::nullopt;  ///< key_dim
  double dropout = 0.0;
  bool use_bias = true;
  Shape output_shape = {};   ///< in place of the query's last axis
  Axes attention_axes = {};  ///< all but the batch and the last
  /// Positions further apart than this less one don't see each other.
  std::optional<std::int64_t> sliding_window = std::nullopt;
  InitializerSpec kernel_initializer = {detail::Known{}, "glorot_uniform"};
  InitializerSpec bias_initializer = {detail::Known{}, "zeros"};
  RegularizerSpec kernel_regularizer = {};
  RegularizerSpec bias_regularizer = {};
  RegularizerSpec activity_regularizer = {};  ///< of the projections
  ConstraintSpec kernel_constraint = {};
  ConstraintSpec bias_constraint = {};
  bool use_gate = false;
  std::optional<std::uint64_t> seed = std::nullopt;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// Projects query, key and value to heads, attends in each, and projects what comes out. query: (batch, …, n). Out:
/// (batch, …, n), or output_shape in place of n; scores: (batch, heads, length, other length). attention_mask
/// broadcasts to the scores, or to them without the heads. `keras.layers.MultiHeadAttention`.
///
///     layers::MultiHeadAttention(2, 32)({x, x}, {.use_causal_mask = true})
class KERATIN_API MultiHeadAttention : public CallableLayer<MultiHeadAttention> {
 public:
  /// Throws ValueError if a number isn't positive, or for a dropout outside of [0, 1).
  MultiHeadAttention(std::int64_t num_heads, std::int64_t key_dim, MultiHeadAttentionOptions options = {});
  using Layer::build;
  bool supports_masking() const override { return true; }
  void build(std::span<const Shape> inputs) override;
  std::vector<Tensor> call_all(std::span<const Tensor> inputs, const CallContext& context) override;
  std::vector<Tensor> compute_mask(std::span<const Tensor> inputs, const CallContext& context) override;
  Config config() const override;
  static MultiHeadAttention from_config(const Config& config);

 private:
  std::int64_t num_heads_;
  std::int64_t key_dim_;
  MultiHeadAttentionOptions options_;
  std::vector<std::int64_t> attention_axes_;  ///< from 0 on
  AttentionHeads heads_;
};

struct GroupQueryAttentionOptions {
  double dropout = 0.0;
  bool use_bias = true;
  std::optional<std::int64_t> sliding_window = std::nullopt;
  InitializerSpec kernel_initializer = {detail::Known{}, "glorot_uniform"};
  InitializerSpec bias_initializer = {detail::Known{}, "zeros"};
  RegularizerSpec kernel_regularizer = {};
  RegularizerSpec bias_regularizer = {};
  RegularizerSpec activity_regularizer = {};
  ConstraintSpec kernel_constraint = {};
  ConstraintSpec bias_constraint = {};
  bool use_gate = false;
  std::optional<std::uint64_t> seed = std::nullopt;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// MultiHeadAttention in which several heads of the query share one of key and value. query: (batch, length, n).
/// `keras.layers.GroupQueryAttention`.
class KERATIN_API GroupQueryAttention : public CallableLayer<GroupQueryAttention> {
 public:
  /// Throws ValueError if a number isn't positive, or num_query_heads no multiple of num_key_value_heads.
  GroupQueryAttention(std::int64_t head_dim, std::int64_t num_query_heads, std::int64_t num_key_value_heads,
                      GroupQueryAttentionOptions options = {});
  using Layer::build;
  bool supports_masking() const override { return true; }
  void build(std::span<const Shape> inputs) override;
  std::vector<Tensor> call_all(std::span<const Tensor> inputs, const CallContext& context) override;
  std::vector<Tensor> compute_mask(std::span<const Tensor> inputs, const CallContext& context) override;
  Config config() const override;
  static GroupQueryAttention from_config(const Config& config);

 protected:
  std::string default_name() const override { return "grouped_query_attention"; }

 private:
  std::int64_t head_dim_;
  std::int64_t num_query_heads_;
  std::int64_t num_key_value_heads_;
  GroupQueryAttentionOptions options_;
  AttentionHeads heads_;
};
using GroupedQueryAttention = GroupQueryAttention;

}  // namespace keratin::inline v0::layers

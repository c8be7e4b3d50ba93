#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/layers/attention.h"

namespace keratin::inline v0::layers {

/// Throws ValueError unless the share of scores that is dropped is in [0, 1).
double checked_dropout(double dropout, std::string_view layer);

/// Query, value and key of a call; without a key it is the value. Throws ValueError for another number of inputs.
template <class T>
struct QueryValueKey {
  QueryValueKey(const Layer& layer, std::span<const T> inputs);
  const T& query;
  const T& value;
  const T& key;
};

/// The mask of an input, as truth values, or an empty Tensor.
Tensor mask_of(const CallContext& context, std::size_t input);
/// What both masks allow; an empty one allows all.
Tensor both(const Tensor& a, const Tensor& b);

/// How several heads attend.
struct HeadPlan {
  std::string scores = {};              ///< equation of the scores, of key and query
  std::string mixture = {};             ///< equation of what comes out, of scores and value
  std::vector<std::int64_t> axes = {};  ///< of query and value, along which is attended
  std::int64_t key_size = 0;
  std::int64_t repeats = 1;  ///< heads of the query for one of key and value
  double dropout = 0.0;
  std::optional<std::int64_t> sliding_window = std::nullopt;
};

/// The projections' options, from those of a layer; without bias_axes there is no bias.
template <class Options>
EinsumDenseOptions projection_options(const Options& options, const std::string& bias_axes) {
  return {.bias_axes = options.use_bias ? bias_axes : std::string(),
          .kernel_initializer = options.kernel_initializer,
          .bias_initializer = options.bias_initializer,
          .kernel_regularizer = options.kernel_regularizer,
          .bias_regularizer = options.bias_regularizer,
          .kernel_constraint = options.kernel_constraint,
          .bias_constraint = options.bias_constraint,
          .activity_regularizer = options.activity_regularizer};
}

/// A projection of a layer, which takes care of masks itself.
class Projection final : public EinsumDense {
 public:
  using EinsumDense::EinsumDense;
  bool supports_masking() const override { return true; }
  std::vector<Tensor> compute_mask(std::span<const Tensor> /*inputs*/, const CallContext& /*context*/) override {
    return {};
  }
  std::string class_name() const override { return "EinsumDense"; }
};

/// Builds the projections for these inputs; what comes out of `heads` heads has value_size numbers in each.
void build_projections(const Layer& layer, AttentionHeads& heads, std::span<const Shape> inputs,
                       std::int64_t head_count, std::int64_t value_size);

/// The result of a layer of several heads, and its scores if they are asked for.
std::vector<Tensor> attend(const Layer& layer, const AttentionHeads& heads, const HeadPlan& plan,
                           std::span<const Tensor> inputs, const CallContext& context);
/// Masks of these results: the query's, and, as in Keras, that of the scores.
std::vector<Tensor> masks_of_results(const Layer& layer, const HeadPlan& plan, std::span<const Tensor> inputs,
                                     const CallContext& context);

}  // namespace keratin::inline v0::layers

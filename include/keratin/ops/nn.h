#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "keratin/core/choice.h"
#include "keratin/core/dtype.h"
#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"
#include "keratin/ops/axes.h"
#include "keratin/ops/data_format.h"

/// Activations, losses and normalisation of neural networks, with Keras's names and parameter order. Integers are cast
/// to float32.
namespace keratin::inline v0::ops {

KERATIN_API Tensor relu(const Tensor& x);
KERATIN_API Tensor relu6(const Tensor& x);
KERATIN_API Tensor leaky_relu(const Tensor& x, double negative_slope = 0.2);
KERATIN_API Tensor elu(const Tensor& x, double alpha = 1.0);
KERATIN_API Tensor celu(const Tensor& x, double alpha = 1.0);
KERATIN_API Tensor selu(const Tensor& x);
KERATIN_API Tensor gelu(const Tensor& x, bool approximate = true);
KERATIN_API Tensor silu(const Tensor& x);
KERATIN_API Tensor swish(const Tensor& x);  ///< silu
KERATIN_API Tensor sigmoid(const Tensor& x);
KERATIN_API Tensor log_sigmoid(const Tensor& x);
KERATIN_API Tensor hard_sigmoid(const Tensor& x);
KERATIN_API Tensor hard_silu(const Tensor& x);
KERATIN_API Tensor hard_tanh(const Tensor& x);
KERATIN_API Tensor softplus(const Tensor& x);
KERATIN_API Tensor softsign(const Tensor& x);

KERATIN_API Tensor hard_swish(const Tensor& x);                  ///< hard_silu
KERATIN_API Tensor sparse_sigmoid(const Tensor& x);              ///< 0 up to −1, a line, 1 from 1 on
KERATIN_API Tensor sparse_plus(const Tensor& x);                 ///< 0 up to −1, a parabola, x from 1 on
KERATIN_API Tensor squareplus(const Tensor& x, double b = 4.0);  ///< (x + √(x² + b)) / 2
/// x above the threshold, else default_value.
KERATIN_API Tensor threshold(const Tensor& x, double threshold, double default_value);
/// x moved towards 0 by the threshold; 0 where it is nearer.
KERATIN_API Tensor soft_shrink(const Tensor& x, double threshold = 0.5);
/// x where it is further from 0 than the threshold, else 0.
KERATIN_API Tensor hard_shrink(const Tensor& x, double threshold = 0.5);
KERATIN_API Tensor tanh_shrink(const Tensor& x);  ///< x − tanh(x)
/// The first half along the axis times sigmoid of the second. Throws ShapeError where its size isn't known and even.
KERATIN_API Tensor glu(const Tensor& x, std::int64_t axis = -1);

/// exp(x) over its sum along `axis`, or several, or all (none given). Without overflow; a row of −inf alone gives NaN,
/// as in TensorFlow.
KERATIN_API Tensor softmax(const Tensor& x, const Axes& axis = -1);
KERATIN_API Tensor log_softmax(const Tensor& x, const Axes& axis = -1);
/// max(x − τ, 0), with τ as Keras computes it, which is not that of Martins and Astudillo: where more than one element
/// is left, they don't sum to 1.
KERATIN_API Tensor sparsemax(const Tensor& x, std::int64_t axis = -1);

// Losses without reduction. As with Keras on TensorFlow, an `output` that comes straight from sigmoid or softmax is
// replaced by its logits, which loses no digits; other probabilities are clipped to [1e-7, 1 − 1e-7].

/// Per element, of the broadcast shape.
KERATIN_API Tensor binary_crossentropy(const Tensor& target, const Tensor& output, bool from_logits = false);
/// Without `axis`, along which the target is a distribution; probabilities are scaled to a sum of 1. Throws ShapeError
/// if the shapes differ.
KERATIN_API Tensor categorical_crossentropy(const Tensor& target, const Tensor& output, bool from_logits = false,
                                            std::int64_t axis = -1);
/// target: class indices of any number type, output's shape without `axis` (or with 1 there). The loss is NaN where an
/// index is outside of the classes. Throws ShapeError if the shapes don't fit.
KERATIN_API Tensor sparse_categorical_crossentropy(const Tensor& target, const Tensor& output, bool from_logits = false,
                                                   std::int64_t axis = -1);

/// −log of the probability of all alignments of each target to the steps of its output (Graves et al., "Connectionist
/// Temporal Classification"): target (batch, length) class numbers, output (batch, steps, classes) logits, and how many
/// of each count, (batch,) each → (batch,). Class `mask_index` is the blank. Where there is no alignment, 707 (as
/// TensorFlow's −log(0)), without gradient. Throws ShapeError where the shapes don't fit; when it runs, ValueError for
/// a class or length out of range.
KERATIN_API Tensor ctc_loss(const Tensor& target, const Tensor& output, const Tensor& target_length,
                            const Tensor& output_length, std::int64_t mask_index = 0);

namespace detail {
struct CtcStrategyNames {
  enum Value : std::uint8_t { greedy, beam_search };
  static constexpr std::string_view names[] = {"greedy", "beam_search"};
};
}  // namespace detail
class CtcStrategy : public Choice<detail::CtcStrategyNames> {
 public:
  KERATIN_CHOICE_NAMES(CtcStrategy, detail::CtcStrategyNames, "a strategy of decoding")
};
/// Class numbers (paths, batch, steps), −1 behind their end, and scores, of logits (batch, steps, classes) of which so
/// many steps count. "greedy": the greatest logit of each step, without blanks and, with merge_repeated, repetitions;
/// score (batch, 1): minus the sum of these logits. "beam_search": the top_paths most probable of what a beam of
/// beam_width prefixes finds, always merged; score (batch, top_paths): the logarithm of the probability, −∞ where there
/// is no such path. Throws as ctc_loss does.
KERATIN_API std::pair<Tensor, Tensor> ctc_decode(const Tensor& inputs, const Tensor& sequence_lengths,
                                                 CtcStrategy strategy = CtcStrategy::greedy,
                                                 std::int64_t beam_width = 100, std::int64_t top_paths = 1,
                                                 bool merge_repeated = true, std::int64_t mask_index = 0);

/// abs_ · (cos(angle) + i · sin(angle)): complex64, which can be given back and nothing computes in.
KERATIN_API Tensor polar(const Tensor& abs_, const Tensor& angle);

/// Mean and variance along `axes`.
KERATIN_API std::pair<Tensor, Tensor> moments(const Tensor& x, const Axes& axes, bool keepdims = false);
/// (x − mean) · scale / sqrt(variance + epsilon) + offset; statistics and weights have one number for each index along
/// `axis`. An empty offset or scale is left out.
KERATIN_API Tensor batch_normalization(const Tensor& x, const Tensor& mean, const Tensor& variance, std::int64_t axis,
                                       const Tensor& offset = {}, const Tensor& scale = {}, double epsilon = 1e-3);

// Normalisation computes in float32 at least; the result has x's dtype.

/// x over the root of its mean square along `axis`, times scale if given.
KERATIN_API Tensor rms_normalization(const Tensor& x, const Tensor& scale = {}, const Axes& axis = -1,
                                     double epsilon = 1e-7);
/// x less its mean along `axis`, over its standard deviation, times gamma, plus beta, if given.
KERATIN_API Tensor layer_normalization(const Tensor& x, const Tensor& gamma = {}, const Tensor& beta = {},
                                       const Axes& axis = -1, double epsilon = 1e-7);
/// x over its norm of that order along `axis`, or over epsilon where the norm is smaller.
KERATIN_API Tensor normalize(const Tensor& x, const Axes& axis = -1, int order = 2, double epsilon = 1e-7);

/// softmax(query · keyᵀ · scale + bias) · value for each head. query: (batch, length, heads, size), key and value:
/// (batch, other length, heads, size), or with fewer heads that the query's number is a multiple of. bias and mask
/// (true: counts) broadcast to (batch, heads, length, other length); scale is 1/√size if not given; with is_causal a
/// position sees none that comes later; a soft cap c bounds scores by c · tanh(score / c). Throws ShapeError for
/// others.
KERATIN_API Tensor dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                         const Tensor& bias = {}, const Tensor& mask = {},
                                         std::optional<double> scale = {}, bool is_causal = false,
                                         std::optional<double> attn_logits_soft_cap = {});

/// num_classes numbers, 1 for the indices that occur along the second axis (the only one of a vector), else 0.
KERATIN_API Tensor multi_hot(const Tensor& inputs, std::int64_t num_classes, std::int64_t axis = -1,
                             DType dtype = float32);
/// 20 · log10(max_val) − 10 · log10(the mean squared difference). Throws ShapeError if the shapes differ.
KERATIN_API Tensor psnr(const Tensor& x1, const Tensor& x2, double max_val);

/// Channels become blocks of the image: (batch, h, w, c · b²) to (batch, h · b, w · b, c).
KERATIN_API Tensor depth_to_space(const Tensor& x, std::int64_t block_size,
                                  DataFormat data_format = DataFormat::channels_last);
/// The inverse of depth_to_space.
KERATIN_API Tensor space_to_depth(const Tensor& x, std::int64_t block_size,
                                  DataFormat data_format = DataFormat::channels_last);

/// One number for rows and columns, or one for each.
class Pair {
 public:
  template <std::integral T>
  Pair(T both) noexcept : Pair(both, both) {}
  template <std::integral T, std::integral U>
  Pair(T rows, U columns) noexcept : values_{static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns)} {}
  std::int64_t operator[](std::size_t i) const noexcept { return values_[i]; }

 private:
  std::array<std::int64_t, 2> values_;
};
/// The windows of an image (batch, channels, rows, columns) as columns: (batch, channels · kernel elements, windows).
KERATIN_API Tensor unfold(const Tensor& x, const Pair& kernel_size, const Pair& dilation = 1, const Pair& padding = 0,
                          const Pair& stride = 1);
/// The image that such windows add up to, without its padding: (batch, channels, rows, columns).
KERATIN_API Tensor fold(const Tensor& x, const Pair& output_size, const Pair& kernel_size, const Pair& dilation = 1,
                        const Pair& padding = 0, const Pair& stride = 1);

}  // namespace keratin::inline v0::ops

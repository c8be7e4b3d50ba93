#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "keratin/core/dtype.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"

// What losses and metrics share.
namespace keratin::inline v0::losses {

/// Keras's squeeze_or_expand_to_same_rank: where the ranks differ by one and the longer shape ends in 1, that dimension
/// goes; but a vector gets one instead.
std::pair<Tensor, Tensor> to_same_rank(Tensor a, Tensor b);

/// y_true in y_pred's dtype, and both of one rank where to_same_rank makes them so.
std::pair<Tensor, Tensor> prepared(const Tensor& y_true, const Tensor& y_pred);
/// prepared(), of one shape. Throws ShapeError, naming the loss.
std::pair<Tensor, Tensor> prepared_alike(std::string_view loss, const Tensor& y_true, const Tensor& y_pred);

/// sample_weight (which may be empty) without the entries that the mask (which may be empty) leaves out. `is_for_mean`:
/// so that a mean over all entries is one over those that count. Empty where there is neither.
Tensor weights_with(const Tensor& mask, const Tensor& sample_weight, DType dtype, bool is_for_mean);
/// The same with y_pred's mask.
Tensor weights_with_mask(const Tensor& sample_weight, const Tensor& y_pred, DType dtype, bool is_for_mean);

/// x / divisor, 0 where the divisor is 0.
Tensor divide_no_nan(const Tensor& x, const Tensor& divisor);

/// What targets and outputs of these shapes (with batch) are about, as Keras decides where a loss or a metric is given
/// by a name that says it for none: one output is binary, class numbers are sparse.
enum class Classes : std::uint8_t { binary, sparse, categorical };
Classes classes_by_shapes(const Shape& y_true, const Shape& y_pred) noexcept;

std::string or_default(std::string name, const char* fallback);

/// Throws ValueError, naming the owner, where it isn't in [0, 1].
void check_smoothing(double label_smoothing, std::string_view owner);

}  // namespace keratin::inline v0::losses

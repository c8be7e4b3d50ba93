#pragma once

#include <string>
#include <utility>

#include "keratin/graph/tensor.h"

// What losses and metrics share.
namespace keratin::inline v0::losses {

/// Keras's squeeze_or_expand_to_same_rank: where the ranks differ by one and the longer shape ends in 1, that dimension
/// goes; but a vector gets one instead.
std::pair<Tensor, Tensor> to_same_rank(Tensor a, Tensor b);

/// x / divisor, 0 where the divisor is 0.
Tensor divide_no_nan(const Tensor& x, const Tensor& divisor);

std::string or_default(std::string name, const char* fallback);

}  // namespace keratin::inline v0::losses

#pragma once

#include <utility>

#include "keratin/graph/tensor.h"

namespace keratin::inline v0::losses {

/// Keras's squeeze_or_expand_to_same_rank: where the ranks differ by one and the longer shape ends in 1, that dimension
/// goes; but a vector gets one instead.
std::pair<Tensor, Tensor> to_same_rank(Tensor a, Tensor b);

}  // namespace keratin::inline v0::losses

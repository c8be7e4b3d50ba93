#pragma once

#include "keratin/graph/tensor.h"

namespace keratin::inline v0::layers {

/// The size of a tensor's first dimension as a float32 scalar, also where only the plan knows it. The others are known.
Tensor batch_rows(const Tensor& x);

}  // namespace keratin::inline v0::layers

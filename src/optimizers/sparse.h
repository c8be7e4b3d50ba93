#pragma once

#include "keratin/graph/tensor.h"

namespace keratin::inline v0::optimizers {

/// gradient² as Keras on TensorFlow computes it: the gradient of a lookup table (a sum of the gradients of ops::take's
/// rows) is squared row by row, before rows of one index are added. Second moments of embeddings follow from it.
Tensor squared(const Tensor& gradient);

}  // namespace keratin::inline v0::optimizers

#pragma once

#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"

/// Products of matrices and vectors, with Keras's names. dtypes promote as in Keras; float32, float64 and integers are
/// computed with. All throw ShapeError where sizes don't fit and DTypeError for other dtypes.
namespace keratin::inline v0::ops {

/// (..., m, k) times (..., k, n) is (..., m, n); the leading dimensions broadcast. A vector counts as a row on the left
/// and as a column on the right, and its dimension of 1 is gone from the result. Scalars are not allowed.
KERATIN_API Tensor matmul(const Tensor& x1, const Tensor& x2);
/// NumPy's: with a scalar the product of each element, else the sum over the last dimension of x1 and the last but one
/// of x2 (the only one of a vector). x2 has two dimensions at most.
KERATIN_API Tensor dot(const Tensor& x1, const Tensor& x2);

}  // namespace keratin::inline v0::ops

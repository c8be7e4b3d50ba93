#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"
#include "keratin/ops/axes.h"

/// Products of matrices and vectors, with Keras's names. dtypes promote as in Keras; float16 and bfloat16 are
/// computed with in float32. All throw ShapeError where sizes don't fit and DTypeError for other dtypes.
namespace keratin::inline v0::ops {

/// (..., m, k) times (..., k, n) is (..., m, n); the leading dimensions broadcast. A vector counts as a row on the left
/// and as a column on the right, and its dimension of 1 is gone from the result. Scalars are not allowed.
KERATIN_API Tensor matmul(const Tensor& x1, const Tensor& x2);
/// NumPy's: with a scalar the product of each element, else the sum over the last dimension of x1 and the last but one
/// of x2 (the only one of a vector).
KERATIN_API Tensor dot(const Tensor& x1, const Tensor& x2);
/// Each element of x1 with each of x2, both as vectors: (size1, size2).
KERATIN_API Tensor outer(const Tensor& x1, const Tensor& x2);
/// The sum over pairs of dimensions, the first of axes1 with the first of axes2 and so on; the result has the remaining
/// dimensions of x1 and then those of x2, of which one may be unknown. Keras's tensordot(x1, x2, n) is that of the last
/// n dimensions of x1 and the first n of x2.
KERATIN_API Tensor tensordot(const Tensor& x1, const Tensor& x2, const Axes& axes1, const Axes& axes2);
/// Sums of products, as NumPy's einsum: "bij,bjk->bik", "ii->i" (a diagonal), "...ij->...ji", any number of operands.
/// Without an arrow the result has the ellipsis and then the letters that occur once, in alphabetical order. Throws
/// ValueError, with the equation, if it makes no sense or doesn't fit the operands.
KERATIN_API Tensor einsum(std::string_view subscripts, const std::vector<Tensor>& operands);
/// The elements whose index along axis2 is that along axis1 plus offset, as the last axis. Throws ShapeError if the
/// size of one isn't known.
KERATIN_API Tensor diagonal(const Tensor& x, std::int64_t offset = 0, std::int64_t axis1 = 0, std::int64_t axis2 = 1);

}  // namespace keratin::inline v0::ops

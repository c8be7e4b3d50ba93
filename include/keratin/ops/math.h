#pragma once

#include "keratin/core/dtype.h"
#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"

/// Elementwise operations, with Keras's names and parameter order. Arguments broadcast, and their dtypes promote as in
/// Keras; a C++ number is a weak scalar. All throw ShapeError where shapes don't broadcast, DTypeError where a dtype
/// isn't computed with, StaleHandleError for a tensor whose graph has ended and ValueError for tensors of two graphs.
namespace keratin::inline v0::ops {

// Arithmetic; bool counts as int32.
KERATIN_API Tensor add(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor subtract(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor multiply(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor divide(const Tensor& x1, const Tensor& x2);  ///< floating: float32 for integers
KERATIN_API Tensor true_divide(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor floor_divide(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor mod(const Tensor& x1, const Tensor& x2);  ///< the sign of x2, as in Python
KERATIN_API Tensor power(const Tensor& x1, const Tensor& x2);
/// A gradient at equal values goes to x1.
KERATIN_API Tensor maximum(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor minimum(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor clip(const Tensor& x, const Tensor& x_min, const Tensor& x_max);
KERATIN_API Tensor negative(const Tensor& x);
KERATIN_API Tensor absolute(const Tensor& x);
KERATIN_API Tensor abs(const Tensor& x);
KERATIN_API Tensor sign(const Tensor& x);
KERATIN_API Tensor square(const Tensor& x);

// Functions of a floating number; integers and bools are cast to float32.
KERATIN_API Tensor sqrt(const Tensor& x);
KERATIN_API Tensor rsqrt(const Tensor& x);
KERATIN_API Tensor reciprocal(const Tensor& x);
KERATIN_API Tensor exp(const Tensor& x);
KERATIN_API Tensor expm1(const Tensor& x);
KERATIN_API Tensor log(const Tensor& x);
KERATIN_API Tensor log1p(const Tensor& x);
KERATIN_API Tensor log2(const Tensor& x);
KERATIN_API Tensor log10(const Tensor& x);
KERATIN_API Tensor logaddexp(const Tensor& x1, const Tensor& x2);  ///< log(exp(x1) + exp(x2)), without overflow
KERATIN_API Tensor sin(const Tensor& x);
KERATIN_API Tensor cos(const Tensor& x);
KERATIN_API Tensor tan(const Tensor& x);
KERATIN_API Tensor arcsin(const Tensor& x);
KERATIN_API Tensor arccos(const Tensor& x);
KERATIN_API Tensor arctan(const Tensor& x);
KERATIN_API Tensor arctan2(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor sinh(const Tensor& x);
KERATIN_API Tensor cosh(const Tensor& x);
KERATIN_API Tensor tanh(const Tensor& x);
KERATIN_API Tensor arcsinh(const Tensor& x);
KERATIN_API Tensor arccosh(const Tensor& x);
KERATIN_API Tensor arctanh(const Tensor& x);
KERATIN_API Tensor erf(const Tensor& x);
KERATIN_API Tensor floor(const Tensor& x);
KERATIN_API Tensor ceil(const Tensor& x);
/// Half to even, to so many decimals; integers stay as they are.
KERATIN_API Tensor round(const Tensor& x, int decimals = 0);
KERATIN_API Tensor trunc(const Tensor& x);  ///< integers stay as they are

// Questions; the answer is bool.
KERATIN_API Tensor isnan(const Tensor& x);
KERATIN_API Tensor isinf(const Tensor& x);
KERATIN_API Tensor isfinite(const Tensor& x);
KERATIN_API Tensor equal(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor not_equal(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor less(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor less_equal(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor greater(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor greater_equal(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor logical_and(const Tensor& x1, const Tensor& x2);  ///< numbers count as true where they aren't 0
KERATIN_API Tensor logical_or(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor logical_xor(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor logical_not(const Tensor& x);
/// x1 where the condition holds, else x2; the three broadcast.
KERATIN_API Tensor where(const Tensor& condition, const Tensor& x1, const Tensor& x2);

/// In another dtype; the tensor itself if it has it already. Floats to integers truncate, numbers to bool compare with
/// 0.
KERATIN_API Tensor cast(const Tensor& x, DType dtype);
/// x, which no gradient passes.
KERATIN_API Tensor stop_gradient(const Tensor& x);
/// Number of elements, an int32 scalar, also where the batch isn't known yet.
KERATIN_API Tensor size(const Tensor& x);
// Tensors of x's shape and dtype.
KERATIN_API Tensor zeros_like(const Tensor& x);
KERATIN_API Tensor ones_like(const Tensor& x);
KERATIN_API Tensor full_like(const Tensor& x, double fill_value);

}  // namespace keratin::inline v0::ops

#pragma once

#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0 {

// As in ops: add, subtract, …, with Keras's promotion and broadcasting. == and != are left to ops::equal and
// ops::not_equal, as a Tensor as a condition would mislead.
KERATIN_API Tensor operator+(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor operator-(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor operator*(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor operator/(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor operator%(const Tensor& x1, const Tensor& x2);  ///< the sign of x2, as in Python
KERATIN_API Tensor operator-(const Tensor& x);
KERATIN_API Tensor operator<(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor operator<=(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor operator>(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor operator>=(const Tensor& x1, const Tensor& x2);
KERATIN_API Tensor operator&(const Tensor& x1, const Tensor& x2);  ///< logical and
KERATIN_API Tensor operator|(const Tensor& x1, const Tensor& x2);  ///< logical or
KERATIN_API Tensor operator!(const Tensor& x);

}  // namespace keratin::inline v0

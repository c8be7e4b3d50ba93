#include "keratin/ops/operators.h"

#include "keratin/ops/math.h"

namespace keratin::inline v0 {

Tensor operator+(const Tensor& x1, const Tensor& x2) { return ops::add(x1, x2); }
Tensor operator-(const Tensor& x1, const Tensor& x2) { return ops::subtract(x1, x2); }
Tensor operator*(const Tensor& x1, const Tensor& x2) { return ops::multiply(x1, x2); }
Tensor operator/(const Tensor& x1, const Tensor& x2) { return ops::divide(x1, x2); }
Tensor operator%(const Tensor& x1, const Tensor& x2) { return ops::mod(x1, x2); }
Tensor operator-(const Tensor& x) { return ops::negative(x); }
Tensor operator<(const Tensor& x1, const Tensor& x2) { return ops::less(x1, x2); }
Tensor operator<=(const Tensor& x1, const Tensor& x2) { return ops::less_equal(x1, x2); }
Tensor operator>(const Tensor& x1, const Tensor& x2) { return ops::greater(x1, x2); }
Tensor operator>=(const Tensor& x1, const Tensor& x2) { return ops::greater_equal(x1, x2); }
Tensor operator&(const Tensor& x1, const Tensor& x2) { return ops::logical_and(x1, x2); }
Tensor operator|(const Tensor& x1, const Tensor& x2) { return ops::logical_or(x1, x2); }
Tensor operator!(const Tensor& x) { return ops::logical_not(x); }

}  // namespace keratin::inline v0

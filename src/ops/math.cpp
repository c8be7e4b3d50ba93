#include "keratin/ops/math.h"

#include <array>
#include <cmath>

#include "ops/apply.h"
#include "ops/elementwise.h"
#include "ops/like.h"

namespace keratin::inline v0::ops {
namespace {

using graph::ScalarOp;

/// On inputs of one dtype.
template <class... Inputs>
Tensor elementwise(ScalarOp op, const Inputs&... inputs) {
  return apply(elementwise_op(op), {inputs...});
}

DType number_type(DType dtype) { return dtype == boolean ? int32 : dtype; }
DType floating_type(DType dtype) { return is_floating(dtype) ? dtype : float32; }
DType same_type(DType dtype) { return dtype; }
DType bool_type(DType) { return boolean; }

/// On inputs of which the promoted dtype is made into the one that op computes in.
template <std::size_t n>
Tensor promoted(ScalarOp op, std::array<Tensor, n> inputs, DType (*computed_in)(DType)) {
  promote(inputs, computed_in(result_type(inputs)), name_of(op));
  return apply(elementwise_op(op), inputs, {});
}

Tensor number(ScalarOp op, const Tensor& x) { return promoted<1>(op, {x}, number_type); }
Tensor floating(ScalarOp op, const Tensor& x) { return promoted<1>(op, {x}, floating_type); }
Tensor arithmetic(ScalarOp op, const Tensor& x1, const Tensor& x2) { return promoted<2>(op, {x1, x2}, number_type); }
Tensor comparison(ScalarOp op, const Tensor& x1, const Tensor& x2) { return promoted<2>(op, {x1, x2}, same_type); }
Tensor logical(ScalarOp op, const Tensor& x1, const Tensor& x2) { return promoted<2>(op, {x1, x2}, bool_type); }

/// Rounding leaves integers alone.
Tensor rounded(ScalarOp op, const Tensor& x) {
  return is_floating(default_dtype(x)) ? floating(op, x) : in_graph(x, name_of(op));
}

}  // namespace

Tensor add(const Tensor& x1, const Tensor& x2) { return arithmetic(ScalarOp::add, x1, x2); }
Tensor subtract(const Tensor& x1, const Tensor& x2) { return arithmetic(ScalarOp::subtract, x1, x2); }
Tensor multiply(const Tensor& x1, const Tensor& x2) { return arithmetic(ScalarOp::multiply, x1, x2); }
Tensor divide(const Tensor& x1, const Tensor& x2) { return promoted<2>(ScalarOp::divide, {x1, x2}, floating_type); }
Tensor true_divide(const Tensor& x1, const Tensor& x2) { return divide(x1, x2); }
Tensor floor_divide(const Tensor& x1, const Tensor& x2) { return arithmetic(ScalarOp::floor_divide, x1, x2); }
Tensor mod(const Tensor& x1, const Tensor& x2) { return arithmetic(ScalarOp::mod, x1, x2); }
Tensor power(const Tensor& x1, const Tensor& x2) { return arithmetic(ScalarOp::power, x1, x2); }
Tensor maximum(const Tensor& x1, const Tensor& x2) { return arithmetic(ScalarOp::maximum, x1, x2); }
Tensor minimum(const Tensor& x1, const Tensor& x2) { return arithmetic(ScalarOp::minimum, x1, x2); }
Tensor clip(const Tensor& x, const Tensor& x_min, const Tensor& x_max) { return minimum(maximum(x, x_min), x_max); }
Tensor negative(const Tensor& x) { return number(ScalarOp::negative, x); }
Tensor absolute(const Tensor& x) { return number(ScalarOp::absolute, x); }
Tensor abs(const Tensor& x) { return absolute(x); }
Tensor sign(const Tensor& x) { return number(ScalarOp::sign, x); }
Tensor square(const Tensor& x) { return number(ScalarOp::square, x); }

Tensor sqrt(const Tensor& x) { return floating(ScalarOp::sqrt, x); }
Tensor rsqrt(const Tensor& x) { return floating(ScalarOp::rsqrt, x); }
Tensor reciprocal(const Tensor& x) { return floating(ScalarOp::reciprocal, x); }
Tensor exp(const Tensor& x) { return floating(ScalarOp::exp, x); }
Tensor expm1(const Tensor& x) { return floating(ScalarOp::expm1, x); }
Tensor log(const Tensor& x) { return floating(ScalarOp::log, x); }
Tensor logaddexp(const Tensor& x1, const Tensor& x2) {
  const Tensor difference = subtract(x1, x2);
  // It is NaN for two equal infinities, whose sum is the same infinity.
  const Tensor larger = maximum(x1, x2);
  return where(isnan(difference), add(x1, x2), add(larger, log1p(exp(negative(abs(difference))))));
}
Tensor log1p(const Tensor& x) { return floating(ScalarOp::log1p, x); }
Tensor log2(const Tensor& x) { return floating(ScalarOp::log2, x); }
Tensor log10(const Tensor& x) { return floating(ScalarOp::log10, x); }
Tensor sin(const Tensor& x) { return floating(ScalarOp::sin, x); }
Tensor cos(const Tensor& x) { return floating(ScalarOp::cos, x); }
Tensor tan(const Tensor& x) { return floating(ScalarOp::tan, x); }
Tensor arcsin(const Tensor& x) { return floating(ScalarOp::asin, x); }
Tensor arccos(const Tensor& x) { return floating(ScalarOp::acos, x); }
Tensor arctan(const Tensor& x) { return floating(ScalarOp::atan, x); }
Tensor arctan2(const Tensor& x1, const Tensor& x2) { return promoted<2>(ScalarOp::atan2, {x1, x2}, floating_type); }
Tensor sinh(const Tensor& x) { return floating(ScalarOp::sinh, x); }
Tensor cosh(const Tensor& x) { return floating(ScalarOp::cosh, x); }
Tensor tanh(const Tensor& x) { return floating(ScalarOp::tanh, x); }
Tensor arcsinh(const Tensor& x) { return floating(ScalarOp::asinh, x); }
Tensor arccosh(const Tensor& x) { return floating(ScalarOp::acosh, x); }
Tensor arctanh(const Tensor& x) { return floating(ScalarOp::atanh, x); }
Tensor erf(const Tensor& x) { return floating(ScalarOp::erf, x); }
Tensor floor(const Tensor& x) { return floating(ScalarOp::floor, x); }
Tensor ceil(const Tensor& x) { return floating(ScalarOp::ceil, x); }
Tensor trunc(const Tensor& x) { return rounded(ScalarOp::trunc, x); }

Tensor round(const Tensor& x, int decimals) {
  if (decimals == 0 || !is_floating(default_dtype(x))) return rounded(ScalarOp::round, x);
  const double factor = std::pow(10.0, decimals);
  return divide(rounded(ScalarOp::round, multiply(x, factor)), factor);
}

Tensor isnan(const Tensor& x) { return floating(ScalarOp::isnan, x); }
Tensor isinf(const Tensor& x) { return floating(ScalarOp::isinf, x); }
Tensor isfinite(const Tensor& x) { return floating(ScalarOp::isfinite, x); }
Tensor equal(const Tensor& x1, const Tensor& x2) { return comparison(ScalarOp::equal, x1, x2); }
Tensor not_equal(const Tensor& x1, const Tensor& x2) { return comparison(ScalarOp::not_equal, x1, x2); }
Tensor less(const Tensor& x1, const Tensor& x2) { return comparison(ScalarOp::less, x1, x2); }
Tensor less_equal(const Tensor& x1, const Tensor& x2) { return comparison(ScalarOp::less_equal, x1, x2); }
Tensor greater(const Tensor& x1, const Tensor& x2) { return comparison(ScalarOp::greater, x1, x2); }
Tensor greater_equal(const Tensor& x1, const Tensor& x2) { return comparison(ScalarOp::greater_equal, x1, x2); }
Tensor logical_and(const Tensor& x1, const Tensor& x2) { return logical(ScalarOp::logical_and, x1, x2); }
Tensor logical_or(const Tensor& x1, const Tensor& x2) { return logical(ScalarOp::logical_or, x1, x2); }
Tensor logical_xor(const Tensor& x1, const Tensor& x2) { return logical(ScalarOp::logical_xor, x1, x2); }
Tensor logical_not(const Tensor& x) { return promoted<1>(ScalarOp::logical_not, {x}, bool_type); }

Tensor where(const Tensor& condition, const Tensor& x1, const Tensor& x2) {
  std::array<Tensor, 2> values{x1, x2};
  const std::array<Tensor, 3> all{condition, x1, x2};
  const DType dtype = result_type(values);
  graph::Builder& builder = graph::builder_of(all, name_of(ScalarOp::select));
  const auto as = [&](const Tensor& x, DType wanted) { return cast(in_graph(x, builder, wanted), wanted); };
  return elementwise(ScalarOp::select, as(condition, boolean), as(x1, dtype), as(x2, dtype));
}

Tensor cast(const Tensor& x, DType dtype) {
  if (graph::Access::is_weak(x)) return in_graph(x, graph::Builder::current_or_throw("cast"), dtype);
  if (x.dtype() == dtype) return x;
  return apply(elementwise_op(ScalarOp::cast), {x}, {{"dtype", dtype}});
}

Tensor stop_gradient(const Tensor& x) { return apply(stop_gradient_op, {x}); }
Tensor size(const Tensor& x) { return detail::count(x, normalized_axes({}, x.rank(), "size"), int32); }
Tensor zeros_like(const Tensor& x) { return full_like(x, 0.0); }
Tensor ones_like(const Tensor& x) { return full_like(x, 1.0); }
Tensor full_like(const Tensor& x, double fill_value) { return apply(full_like_op, {x}, {{"value", fill_value}}); }

}  // namespace keratin::inline v0::ops

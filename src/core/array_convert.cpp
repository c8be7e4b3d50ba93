#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <string>

#include "core/array_impl.h"
#include "core/element_convert.h"
#include "keratin/core/array.h"
#include "keratin/core/error.h"

namespace keratin::inline v0 {
namespace {

template <class To, class From>
void convert_all(To* to, const From* from, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = core::convert_element<To>(from[i]);
}

/// A pair of equally shaped arrays as doubles (complex ones as complex), element by element: f(a, b).
template <class F>
void for_each_pair(const Array& a, const Array& b, F f) {
  if (a.shape() != b.shape())
    throw ShapeError("The arrays' shapes must be the same to compare them. Received: " + to_string(a.shape()) +
                     " and " + to_string(b.shape()));
  const bool is_complex = a.dtype() == complex64 || b.dtype() == complex64;
  const Array left = a.astype(is_complex ? complex64 : float64).contiguous();
  const Array right = b.astype(left.dtype()).contiguous();
  const auto all = [&f]<class T>(std::span<const T> x, std::span<const T> y) {
    for (std::size_t i = 0; i < x.size(); ++i) f(x[i], y[i]);
  };
  if (is_complex) {
    all(left.data<std::complex<float>>(), right.data<std::complex<float>>());
  } else {
    all(left.data<double>(), right.data<double>());
  }
}

bool is_nan(double value) { return std::isnan(value); }
bool is_nan(std::complex<float> value) { return std::isnan(value.real()) || std::isnan(value.imag()); }

/// |a − b|, 0 for equal infinities.
template <class T>
double distance(T a, T b) {
  return a == b ? 0.0 : static_cast<double>(std::abs(a - b));
}

}  // namespace

Array Array::astype(DType wanted) const {
  const DType have = dtype();
  if (wanted == have) return *this;
  if (wanted == string || have == string)
    throw DTypeError("Strings and numbers don't convert into one another. Received: astype(" +
                     std::string(name_of(wanted)) + ") on an array of " + std::string(name_of(have)));
  const Array from = contiguous();
  Array to = empty(shape(), wanted);
  core::visit_element_type(have, [&]<class From>(std::type_identity<From>) {
    core::visit_element_type(wanted, [&]<class To>(std::type_identity<To>) {
      if constexpr (!std::is_same_v<From, std::string> && !std::is_same_v<To, std::string>)
        convert_all(reinterpret_cast<To*>(to.impl_->first), static_cast<const From*>(from.raw()), from.size());
    });
  });
  return to;
}

double max_abs_difference(const Array& a, const Array& b) {
  double largest = 0.0;
  bool mismatch = false;
  for_each_pair(a, b, [&](auto x, auto y) {
    mismatch |= is_nan(x) != is_nan(y);
    if (!is_nan(x) && !is_nan(y)) largest = std::max(largest, distance(x, y));
  });
  return mismatch ? std::numeric_limits<double>::quiet_NaN() : largest;
}

bool all_close(const Array& a, const Array& b, double rtol, double atol) {
  bool close = true;
  for_each_pair(a, b, [&](auto x, auto y) {
    // An infinite bound says nothing: infinities are close only to themselves.
    const double bound = atol + rtol * static_cast<double>(std::abs(y));
    close = close && (x == y || (std::isfinite(bound) && distance(x, y) <= bound));
  });
  return close;
}

}  // namespace keratin::inline v0

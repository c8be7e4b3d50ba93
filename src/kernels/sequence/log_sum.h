#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace keratin::inline v0::kernels {

/// log(0).
inline constexpr double impossible = -std::numeric_limits<double>::infinity();

/// log(exp(a) + exp(b)), without overflow.
inline double log_sum(double a, double b) noexcept {
  const double greater = std::max(a, b);
  return greater == impossible ? impossible : greater + std::log1p(std::exp(std::min(a, b) - greater));
}

}  // namespace keratin::inline v0::kernels

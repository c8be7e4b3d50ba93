#pragma once

#include <algorithm>
#include <cmath>

#include "graph/program.h"

namespace keratin::test {

inline double python_mod(double a, double b) {
  const double rest = std::fmod(a, b);
  return rest != 0.0 && std::signbit(rest) != std::signbit(b) ? rest + b : rest;
}

/// NumPy's: exact where floor(a / b) rounds over an integer.
inline double python_floor_divide(double a, double b) {
  if (b == 0.0 || !std::isfinite(a) || std::isnan(b)) return b == 0.0 ? a / b : std::isfinite(a) ? b : NAN;
  if (std::isinf(b)) return a == 0.0 || std::signbit(a) == std::signbit(b) ? 0.0 : -1.0;
  return std::round((a - python_mod(a, b)) / b);
}

/// What an op makes of one element, in double with the C library.
inline double unary_reference(graph::ScalarOp op, double a) {
  using graph::ScalarOp;
  switch (op) {
    case ScalarOp::negative:
      return -a;
    case ScalarOp::absolute:
      return std::abs(a);
    case ScalarOp::sign:
      return std::isnan(a) ? a : (a > 0) - (a < 0);
    case ScalarOp::square:
      return a * a;
    case ScalarOp::sqrt:
      return std::sqrt(a);
    case ScalarOp::rsqrt:
      return 1 / std::sqrt(a);
    case ScalarOp::reciprocal:
      return 1 / a;
    case ScalarOp::exp:
      return std::exp(a);
    case ScalarOp::expm1:
      return std::expm1(a);
    case ScalarOp::log:
      return std::log(a);
    case ScalarOp::log1p:
      return std::log1p(a);
    case ScalarOp::log2:
      return std::log2(a);
    case ScalarOp::log10:
      return std::log10(a);
    case ScalarOp::sin:
      return std::sin(a);
    case ScalarOp::cos:
      return std::cos(a);
    case ScalarOp::tan:
      return std::tan(a);
    case ScalarOp::asin:
      return std::asin(a);
    case ScalarOp::acos:
      return std::acos(a);
    case ScalarOp::atan:
      return std::atan(a);
    case ScalarOp::sinh:
      return std::sinh(a);
    case ScalarOp::cosh:
      return std::cosh(a);
    case ScalarOp::tanh:
      return std::tanh(a);
    case ScalarOp::asinh:
      return std::asinh(a);
    case ScalarOp::acosh:
      return std::acosh(a);
    case ScalarOp::atanh:
      return std::atanh(a);
    case ScalarOp::erf:
      return std::erf(a);
    case ScalarOp::sigmoid:
      return a < 0 ? std::exp(a) / (1 + std::exp(a)) : 1 / (1 + std::exp(-a));
    case ScalarOp::softplus:
      return a > 0 ? a + std::log1p(std::exp(-a)) : std::log1p(std::exp(a));
    case ScalarOp::relu:
      return std::isnan(a) ? a : std::max(a, 0.0);
    case ScalarOp::floor:
      return std::floor(a);
    case ScalarOp::ceil:
      return std::ceil(a);
    case ScalarOp::round:
      return std::nearbyint(a);
    case ScalarOp::trunc:
      return std::trunc(a);
    case ScalarOp::isnan:
      return std::isnan(a);
    case ScalarOp::isinf:
      return std::isinf(a);
    case ScalarOp::isfinite:
      return std::isfinite(a);
    case ScalarOp::logical_not:
      return a == 0;
    default:
      return a;
  }
}

inline double reference(graph::ScalarOp op, double a, double b) {
  using graph::ScalarOp;
  switch (op) {
    case ScalarOp::add:
      return a + b;
    case ScalarOp::subtract:
      return a - b;
    case ScalarOp::multiply:
      return a * b;
    case ScalarOp::divide:
      return a / b;
    case ScalarOp::floor_divide:
      return python_floor_divide(a, b);
    case ScalarOp::mod:
      return python_mod(a, b);
    case ScalarOp::power:
      return std::pow(a, b);
    case ScalarOp::maximum:
      return std::isnan(a) || std::isnan(b) ? NAN : std::max(a, b);
    case ScalarOp::minimum:
      return std::isnan(a) || std::isnan(b) ? NAN : std::min(a, b);
    case ScalarOp::atan2:
      return std::atan2(a, b);
    case ScalarOp::equal:
      return a == b;
    case ScalarOp::not_equal:
      return a != b;
    case ScalarOp::less:
      return a < b;
    case ScalarOp::less_equal:
      return a <= b;
    case ScalarOp::greater:
      return a > b;
    case ScalarOp::greater_equal:
      return a >= b;
    case ScalarOp::logical_and:
      return a != 0 && b != 0;
    case ScalarOp::logical_or:
      return a != 0 || b != 0;
    case ScalarOp::logical_xor:
      return (a != 0) != (b != 0);
    default:
      return unary_reference(op, a);
  }
}

}  // namespace keratin::test

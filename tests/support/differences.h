#pragma once

#include <cmath>
#include <cstdint>

#include <gtest/gtest.h>

#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/session/session.h"

namespace keratin::test {

/// The gradient of sum(y · sin(y + 1)), y = f(x), against central differences, in float64.
template <class F>
void expect_gradient_as_differences(F f, const Array& x, double tolerance = 1e-6) {
  Session session({.seed = 1, .threads = 1});
  const auto loss = [&](const Tensor& t) {
    const Tensor y = f(t);
    return ops::sum(y * ops::sin(y + 1.0));
  };
  Function<Tensor> value = session.function(loss);
  const Array gradient = session.function([&](const Tensor& t) { return gradients(loss(t), {t})[0]; })(x);
  constexpr double step = 1e-5;
  for (std::int64_t i = 0; i < x.size(); ++i) {
    const auto at = [&](double change) {
      Array moved = x.copy();
      moved.mutable_data<double>()[static_cast<std::size_t>(i)] += change;
      return value(moved).template item<double>();
    };
    const double expected = (at(step) - at(-step)) / (2 * step);
    EXPECT_NEAR(gradient.data<double>()[static_cast<std::size_t>(i)], expected, tolerance * (1.0 + std::abs(expected)))
        << "element " << i;
  }
}

}  // namespace keratin::test

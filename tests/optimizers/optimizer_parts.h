#pragma once

#include <cmath>
#include <utility>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/session/session.h"

namespace keratin::test {

/// A kernel and a bias, and a step that is given their gradients as one row of numbers.
struct Network {
  explicit Network(Session& session)
      : weights{
            session.variable(Array::copy_of({0.02f, 0.9f, -0.71f, 0.9f, -0.38f, -0.15f}).reshaped({2, 3}), "kernel"),
            session.variable(Array::copy_of({-0.48f, -0.4f, 0.63f}), "bias")} {}

  template <class Optimizer>
  Function<Tensor> step(Session& session, const Handle<Optimizer>& optimizer,
                        ExecutionMode mode = ExecutionMode::graph) const {
    return session.function(
        [own = weights, optimizer](const Tensor& rows) {
          const std::vector<Tensor> parts = ops::split(ops::sum(rows, 0), std::vector<std::int64_t>{6});
          optimizer->apply({ops::reshape(parts[0], {2, 3}), parts[1]}, own);
          return Tensor(optimizer->iterations());
        },
        {.mode = mode});
  }

  std::vector<float> numbers() const {
    std::vector<float> all;
    for (const Variable& each : weights) {
      const Array value = each.value();
      all.insert(all.end(), value.data<float>().begin(), value.data<float>().end());
    }
    return all;
  }

  std::vector<Variable> weights;
};

/// The gradients of a step, as record_keras.py has them.
inline Array gradients_of(int step) {
  std::vector<float> numbers;
  for (int i = 0; i < 9; ++i) numbers.push_back((static_cast<float>((i * 7 + step * 5) % 16) - 7.5f) / 8.0f);
  return Array::copy_of(numbers).reshaped({1, 9});
}

}  // namespace keratin::test

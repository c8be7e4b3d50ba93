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

constexpr int gradient_size = 14;

/// The start values of the weights, as record_optimizers.py has them.
inline Array initial_values(int first, const Shape& shape) {
  std::vector<float> numbers;
  for (int i = first; i < first + static_cast<int>(shape.elements()); ++i)
    numbers.push_back((static_cast<float>((i * 5) % 13) - 6.25f) / 8.0f);
  return Array::copy_of(numbers).reshaped(shape);
}

/// A kernel, a bias and embeddings, and a step that is given their gradients as one row of numbers.
struct Network {
  explicit Network(Session& session)
      : weights{session.variable(initial_values(0, {3, 2}), "kernel"), session.variable(initial_values(6, {2}), "bias"),
                session.variable(initial_values(8, {2, 3}), "embeddings")} {}

  template <class Optimizer>
  Function<Tensor> step(Session& session, const Handle<Optimizer>& optimizer,
                        ExecutionMode mode = ExecutionMode::graph) const {
    return session.function(
        [own = weights, optimizer](const Tensor& rows) {
          const std::vector<Tensor> parts = ops::split(ops::sum(rows, 0), std::vector<std::int64_t>{6, 8});
          optimizer->apply({ops::reshape(parts[0], {3, 2}), parts[1], ops::reshape(parts[2], {2, 3})}, own);
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

/// The gradients of a step, as record_optimizers.py has them.
inline Array gradients_of(int step) {
  std::vector<float> numbers;
  for (int i = 0; i < gradient_size; ++i)
    numbers.push_back((static_cast<float>((i * 7 + step * 5) % 16) - 7.5f) / 8.0f);
  return Array::copy_of(numbers).reshaped({1, gradient_size});
}

}  // namespace keratin::test

#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/array.h"
#include "keratin/layers/layer.h"
#include "keratin/session/session.h"

namespace keratin::test {

/// scale · sin(0.7 · i + 0.3) for element i: the numbers that recorded values were made with.
inline Array wave(const Shape& shape, double scale = 1.0, double offset = 0.0) {
  Array array = Array::empty(shape);
  const std::span<float> values = array.mutable_data<float>();
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(std::sin(0.7 * static_cast<double>(i) + 0.3) * scale + offset);
  return array;
}

inline Array array_of(const std::vector<double>& values, const Shape& shape) {
  return Array::copy_of(values).astype(float32).reshaped(shape);
}

inline void expect_close(const Array& given, const Array& expected, double tolerance = 1e-5) {
  ASSERT_EQ(given.shape(), expected.shape());
  EXPECT_TRUE(all_close(given, expected, tolerance, tolerance)) << given << "\nexpected\n" << expected;
}
inline void expect_close(const Array& given, const std::vector<double>& expected, double tolerance = 1e-5) {
  expect_close(given, array_of(expected, given.shape()), tolerance);
}

/// A layer in a session of its own, called in graph mode or eagerly.
template <class T>
class Live {
 public:
  explicit Live(T spec, ExecutionMode mode = ExecutionMode::graph) : layer(session.add(std::move(spec))), mode_(mode) {}

  Array call(const std::vector<Array>& inputs, bool training = false) {
    FunctionHandle function = session.function(
        [this, training](std::span<const Tensor> tensors) {
          return layer->invoke_all(tensors, {.training = training});
        },
        {.mode = mode_});
    return function.call(inputs).front();
  }
  Array operator()(const Array& x, bool training = false) { return call({x}, training); }

  Session session{{.seed = 17, .threads = 1}};
  Handle<T> layer;

 private:
  ExecutionMode mode_;
};

}  // namespace keratin::test

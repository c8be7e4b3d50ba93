#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "data/recurrent.h"
#include "data/recurrent_more.h"
#include "layers/live.h"

namespace keratin::test {

/// What a recorded case calls a layer with, as record_keras_recurrent.py does.
struct RecurrentCall {
  Shape input = {2, 4, 3};
  bool masked = false;
  std::size_t states = 0;
  int calls = 1;
  Shape state = {2, 3};
  ExecutionMode mode = ExecutionMode::graph;
};

inline Array recorded_mask(std::int64_t steps) {
  Array mask = Array::zeros({2, steps}, boolean);
  constexpr bool values[2][4] = {{true, true, false, true}, {false, true, true, false}};
  for (std::int64_t i = 0; i < 2 * steps; ++i)
    mask.mutable_data<bool>()[static_cast<std::size_t>(i)] = values[i / steps][i % steps];
  return mask;
}

/// A layer in a session of its own, with the recorded weights.
template <class T>
class RecurrentLayer {
 public:
  RecurrentLayer(T spec, RecurrentCall call) : live(std::move(spec)), call_(std::move(call)) {
    live.layer->ensure_built(std::span(&call_.input, 1));
    std::vector<Array> weights;
    for (const Variable& weight : live.layer->weights())
      weights.push_back(wave(weight.shape(), 0.5, 0.1 * static_cast<double>(weights.size())));
    live.layer->set_weights(weights);
    inputs_.push_back(wave(call_.input));
    for (std::size_t i = 0; i < call_.states; ++i)
      inputs_.push_back(wave(call_.state, 0.6, 0.2 * static_cast<double>(i)));
    if (call_.masked) inputs_.push_back(recorded_mask(call_.input[1]));
  }

  std::vector<Array> operator()() {
    FunctionHandle function = live.session.function(
        [this](std::span<const Tensor> tensors) {
          CallOptions options;
          if (call_.masked) options.mask = tensors.back();
          for (std::size_t i = 0; i < call_.states; ++i) options.initial_state.push_back(tensors[1 + i]);
          return live.layer->invoke_all(tensors.first(1), options);
        },
        {.mode = call_.mode});
    return function.call(inputs_);
  }

  Live<T> live;

 private:
  RecurrentCall call_;
  std::vector<Array> inputs_;
};

inline std::vector<double> flat(const std::vector<Array>& results) {
  std::vector<double> all;
  for (const Array& result : results) {
    const Array values = result.astype(float64).contiguous();
    for (const double value : values.data<double>()) all.push_back(value);
  }
  return all;
}

/// The layer, called so often, gives what Keras gave.
template <class T>
void expect_recorded(const std::string& name, T spec, RecurrentCall call = {}, double tolerance = 2e-6) {
  SCOPED_TRACE(name);
  const int calls = call.calls;
  RecurrentLayer<T> layer(std::move(spec), std::move(call));
  std::vector<Array> results;
  for (int i = 0; i < calls; ++i) results = layer();
  const std::vector<double> given = flat(results);
  const auto found = keras::recurrent.find(name);
  const std::vector<double>& expected =
      found != keras::recurrent.end() ? found->second : keras::recurrent_more.at(name);
  ASSERT_EQ(given.size(), expected.size());
  for (std::size_t i = 0; i < given.size(); ++i) EXPECT_NEAR(given[i], expected[i], tolerance) << "element " << i;
}

}  // namespace keratin::test

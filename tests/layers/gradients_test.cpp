// Gradients of layers against central differences, computed in float64.
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/layers/activation.h"
#include "keratin/layers/core.h"
#include "keratin/layers/merging.h"
#include "keratin/layers/normalization.h"
#include "keratin/layers/preprocessing.h"
#include "keratin/layers/recurrent.h"
#include "keratin/layers/reshaping.h"
#include "keratin/layers/wrappers.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "layers/live.h"

namespace {

using namespace keratin;
using test::Live;
using test::wave;

constexpr double step = 1.0 / 512;

/// The loss, sum(y · c) with numbers c, and its gradients with respect to the input and all trainable weights.
template <class T>
class Checked {
 public:
  Checked(T spec, const Shape& input, bool training)
      : live_(in_float64(std::move(spec))), x_(wave(input, 1.5, 0.2).astype(float64)) {
    const Array y = live_(x_, training);
    const Array factors = wave(y.shape(), 1.0, 0.4).astype(float64);
    loss_ = live_.session.function(
        [this, training, factors](const Tensor& x) { return loss_of(x, constant(factors), training); });
    all_ = live_.session.function([this, training, factors](const Tensor& x) {
      const Tensor loss = loss_of(x, constant(factors), training);
      std::vector<Tensor> gradients = keratin::gradients(loss, std::vector<Tensor>{x});
      for (const Tensor& each : keratin::gradients(loss, live_.layer->trainable_variables())) gradients.push_back(each);
      return gradients;
    });
  }

  void check(double tolerance) {
    const std::vector<Array> gradients = all_.call(std::span<const Array>(&x_, 1));
    for (std::int64_t i = 0; i < x_.size(); ++i) {
      const auto at = [&](double change) {
        Array moved = x_.copy();
        moved.mutable_data<double>()[static_cast<std::size_t>(i)] += change;
        return loss_(moved).template item<double>();
      };
      expect(gradients[0], i, (at(step) - at(-step)) / (2 * step), tolerance, "the input");
    }
    std::vector<Variable> weights = live_.layer->trainable_variables();
    ASSERT_EQ(gradients.size(), weights.size() + 1);
    for (std::size_t w = 0; w < weights.size(); ++w) {
      const Array before = weights[w].value();
      for (std::int64_t i = 0; i < before.size(); ++i) {
        const auto index = static_cast<std::size_t>(i);
        const auto at = [&](double change) {
          Array moved = before.copy();
          moved.mutable_data<double>()[index] += change;
          weights[w].assign(moved);
          return loss_(x_).template item<double>();
        };
        expect(gradients[w + 1], i, (at(step) - at(-step)) / (2 * step), tolerance, weights[w].path());
      }
      weights[w].assign(before);
    }
  }

 private:
  static T in_float64(T spec) {
    spec.take_common({{"dtype", "float64"}});
    return spec;
  }
  Tensor loss_of(const Tensor& x, const Tensor& factors, bool training) {
    return ops::sum(live_.layer(x, {.training = training}) * factors);
  }
  static void expect(const Array& gradient, std::int64_t i, double expected, double tolerance,
                     const std::string& what) {
    const double given = gradient.astype(float64).contiguous().data<double>()[static_cast<std::size_t>(i)];
    EXPECT_NEAR(given, expected, tolerance * (1.0 + std::abs(expected))) << "element " << i << " of " << what;
  }

  Live<T> live_;
  Array x_;
  Function<Tensor> loss_;
  Function<std::vector<Tensor>> all_;
};

template <class T>
void check(T spec, const Shape& input, bool training = false, double tolerance = 2e-5) {
  Checked<T>(std::move(spec), input, training).check(tolerance);
}

TEST(LayerGradients, Dense) {
  check(layers::Dense(3, {.activation = "tanh"}), {4, 5});
  check(layers::Dense(2, {.activation = "softmax"}), {2, 3, 4});
  check(layers::Dense(3, {.use_bias = false}), {4, 5});
}

TEST(LayerGradients, Normalizations) {
  check(layers::BatchNormalization(), {5, 3}, true, 1e-4);
  check(layers::BatchNormalization(), {5, 3}, false);
  check(layers::BatchNormalization({.axis = 1}), {3, 2, 4}, true, 1e-4);
  check(layers::LayerNormalization(), {3, 5}, false, 1e-4);
  check(layers::LayerNormalization({.axis = {1, 2}}), {2, 3, 2}, false, 1e-4);
  check(layers::Normalization({.mean = {1}, .variance = {4}}), {3, 4});
}

TEST(LayerGradients, Activations) {
  check(layers::ReLU({.max_value = 1.0, .negative_slope = 0.1, .threshold = 0.4}), {2, 3});
  check(layers::LeakyReLU(), {2, 3});
  check(layers::ELU({.alpha = 0.7}), {2, 3});
  check(layers::PReLU({.alpha_initializer = "random_uniform"}), {2, 3, 2});
  check(layers::PReLU({.alpha_initializer = "random_uniform", .shared_axes = {1}}), {2, 3, 2}, true);
  check(layers::Softmax({.axis = 1}), {2, 3, 2});
  check(layers::Softmax({.axis = {1, 2}}), {2, 3, 2});
}

TEST(LayerGradients, Reshaping) {
  check(layers::Flatten(), {2, 3, 2});
  check(layers::Permute({2, 1}), {2, 3, 2});
  check(layers::RepeatVector(3), {2, 3});
  check(layers::Rescaling(0.5, {.offset = 1.0}), {2, 3});
}

TEST(LayerGradients, Recurrent) {
  check(layers::SimpleRNN(3, {.return_sequences = true}), {2, 3, 2});
  check(layers::LSTM(2, {.return_sequences = true, .go_backwards = true}), {2, 3, 2});
  check(layers::LSTM(2, {.activation = "softsign", .unroll = true}), {2, 3, 2});
  check(layers::GRU(2), {2, 3, 2});
  check(layers::GRU(2, {.use_bias = false, .reset_after = false}), {2, 3, 2});
  check(layers::GRU(2, {.unroll = true}), {2, 3, 2});
  check(layers::RNN(std::vector<LayerSpec>{layers::GRUCell(2), layers::LSTMCell(3)}), {2, 3, 2});
  check(layers::Bidirectional(layers::GRU(2, {.return_sequences = true})), {2, 3, 2});
  check(layers::TimeDistributed(layers::Dense(2, {.activation = "tanh"})), {2, 3, 2});
}

}  // namespace

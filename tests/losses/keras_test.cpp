// Every loss, option and reduction against what Keras gave, and every gradient against finite differences.

#include "losses/data/keras.h"

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "losses/data/keras_more.h"
#include "losses/data/keras_reductions.h"
#include "losses/loss_parts.h"

namespace {

using namespace keratin;
using test::LossCase;

std::vector<Array> inputs_of(const LossCase& given, DType dtype) {
  std::vector<Array> inputs{given.y_true.array(dtype), given.y_pred.array(dtype)};
  if (given.weight.is_given()) inputs.push_back(given.weight.array(dtype));
  return inputs;
}

const std::vector<LossCase>& all_cases() {
  static const std::vector<LossCase> all = [] {
    std::vector<LossCase> cases = test::keras_losses;
    for (const auto* more : {&test::more_keras_losses, &test::keras_loss_reductions})
      cases.insert(cases.end(), more->begin(), more->end());
    return cases;
  }();
  return all;
}

class Losses : public testing::TestWithParam<std::size_t> {
 protected:
  /// Whether this element of y_pred is a probability outside of what crossentropies take the logarithm of.
  bool is_clipped(double element) const {
    const bool is_probability = given().loss.ends_with("Crossentropy") && given().activation.empty() &&
                                !given().config.get_or("from_logits", false);
    return is_probability && (element == 0.0 || element == 1.0);
  }
  const LossCase& given() const { return all_cases()[GetParam()]; }
};

TEST_P(Losses, GiveWhatKerasGives) {
  const Array expected = given().expected.array();
  for (const ExecutionMode mode : {ExecutionMode::graph, ExecutionMode::eager}) {
    Session session({.threads = 1});
    const auto f = session.function([&](std::span<const Tensor> inputs) { return test::loss_of(given(), inputs); },
                                    {.mode = mode});
    const Array result = f.call(std::span<const Array>(inputs_of(given(), float32))).at(0);
    EXPECT_EQ(result.dtype(), float32);
    ASSERT_EQ(result.shape(), expected.shape());
    EXPECT_TRUE(all_close(result, expected, 2e-6, 2e-7)) << given().loss << ": " << result << " not " << expected;
  }
}

// The step is small against the curvature and large against float64's rounding.
TEST_P(Losses, HaveTheGradientOfFiniteDifferences) {
  Session session({.threads = 1});
  const auto f = session.function([&](std::span<const Tensor> inputs) {
    const Tensor loss = test::loss_of(given(), inputs);
    return std::vector<Tensor>{loss, gradients(loss, std::vector<Tensor>{inputs[1]}).at(0)};
  });
  std::vector<Array> inputs = inputs_of(given(), float64);
  const auto sum_of_loss = [&] {
    double sum = 0.0;
    const Array loss = f.call(std::span<const Array>(inputs)).at(0);
    for (const double each : loss.data<double>()) sum += each;
    return sum;
  };
  const Array gradient = f.call(std::span<const Array>(inputs)).at(1);
  ASSERT_EQ(gradient.shape(), inputs[1].shape());
  const double step = 1e-6;
  for (std::size_t i = 0; i < gradient.data<double>().size(); ++i) {
    const double before = inputs[1].data<double>()[i];
    // The gradient is 0 there, and so is the difference towards the outside alone.
    if (is_clipped(before)) continue;
    inputs[1].mutable_data<double>()[i] = before + step;
    const double above = sum_of_loss();
    inputs[1].mutable_data<double>()[i] = before - step;
    const double below = sum_of_loss();
    inputs[1].mutable_data<double>()[i] = before;
    const double expected = (above - below) / (2.0 * step);
    const double rounding = 4e-16 * std::abs(above) / step;
    EXPECT_NEAR(gradient.data<double>()[i], expected, 1e-6 * std::max(1.0, std::abs(expected)) + rounding)
        << given().loss << ", element " << i;
  }
  EXPECT_EQ(f.stats().traces, 1);
}

INSTANTIATE_TEST_SUITE_P(Keras, Losses, testing::Range(std::size_t{0}, all_cases().size()), [](const auto& instance) {
  return std::string(all_cases()[instance.param].loss) + "_" + std::to_string(instance.param);
});

}  // namespace

// "crossentropy" as compile takes it: the shapes of targets and outputs say which one. Values by their formulas.
#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "keratin/keratin.h"

namespace {

using namespace keratin;

/// The loss of a model that gives its inputs, which are probabilities.
double loss_of(const LossesSpec& loss, const Array& probabilities, const Array& targets) {
  Session session({.threads = 1});
  Model model = Sequential(session, {layers::Input({probabilities.shape()[1]}), layers::Activation("linear")});
  model.compile({.optimizer = "sgd", .loss = loss});
  return model.evaluate(probabilities, targets, {.verbose = 0}).at("loss");
}

TEST(LossNames, CrossentropyIsResolvedByTheShapes) {
  const Array three = Array::copy_of<float>({0.5F, 0.25F, 0.25F, 0.125F, 0.125F, 0.75F}).reshaped({2, 3});
  const double expected = -(std::log(0.25) + std::log(0.75)) / 2;
  for (const char* const name : {"crossentropy", "Crossentropy", "CrossEntropy", "ce", "CE"}) {
    const LossesSpec loss = keratin::name(name);
    EXPECT_NEAR(loss_of(loss, three, Array::copy_of<std::int32_t>({1, 2})), expected, 1e-6) << name;
    EXPECT_NEAR(loss_of(loss, three, Array::copy_of<std::int32_t>({1, 2}).reshaped({2, 1})), expected, 1e-6) << name;
    EXPECT_NEAR(loss_of(loss, three, Array::copy_of<float>({0, 1, 0, 0, 0, 1}).reshaped({2, 3})), expected, 1e-6)
        << name;
    const Array one = Array::copy_of<float>({0.5F, 0.75F}).reshaped({2, 1});
    EXPECT_NEAR(loss_of(loss, one, Array::copy_of<std::int32_t>({1, 0}).reshaped({2, 1})),
                -(std::log(0.5) + std::log(0.25)) / 2, 1e-6)
        << name;
  }
}

TEST(LossNames, AFunctionOfTensorsIsALoss) {
  const Array x = Array::copy_of<float>({1, 2, 3, 4}).reshaped({2, 2});
  const auto cubes = [](const Tensor& y_true, const Tensor& y_pred) {
    return ops::mean(ops::power(y_pred - y_true, 3.0), {-1});
  };
  EXPECT_NEAR(loss_of(cubes, x, Array::zeros({2, 2})), (1 + 8 + 27 + 64) / 4.0, 1e-4);
  EXPECT_NEAR(loss_of({LossSpec(cubes)}, x, Array::zeros({2, 2})), (1 + 8 + 27 + 64) / 4.0, 1e-4);
  EXPECT_EQ(LossSpec(cubes).make()->name(), "lambda");
}

}  // namespace

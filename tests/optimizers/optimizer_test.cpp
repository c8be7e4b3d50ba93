#include "keratin/optimizers/optimizer.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/ops/operators.h"
#include "optimizers/optimizer_parts.h"

namespace {

using namespace keratin;
using optimizers::Adam;
using optimizers::RMSprop;
using optimizers::SGD;

TEST(Optimizer, AChangeOfTheLearningRateMakesNoTrace) {
  Session session({.threads = 1});
  const test::Network network(session);
  const auto optimizer = session.add(SGD({.learning_rate = 0.5}));
  const auto step = network.step(session, optimizer);
  const Array ones = Array::ones({1, test::gradient_size});
  const float start = network.numbers()[0];
  step(ones);
  EXPECT_FLOAT_EQ(network.numbers()[0], start - 0.5f);
  EXPECT_EQ(optimizer->learning_rate(), 0.5);
  optimizer->set_learning_rate(0.25);
  step(ones);
  EXPECT_FLOAT_EQ(network.numbers()[0], start - 0.75f);
  optimizer->learning_rate_variable().assign(0.125);
  EXPECT_EQ(optimizer->learning_rate(), 0.125);
  step(ones);
  EXPECT_FLOAT_EQ(network.numbers()[0], start - 0.875f);
  EXPECT_EQ(step.stats().traces, 1);
  EXPECT_EQ(step.stats().plans, 1);
}

std::vector<std::string> names_of(const std::vector<Variable>& variables) {
  std::vector<std::string> names;
  for (const Variable& each : variables) names.push_back(each.name());
  return names;
}

TEST(Optimizer, HasKerassVariablesInKerassOrder) {
  using Names = std::vector<std::string>;
  Session session({.threads = 1});
  const test::Network network(session);
  const std::string kernel = network.weights[0].path();
  const auto adam = session.add(Adam({.amsgrad = true}));
  EXPECT_EQ(names_of(adam->variables()), (Names{"iteration", "learning_rate"})) << "no slots before build";
  adam->build(network.weights);
  adam->build(network.weights);
  EXPECT_EQ(names_of(adam->variables()),
            (Names{"iteration", "learning_rate", "kernel_momentum", "kernel_velocity", "bias_momentum", "bias_velocity",
                   "embeddings_momentum", "embeddings_velocity", "kernel_velocity_hat", "bias_velocity_hat",
                   "embeddings_velocity_hat"}));
  const auto sgd = session.add(SGD());
  sgd->build(network.weights);
  EXPECT_EQ(names_of(sgd->variables()), (Names{"iteration", "learning_rate"})) << "plain steps need no slots";
  for (const Variable& each : adam->variables()) {
    EXPECT_EQ(each.category(), MemoryCategory::optimizer_state);
    EXPECT_FALSE(each.trainable());
  }
}

TEST(Optimizer, FurtherVariablesGetTheirSlotsWhenTheyCome) {
  Session session({.threads = 1});
  const test::Network network(session);
  const auto optimizer = session.add(SGD({.momentum = 0.9}));
  optimizer->build(std::vector<Variable>{network.weights[1]});
  EXPECT_EQ(names_of(optimizer->variables()).back(), "bias_momentum");
  network.step(session, optimizer)(Array::ones({1, test::gradient_size}));
  EXPECT_EQ(optimizer->variables().size(), 5u);
  EXPECT_EQ(names_of(optimizer->variables()).back(), "embeddings_momentum");
}

TEST(Optimizer, ACopyIsADescriptionWithoutSlots) {
  Session session({.threads = 1});
  const test::Network network(session);
  const auto first = session.add(Adam({.learning_rate = 0.5}));
  network.step(session, first)(Array::ones({1, test::gradient_size}));
  first->set_learning_rate(0.25);
  const auto second = session.add(Adam(*first));
  EXPECT_EQ(second->variables().size(), 2u);
  EXPECT_EQ(second->learning_rate(), 0.25);
  EXPECT_EQ(second->iterations().value().item<int>(), 0);
}

TEST(Optimizer, AnEmptyGradientLeavesItsVariableAsItIs) {
  Session session({.threads = 1});
  const test::Network network(session);
  const auto optimizer = session.add(Adam({.weight_decay = 0.5, .global_clipnorm = 1.0}));
  const auto step = session.function([&](const Tensor& x) {
    optimizer->apply({Tensor(), ops::sum(x, 0), Tensor()}, network.weights);
    return Tensor(optimizer->iterations());
  });
  const std::vector<float> before = network.numbers();
  EXPECT_EQ(step(Array::ones({1, 2})).item<int>(), 1);
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(network.numbers()[i] == before[i], i < 6 || i > 7) << i;
}

TEST(Optimizer, AGlobalNormThatIsNotFiniteMakesEveryWeightNaN) {
  Session session({.threads = 1});
  const test::Network network(session);
  const auto step = network.step(session, session.add(SGD({.global_clipnorm = 1.0})));
  std::vector<float> gradients(test::gradient_size, 1.0f);
  gradients[8] = std::numeric_limits<float>::infinity();
  step(Array::copy_of(gradients).reshaped({1, test::gradient_size}));
  for (const float each : network.numbers()) EXPECT_TRUE(std::isnan(each));
}

TEST(Optimizer, RefusesWhatItCannotApply) {
  Session session({.threads = 1});
  const test::Network network(session);
  const auto optimizer = session.add(Adam());
  const auto apply = [&](const std::vector<Tensor>& gradients, const std::vector<Variable>& variables) {
    const auto f = session.function([&](const Tensor& x) {
      optimizer->apply(gradients, variables);
      return x;
    });
    f(Array::ones({1}));
  };
  EXPECT_THROW(apply({Tensor()}, network.weights), ValueError) << "three weights, one gradient";
  EXPECT_THROW(apply({Tensor(), Tensor(), Tensor()}, network.weights), ValueError) << "no gradient at all";
  EXPECT_NO_THROW(apply({}, {}));
  EXPECT_EQ(optimizer->iterations().value().item<int>(), 0) << "none was a step";
}

TEST(Optimizer, RefusesOptionsThatMakeNoSense) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(SGD({.learning_rate = nan}), ValueError);
  EXPECT_THROW(Adam({.learning_rate = std::numeric_limits<double>::infinity()}), ValueError);
  EXPECT_THROW(SGD({.momentum = 1.5}), ValueError);
  EXPECT_THROW(SGD({.momentum = -0.1}), ValueError);
  EXPECT_THROW(Adam({.beta_1 = -0.1}), ValueError);
  EXPECT_THROW(Adam({.beta_2 = nan}), ValueError);
  EXPECT_THROW(RMSprop({.rho = 1.1}), ValueError);
  EXPECT_THROW(Adam({.clipnorm = 0.0}), ValueError);
  EXPECT_THROW(Adam({.clipvalue = -1.0}), ValueError);
  EXPECT_THROW(Adam({.global_clipnorm = nan}), ValueError);
  EXPECT_THROW(Adam({.clipnorm = 1.0, .clipvalue = 1.0}), ValueError);
  Session session;
  EXPECT_THROW(session.add(SGD())->set_learning_rate(nan), ValueError);
}

TEST(OptimizerSpec, ANameStandsForTheOptimizerWithKerassDefaults) {
  const auto is = []<class T>(const OptimizerSpec& spec, const T&, double learning_rate) {
    const auto made = spec.make();
    return dynamic_cast<const T*>(made.get()) != nullptr && made->learning_rate() == learning_rate;
  };
  EXPECT_TRUE(is("sgd", SGD(), 0.01));
  EXPECT_TRUE(is("SGD", SGD(), 0.01));
  EXPECT_TRUE(is("adam", Adam(), 0.001));
  EXPECT_TRUE(is("RMSprop", RMSprop(), 0.001));
  EXPECT_TRUE(is(Adam({.learning_rate = 0.5}), Adam(), 0.5));
  EXPECT_THROW(OptimizerSpec().make(), ValueError);
  EXPECT_THROW(OptimizerSpec(name("adamm")), ValueError);
}

}  // namespace

// Every optimizer and option against the weights that Keras had after 2 and 10 steps on the same gradients.
#include "optimizers/data/keras.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "optimizers/optimizer_parts.h"

namespace {

using namespace keratin;
using test::OptimizerCase;

template <class Options>
Options with_shared(const OptimizerCase& given, Options options) {
  options.learning_rate = given.learning_rate.value_or(options.learning_rate);
  options.weight_decay = given.weight_decay;
  options.clipnorm = given.clipnorm;
  options.clipvalue = given.clipvalue;
  options.global_clipnorm = given.global_clipnorm;
  return options;
}

Handle<optimizers::Optimizer> add_optimizer(Session& session, const OptimizerCase& given) {
  using namespace optimizers;
  if (given.optimizer == "SGD")
    return session.add(SGD(with_shared(given, SGDOptions{.momentum = given.momentum, .nesterov = given.nesterov})));
  if (given.optimizer == "Adam")
    return session.add(Adam(with_shared(
        given,
        AdamOptions{
            .beta_1 = given.beta_1, .beta_2 = given.beta_2, .epsilon = given.epsilon, .amsgrad = given.amsgrad})));
  return session.add(RMSprop(with_shared(
      given, RMSpropOptions{
                 .rho = given.rho, .momentum = given.momentum, .epsilon = given.epsilon, .centered = given.centered})));
}

class Optimizers : public testing::TestWithParam<std::size_t> {
 protected:
  const OptimizerCase& given() const { return test::keras_optimizers[GetParam()]; }
};

void expect_close(const std::vector<float>& values, const std::vector<float>& expected) {
  ASSERT_EQ(values.size(), expected.size());
  EXPECT_TRUE(all_close(Array::copy_of(values), Array::copy_of(expected), 1e-5, 1e-6))
      << Array::copy_of(values) << " not " << Array::copy_of(expected);
}

TEST_P(Optimizers, TakeKerassSteps) {
  std::vector<std::vector<float>> after;
  for (const ExecutionMode mode : {ExecutionMode::graph, ExecutionMode::eager}) {
    Session session({.threads = 1});
    const test::Network network(session);
    const auto step = network.step(session, add_optimizer(session, given()), mode);
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(step(test::gradients_of(i)).item<int>(), i + 1);
      if (i == 1) expect_close(network.numbers(), given().after_2);
    }
    expect_close(network.numbers(), given().after_10);
    after.push_back(network.numbers());
    EXPECT_EQ(step.stats().traces, mode == ExecutionMode::graph ? 1 : 0);
  }
  EXPECT_TRUE(all_close(Array::copy_of(after[0]), Array::copy_of(after[1]), 1e-6, 1e-7)) << "graph and eager";
}

INSTANTIATE_TEST_SUITE_P(Keras, Optimizers, testing::Range(std::size_t{0}, test::keras_optimizers.size()),
                         [](const auto& instance) {
                           return std::string(test::keras_optimizers[instance.param].optimizer) + "_" +
                                  std::to_string(instance.param);
                         });

}  // namespace

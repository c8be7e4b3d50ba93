// Every optimizer and option against the weights and slots that Keras had after 5 steps on the same gradients.
#include <limits>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/config.h"
#include "optimizers/data/adam.h"
#include "optimizers/data/adaptive.h"
#include "optimizers/data/descent.h"
#include "optimizers/data/more_adam.h"
#include "optimizers/data/schedules.h"
#include "optimizers/data/wrapped.h"
#include "optimizers/optimizer_parts.h"
#include "session/core.h"

namespace {

using namespace keratin;
using test::OptimizerCase;

constexpr int steps = 5;

const std::vector<OptimizerCase>& all_cases() {
  static const std::vector<OptimizerCase> all = [] {
    std::vector<OptimizerCase> cases;
    for (const auto* const family :
         {&test::keras_descent, &test::keras_adam, &test::keras_more_adam, &test::keras_adaptive, &test::keras_wrapped})
      cases.insert(cases.end(), family->begin(), family->end());
    return cases;
  }();
  return all;
}

OptimizerSpec spec_of(const OptimizerCase& given) {
  return OptimizerSpec::from_config(Config{{"class_name", std::string(given.class_name)}, {"config", given.options}});
}

Handle<optimizers::Optimizer> add_optimizer(Session& session, const OptimizerCase& given) {
  auto optimizer = spec_of(given).make();
  if (!given.not_decaying.empty()) optimizer->exclude_from_weight_decay({}, given.not_decaying);
  optimizers::Optimizer* const raw = optimizer.get();
  return {session::Inner::core(session)->adopt(std::move(optimizer), nullptr, {}), raw};
}

Array gradients_of(const OptimizerCase& given, int step) {
  Array gradients = test::gradients_of(step);
  if (given.infinite_at == step) gradients.mutable_data<float>()[3] = std::numeric_limits<float>::infinity();
  return gradients;
}

/// "(3, 2) 0.1 0.2 …": the shape, and the numbers behind it.
void expect_same(const Variable& variable, std::string_view recorded, double rtol) {
  const std::size_t end = recorded.find(')') + 1;
  EXPECT_EQ(to_string(variable.shape()), recorded.substr(0, end)) << variable.path();
  std::istringstream text{std::string(recorded.substr(end))};
  std::vector<float> expected;
  for (float each = 0.0f; text >> each;) expected.push_back(each);
  const Array values = variable.value().astype(float32).reshaped({-1});
  ASSERT_EQ(values.size(), static_cast<std::int64_t>(expected.size())) << variable.path();
  EXPECT_TRUE(all_close(values, Array::copy_of(expected), rtol, 1e-6))
      << variable.path() << ": " << values << " not " << Array::copy_of(expected);
}

class Optimizers : public testing::TestWithParam<std::size_t> {
 protected:
  const OptimizerCase& given() const { return all_cases()[GetParam()]; }

  void take_steps(ExecutionMode mode) const {
    Session session({.threads = 1});
    const test::Network network(session);
    const auto optimizer = add_optimizer(session, given());
    const auto step = network.step(session, optimizer, mode);
    for (int i = 0; i < steps; ++i) step(gradients_of(given(), i));
    EXPECT_EQ(step.stats().traces, mode == ExecutionMode::graph ? 1 : 0);
    std::vector<Variable> variables = network.weights;
    for (const Variable& each : optimizer->variables()) {
      EXPECT_EQ(each.category(), MemoryCategory::optimizer_state) << each.path();
      variables.push_back(each);
    }
    ASSERT_EQ(variables.size(), given().variables.size());
    for (std::size_t i = 0; i < variables.size(); ++i) expect_same(variables[i], given().variables[i], 2e-5);
  }
};

TEST_P(Optimizers, TakeKerassStepsInAGraph) { take_steps(ExecutionMode::graph); }
TEST_P(Optimizers, TakeKerassStepsEagerly) { take_steps(ExecutionMode::eager); }

TEST_P(Optimizers, AreDescribedAsKerasDoes) {
  const OptimizerSpec spec = spec_of(given());
  const ConfigValue described = spec.config();
  EXPECT_EQ(described.as_config().get<std::string>("module"), "keras.optimizers");
  EXPECT_EQ(described.as_config().get<std::string>("class_name"), given().class_name);
  const Config& config = described.as_config().at("config").as_config();
  if (!given().config.empty()) {
    EXPECT_EQ(to_string(ConfigValue(config)), given().config);
  }
  // What was given is in the description, and what is made of it is the same.
  for (const auto& [name, value] : given().options.entries()) {
    EXPECT_EQ(to_string(config.at(name)), to_string(value)) << name;
  }
  EXPECT_EQ(to_string(OptimizerSpec::from_config(described).config()), to_string(described));
}

INSTANTIATE_TEST_SUITE_P(Keras, Optimizers, testing::Range(std::size_t{0}, all_cases().size()),
                         [](const auto& instance) {
                           return std::string(all_cases()[instance.param].class_name) + "_" +
                                  std::to_string(instance.param);
                         });

TEST(Schedules, GiveKerassRates) {
  for (const test::ScheduleCase& given : test::keras_schedules) {
    const auto rate = optimizers::LearningRate::from_config(given.description);
    SCOPED_TRACE(to_string(rate.config()));
    EXPECT_EQ(to_string(rate.config().as_config().at("config")), given.config);
    EXPECT_EQ(rate.config().as_config().get<std::string>("module"), "keras.optimizers.schedules");
    Session session({.threads = 1});
    const auto at = session.function([&](const Tensor& step) { return rate.at(ops::sum(step)); });
    for (std::size_t step = 0; step < given.rates.size(); ++step)
      EXPECT_NEAR(at(Array::full({1}, static_cast<double>(step), int64)).item<float>(), given.rates[step], 1e-7)
          << step;
  }
}

}  // namespace

// What recorded steps don't show: optimizers of a user's own, averages, schedules in place of numbers, errors.
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "optimizers/optimizer_parts.h"

namespace {

using namespace keratin;
using namespace keratin::optimizers;

/// As the documentation of Optimizer has it.
class Signs : public Optimizer {
 public:
  explicit Signs(BaseOptions options = {.learning_rate = 0.5}) : Optimizer(std::move(options)) {}

 protected:
  void build_slots(std::span<const Variable> variables) override { add_slots(variables, "mean"); }
  void update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) override {
    Variable mean = slot(variable, "mean");
    mean.assign(0.5 * mean + 0.5 * gradient);
    Variable(variable).assign_sub(learning_rate * ops::sign(mean));
  }
};

Array ones() { return Array::ones({1, test::gradient_size}); }

TEST(CustomOptimizer, HasWhatTheBaseBrings) {
  Session session({.threads = 1});
  const test::Network network(session);
  const auto optimizer = session.add(Signs({.learning_rate = 0.5, .gradient_accumulation_steps = 2}));
  EXPECT_EQ(optimizer->name(), "signs");
  const auto step = network.step(session, optimizer);
  const float start = network.numbers()[0];
  step(ones());
  EXPECT_EQ(network.numbers()[0], start) << "half of the gradients";
  step(Array::full({1, test::gradient_size}, -2.0));
  EXPECT_FLOAT_EQ(network.numbers()[0], start + 0.5f) << "their mean is negative";
  EXPECT_EQ(optimizer->variables().size(), 2u + 3u + 3u);
  EXPECT_EQ(step.stats().traces, 1);
  EXPECT_EQ(OptimizerSpec(Signs()).config().as_config().get<std::string>("registered_name"), "Signs");
}

TEST(Averages, TakeTheWeightsPlaceInTheEnd) {
  Session session({.threads = 1});
  const test::Network network(session);
  const auto optimizer = session.add(SGD({.learning_rate = 1.0, .use_ema = true, .ema_momentum = 0.75}));
  optimizer->build(network.weights);
  const float start = network.numbers()[0];
  optimizer->finalize_variable_values(network.weights);
  EXPECT_EQ(network.numbers()[0], start) << "before the first step";
  const auto step = network.step(session, optimizer);
  step(ones());
  step(ones());
  ASSERT_EQ(optimizer->averages().size(), 3u);
  EXPECT_EQ(optimizer->averages()[0].first, network.weights[0]);
  EXPECT_FLOAT_EQ(network.numbers()[0], start - 2.0f);
  optimizer->finalize_variable_values(std::span(network.weights).first(1));
  EXPECT_FLOAT_EQ(network.numbers()[0], start - 1.25f) << "0.75 · (start − 1) + 0.25 · (start − 2)";
  EXPECT_FLOAT_EQ(network.numbers()[6], test::initial_values(6, {2}).data<float>()[0] - 2.0f) << "wasn't asked for";
}

TEST(Averages, AreThoseOfTheInnerOptimizers) {
  Session session({.threads = 1});
  const test::Network network(session);
  const auto scaled = session.add(LossScaleOptimizer(SGD({.use_ema = true})));
  scaled->build(network.weights);
  EXPECT_EQ(scaled->averages().size(), 3u);
  const auto several = session.add(MultiOptimizer(OptimizerMap(Adam(), {{"bias", SGD({.use_ema = true})}})));
  several->build(network.weights);
  ASSERT_EQ(several->averages().size(), 1u);
  EXPECT_EQ(several->averages()[0].first, network.weights[1]);
}

TEST(WeightDecay, SparesWhatIsExcluded) {
  Session session({.threads = 1});
  const test::Network network(session);
  SGD description({.learning_rate = 1.0, .weight_decay = 0.5});
  description.exclude_from_weight_decay({network.weights[0]}, {"^bi"});
  const auto optimizer = session.add(description);
  const std::vector<float> before = network.numbers();
  const auto step = network.step(session, optimizer);
  step(Array::zeros({1, test::gradient_size}));
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_FLOAT_EQ(network.numbers()[i], before[i] * (i < 8 ? 1.0f : 0.5f)) << i;
  EXPECT_THROW(optimizer->exclude_from_weight_decay({}, {"kernel"}), ValueError) << "slots are built";
  EXPECT_THROW(description.exclude_from_weight_decay({}, {"("}), ValueError);
}

TEST(Schedule, IsTheLearningRateOfEachStep) {
  Session session({.threads = 1});
  const test::Network network(session);
  const SGD description({.learning_rate = schedules::ExponentialDecay(1.0, 1, 0.5)});
  EXPECT_EQ(description.learning_rate(), 1.0);
  const auto optimizer = session.add(description);
  EXPECT_TRUE(optimizer->learning_rate_variable().is_empty());
  EXPECT_EQ(optimizer->variables().size(), 1u);
  const auto step = network.step(session, optimizer);
  const float start = network.numbers()[0];
  step(ones());
  step(ones());
  EXPECT_FLOAT_EQ(network.numbers()[0], start - 1.5f);
  EXPECT_EQ(optimizer->learning_rate(), 0.25);
  EXPECT_EQ(step.stats().traces, 1);
  EXPECT_THROW(optimizer->set_learning_rate(0.1), ValueError);
  optimizer->set_learning_rate(schedules::PiecewiseConstantDecay({100}, {2.0, 1.0}));
  step(ones());
  EXPECT_FLOAT_EQ(network.numbers()[0], start - 3.5f);
  EXPECT_EQ(step.stats().traces, 2);
}

TEST(LossScale, FindsItsScaleWithoutATrace) {
  Session session({.threads = 1});
  const test::Network network(session);
  const auto optimizer =
      session.add(LossScaleOptimizer(SGD({.learning_rate = 1.0}), {.initial_scale = 8.0, .dynamic_growth_steps = 2}));
  EXPECT_EQ(optimizer->variables().size(), 4u) << "as Keras before the first step";
  optimizer->set_learning_rate(0.5);
  EXPECT_EQ(optimizer->learning_rate(), 0.5);
  const auto step = network.step(session, optimizer);
  const auto scaled = session.function([&](const Tensor& x) { return optimizer->scale_loss(x); });
  const auto scale = [&] { return scaled(Array::ones({1})).item<float>(); };
  const float start = network.numbers()[0];
  EXPECT_EQ(scale(), 8.0f);
  Array infinite = ones();
  infinite.mutable_data<float>()[13] = std::numeric_limits<float>::infinity();
  step(infinite);
  EXPECT_EQ(network.numbers()[0], start);
  EXPECT_EQ(optimizer->iterations().value().item<int>(), 0);
  EXPECT_EQ(scale(), 4.0f);
  step(ones());
  EXPECT_FLOAT_EQ(network.numbers()[0], start - 0.125f);
  step(ones());
  EXPECT_EQ(scale(), 8.0f);
  EXPECT_EQ(step.stats().traces, 1);
}

TEST(MultiOptimizer, TakesTheOneThatIsChosen) {
  Session session({.threads = 1});
  const test::Network network(session);
  const OptimizerSpec fast = SGD({.learning_rate = 1.0});
  const auto optimizer = session.add(MultiOptimizer(
      [fast](const Variable& variable) -> OptimizerSpec { return variable.shape().rank() == 1 ? "sgd" : fast; }));
  const float start = network.numbers()[0];
  network.step(session, optimizer)(ones());
  EXPECT_EQ(optimizer->optimizers().size(), 2u);
  EXPECT_FLOAT_EQ(network.numbers()[0], start - 1.0f);
  EXPECT_EQ(optimizer->nested()[1].first, "optimizers/sgd_1");
  EXPECT_THROW(optimizer->learning_rate(), ValueError);
  EXPECT_THROW(optimizer->config(), ValueError);
  OptimizerMap two("adam", {{"k.*", SGD()}, {".*l", SGD()}});
  EXPECT_THROW(two.at("kernel"), ValueError);
  EXPECT_THROW(two.set("k.*", SGD()), ValueError);
  EXPECT_THROW(two.set("(", SGD()), ValueError);
  EXPECT_THROW(two.set("x", LossScaleOptimizer(SGD())), ValueError);
  EXPECT_THROW(OptimizerMap(OptimizerSpec{}), ValueError);
}

TEST(OptimizerOptions, ThatMakeNoSenseAreRefused) {
  EXPECT_THROW(SGD({.ema_momentum = 1.5}), ValueError);
  EXPECT_THROW(SGD({.ema_overwrite_frequency = -1}), ValueError);
  EXPECT_THROW(SGD({.gradient_accumulation_steps = 1}), ValueError);
  EXPECT_THROW(SGD({.loss_scale_factor = 0.0}), ValueError);
  EXPECT_THROW(AdamW({.weight_decay = std::nullopt}), ValueError);
  EXPECT_THROW(Lion({.beta_1 = 0.0}), ValueError);
  EXPECT_THROW(Ftrl({.learning_rate_power = 0.5}), ValueError);
  EXPECT_THROW(Muon({.exclude_layers = {"["}}), ValueError);
  EXPECT_THROW(LossScaleOptimizer(OptimizerSpec{}), ValueError);
  EXPECT_THROW(schedules::CosineDecay(0.1, 0), ValueError);
  EXPECT_THROW(schedules::PiecewiseConstantDecay({1, 2}, {0.1, 0.2}), ValueError);
  EXPECT_THROW(schedules::PiecewiseConstantDecay({2, 1}, {0.1, 0.2, 0.3}), ValueError);
  const auto from = [](const char* name, Config options) {
    return OptimizerSpec::from_config(Config{{"class_name", name}, {"config", std::move(options)}});
  };
  EXPECT_THROW(from("Adamm", {}), ValueError);
  EXPECT_THROW(from("Adam", {{"beta_3", 0.5}}), ValueError);
  EXPECT_THROW(from("Adam", {{"learning_rate", "fast"}}), ValueError);
  EXPECT_THROW(from("LossScaleOptimizer", {}), ValueError);
  EXPECT_NO_THROW(from("adam", {{"jit_compile", false}, {"name", ConfigValue()}}));
  EXPECT_EQ(OptimizerSpec::from_config("ADAM").make()->class_name(), "Adam");
}

}  // namespace

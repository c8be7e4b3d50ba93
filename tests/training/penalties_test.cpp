// Penalties, constraints and masks in training, against closed forms.
#include <vector>

#include <gtest/gtest.h>

#include "keratin/constraints/constraints.h"
#include "keratin/initializers/initializers.h"
#include "keratin/layers/core.h"
#include "keratin/layers/layer.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/regularizers/regularizers.h"
#include "keratin/training/model.h"

namespace {

using namespace keratin;

/// y = w · x with one number w, which starts as 2.
class Times : public Layer {
 public:
  explicit Times(RegularizerSpec regularizer = {}, ConstraintSpec constraint = {}, double penalty = 0.0)
      : regularizer_(std::move(regularizer)), constraint_(std::move(constraint)), penalty_(penalty) {}
  void build(const Shape& /*input*/) override {
    weight_ = add_weight(
        "weight", {1},
        {.initializer = initializers::Constant(2.0), .regularizer = regularizer_, .constraint = constraint_});
  }
  Tensor call(const Tensor& x, const CallContext& /*context*/) override {
    if (penalty_ != 0.0) add_loss(penalty_ * ops::mean(x));
    return x * weight_;
  }
  bool supports_masking() const override { return true; }

 private:
  RegularizerSpec regularizer_;
  ConstraintSpec constraint_;
  double penalty_;
  Variable weight_;
};

/// One step of plain descent on x = 1, y = 1: mean squared error (w − 1)², whose gradient is 2 (w − 1).
struct Step {
  explicit Step(Times layer, double learning_rate = 0.1) : model(session, {layers::Input({1}), std::move(layer)}) {
    model.compile({.optimizer = optimizers::SGD({.learning_rate = learning_rate}), .loss = "mse"});
    const Array ones = Array::ones({4, 1});
    before = model.evaluate(ones, ones, {.verbose = 0}).at("loss");
    loss = model.train_on_batch(ones, ones).at("loss");
    weight = static_cast<double>(model.get_weights()[0].item<float>());
  }
  Session session{{.threads = 1}};
  Sequential model;
  double before = 0.0;
  double loss = 0.0;
  double weight = 0.0;
};

TEST(Penalties, OfWeightsCountInLossAndGradient) {
  const Step step{Times(regularizers::L2(0.5))};
  EXPECT_NEAR(step.before, 1.0 + 0.5 * 4.0, 1e-6);
  EXPECT_NEAR(step.loss, 1.0 + 0.5 * 4.0, 1e-6);
  EXPECT_NEAR(step.weight, 2.0 - 0.1 * (2.0 + 2.0 * 0.5 * 2.0), 1e-6);
}

TEST(Penalties, OfCallsCountInTheLoss) {
  const Step step{Times({}, {}, 0.25)};
  EXPECT_NEAR(step.loss, 1.0 + 0.25, 1e-6);
  EXPECT_NEAR(step.weight, 2.0 - 0.1 * 2.0, 1e-6);
}

TEST(Constraints, AreAppliedAfterTheOptimizer) {
  EXPECT_NEAR(Step(Times({}, constraints::MaxNorm({.max_value = 0.5}))).weight, 0.5, 1e-6);
  EXPECT_EQ(Step(Times({}, "non_neg"), 10.0).weight, 0.0);
}

TEST(Constraints, LeaveFrozenWeightsAlone) {
  Session session({.threads = 1});
  Sequential model(session,
                   {layers::Input({1}), Times({}, constraints::MaxNorm({.max_value = 0.5})), layers::Dense(1)});
  model.get_layer(0).set_trainable(false);
  model.compile({.optimizer = "sgd", .loss = "mse"});
  model.train_on_batch(Array::ones({4, 1}), Array::ones({4, 1}));
  EXPECT_EQ(model.get_weights()[0].item<float>(), 2.0f);
}

TEST(ComputeLoss, IsThatOfTheStep) {
  Session session({.threads = 1});
  Sequential model(session, {layers::Input({1}), Times(regularizers::L2(0.5))});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  FunctionHandle loss = session.function(
      [&](std::span<const Tensor> t) { return std::vector<Tensor>{model.compute_loss(t.first(1), t.subspan(1))}; });
  const Array ones = Array::ones({4, 1});
  EXPECT_NEAR(static_cast<double>(loss.call(std::vector<Array>{ones, ones})[0].item<float>()), 3.0, 1e-6);
}

/// Rows that are 0 do not count.
class MaskZeros : public Layer {
 public:
  Tensor call(const Tensor& x, const CallContext& /*context*/) override { return x + 0.0; }
  std::vector<Tensor> compute_mask(std::span<const Tensor> inputs, const CallContext& /*context*/) override {
    return {ops::not_equal(ops::max(inputs.front(), {-1}), 0.0)};
  }
};

// Keras: the mean is over the rows that the prediction's mask lets through.
TEST(LossesAndMetrics, LeaveOutWhatTheMaskDoes) {
  Session session({.threads = 1});
  Sequential model(session, {layers::Input({1}), MaskZeros(), Times()});
  model.compile({.optimizer = "sgd", .loss = "mse", .metrics = {"mae"}, .weighted_metrics = {"mse"}});
  const Array x = Array::copy_of<float>({1, 0, 3, 0}).reshaped({4, 1});
  const Array y = Array::copy_of<float>({1, 5, 5, 9}).reshaped({4, 1});
  const Logs plain = model.evaluate(x, y, {.verbose = 0});
  EXPECT_NEAR(plain.at("loss"), (1.0 + 1.0) / 2.0, 1e-6);
  EXPECT_NEAR(plain.at("mae"), (1.0 + 1.0) / 2.0, 1e-6);
  const Array weights = Array::copy_of<float>({2, 7, 1, 7});
  const Logs weighted = model.evaluate(x, y, {.verbose = 0, .sample_weight = weights});
  EXPECT_NEAR(weighted.at("loss"), (2.0 + 1.0) / 2.0, 1e-6);
  EXPECT_NEAR(weighted.at("mse"), (2.0 + 1.0) / (2.0 + 1.0), 1e-6);
}

}  // namespace

// Steps of one's own, and how batches become calls of hooks.
#include <cmath>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/ops/creation.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

const Array x = wave({20, 6}, 1);
const Array y = classes(20, 3, 2);

FitOptions quiet(std::int64_t epochs = 2) {
  return {.batch_size = 8, .epochs = epochs, .verbose = 0, .shuffle = false};
}

/// What Keras's steps do, written out.
class WrittenOut : public Steps {
 public:
  StepLogs train_step(StepContext& step) override {
    EXPECT_TRUE(step.training());
    const Tensor y_pred = step.model()(step.x(), {.training = true});
    const Tensor loss = step.compute_loss(step.y(), y_pred, step.sample_weight());
    step.apply_gradients(loss);
    return step.compute_metrics(step.y(), y_pred, step.sample_weight());
  }
  StepLogs test_step(StepContext& step) override {
    EXPECT_FALSE(step.training());
    const Tensor y_pred = step.model()(step.x());
    step.track_loss(step.model().compute_loss(step.x(), step.y(), step.sample_weight(), false));
    return step.compute_metrics(y_pred);
  }
};

TEST(OwnSteps, WrittenOutAreKerasSteps) {
  for (const bool eager : {false, true}) {
    Session session;
    Session other;
    Sequential plain = compiled_classifier(session, eager);
    Sequential own = compiled_classifier(other, eager);
    own.set_steps(WrittenOut());
    FitOptions options = quiet();
    options.sample_weight = positive(20, 3);
    options.validation_data = {x, y};
    const History expected = plain.fit(x, y, options);
    const History history = own.fit(x, y, options);
    EXPECT_EQ(history.names(), expected.names());
    for (const std::string& name : expected.names()) EXPECT_EQ(history[name], expected[name]) << name;
    EXPECT_EQ(numbers_of(own.get_weights()), numbers_of(plain.get_weights()));
  }
}

TEST(OwnSteps, AFunctionIsOneAndAnEmptyOneGivesKerasBack) {
  Session session;
  Sequential model = compiled_classifier(session);
  model.set_train_step([](StepContext& step) -> StepLogs {
    const Tensor loss = step.compute_loss(step.call()) * 2.0;
    step.apply_gradients(loss);
    return {{"doubled", loss}, {"both", ops::stack({loss, loss * 0.5})}};
  });
  const History history = model.fit(x, y, quiet(1));
  EXPECT_EQ(history.names(), (std::vector<std::string>{"both[0]", "both[1]", "doubled"}));
  EXPECT_FLOAT_EQ(static_cast<float>(history["both[1]"][0]), static_cast<float>(history["doubled"][0] / 2));
  EXPECT_TRUE(model.evaluate(x, y, {.verbose = 0}).contains("accuracy")) << "evaluate has its own step";
  model.set_train_step({});
  EXPECT_EQ(model.fit(x, y, quiet(1)).names(), (std::vector<std::string>{"accuracy", "loss"}));
}

/// Learns from x alone; its targets are what it likes.
class Reconstruction : public Steps {
 public:
  explicit Reconstruction(Handle<metrics::Mean> error) : error_(std::move(error)) {}
  StepLogs train_step(StepContext& step) override {
    EXPECT_EQ(step.targets().size(), 3u);
    const Tensor loss = ops::mean(ops::square(step.call().front() - step.y(2)));
    error_->update_state(loss, {}, {});
    step.apply_gradients(loss);
    return {{"error", error_->result()}};
  }
  std::vector<Tensor> predict_step(StepContext& step) override {
    const std::vector<Tensor> out = step.call();
    return {out.front(), out.front() * 2.0};
  }

 private:
  Handle<metrics::Mean> error_;
};

TEST(OwnSteps, TakeTargetsOfAnyNumberHaveMetricsOfTheirOwnAndPredictWhatTheyLike) {
  Session session;
  Sequential model(session, {layers::Input({6}), layers::Dense(2)});
  start(model);
  model.compile({.optimizer = "sgd"});
  const Handle<metrics::Mean> error = model.add_metric(metrics::Mean({.name = "error"}));
  model.set_steps(Reconstruction(error));
  const Data targets{wave({20}, 1), wave({20, 9}, 2), wave({20, 2}, 3)};
  const auto error_of = [&] {
    const Array predicted = model.predict_on_batch(x)[0];
    double mean = 0;
    for (std::size_t i = 0; i < 40; ++i)
      mean += std::pow(predicted.data<float>()[i] - targets[2].data<float>()[i], 2) / 40.0;
    return mean;
  };
  const double before = error_of();
  const History history = model.fit(x, targets, quiet(3));
  EXPECT_EQ(history.names(), (std::vector<std::string>{"error"}));
  EXPECT_LT(history["error"][2], history["error"][0]);
  EXPECT_LT(error_of(), before);
  const Outputs both = model.predict(x, {.batch_size = 7});
  EXPECT_EQ(both.names(), (std::vector<std::string>{"output_0", "output_1"}));
  EXPECT_FLOAT_EQ(both[1].data<float>()[5], 2 * both[0].data<float>()[5]);
}

TEST(OwnSteps, MayNameOtherNumbersForOtherColumns) {
  Session session;
  Sequential model = compiled_classifier(session);
  model.set_train_step([](StepContext& step) -> StepLogs {
    const Tensor loss = step.compute_loss(step.call());
    step.apply_gradients(loss);
    if (step.sample_weights().empty()) return {{"plain", loss}};
    return {{"weighted", loss}, {"twice", loss * 2.0}};
  });
  FitOptions weighted = quiet(1);
  weighted.sample_weight = positive(20, 3);
  for (int round = 0; round < 2; ++round) {  // in the second one both are traced
    const History both = model.fit(x, y, weighted);
    EXPECT_EQ(both.names(), (std::vector<std::string>{"twice", "weighted"})) << round;
    EXPECT_FLOAT_EQ(static_cast<float>(both["twice"][0]), static_cast<float>(2 * both["weighted"][0]));
    EXPECT_EQ(model.fit(x, y, quiet(1)).names(), (std::vector<std::string>{"plain"})) << round;
  }
}

TEST(OwnSteps, MayGiveANumberForEachRow) {
  Session session;
  Sequential model = compiled_classifier(session);
  model.set_train_step([](StepContext& step) -> StepLogs { return {{"row", ops::sum(step.x(), -1)}}; });
  const auto expect_rows = [&](const History& history, std::int64_t first, std::int64_t last) {
    ASSERT_EQ(history.names().size(), static_cast<std::size_t>(last - first));
    for (std::int64_t row = first; row < last; ++row) {
      double sum = 0;
      for (std::int64_t i = 0; i < 6; ++i)
        sum += x.rows(row, row + 1).contiguous().data<float>()[static_cast<std::size_t>(i)];
      EXPECT_NEAR(history["row[" + std::to_string(row - first) + "]"][0], sum, 1e-5) << row;
    }
  };
  expect_rows(model.fit(x, y, quiet(1)), 16, 20);  // a short last batch
  std::int64_t next = 0;
  const Dataset growing = Dataset::from_generator([&]() -> std::optional<Batch> {
    const std::int64_t first = std::exchange(next, next == 0 ? 2 : -1);
    if (first < 0) return std::nullopt;
    const std::int64_t last = first == 0 ? 2 : 20;
    return Batch{x.rows(first, last), y.rows(first, last)};
  });
  expect_rows(model.fit(growing, {.verbose = 0}), 2, 20);
}

TEST(OwnSteps, ThatErrSayHow) {
  Session session;
  Sequential model = compiled_classifier(session);
  const auto message_of = [&](Callable<StepLogs(StepContext&)> step) {
    model.set_train_step(std::move(step));
    try {
      model.fit(x, y, quiet(1));
    } catch (const ValueError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(message_of([](StepContext&) -> StepLogs { return {{"none", {}}}; }).find("'none'"), std::string::npos);
  EXPECT_NE(message_of([](StepContext& step) -> StepLogs {
              step.compute_loss(TensorList{step.x(), step.x()});
              return {};
            }).find("2 predictions"),
            std::string::npos);
  class Wrong : public Steps {
    StepLogs test_step(StepContext& step) override {
      step.apply_gradients(step.compute_loss(step.call()));
      return {};
    }
  };
  model.set_steps(Wrong());
  EXPECT_THROW(model.evaluate(x, y, {.verbose = 0}), ValueError);
  model.set_steps(std::shared_ptr<Steps>());
  EXPECT_EQ(model.fit(x, y, quiet(1)).names().size(), 2u) << "the model stays usable";
}

TEST(OwnSteps, EndWithTheSession) {
  const auto held = std::make_shared<int>(0);
  Session session;
  Sequential model = compiled_classifier(session);
  model.set_train_step([held](StepContext& step) -> StepLogs { return step.compute_metrics(step.call()); });
  model.fit(x, y, quiet(1));
  EXPECT_GT(held.use_count(), 1);
  session.clear();
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Functions, TrainTwoPartsWithTwoOptimizers) {
  Session session({.seed = 3});
  Sequential generator(session, {layers::Input({2}), layers::Dense(8, {.activation = "relu"}), layers::Dense(1)});
  Sequential judge(session, {layers::Input({1}), layers::Dense(8, {.activation = "relu"}), layers::Dense(1)});
  const auto of_generator = session.add(optimizers::Adam({.learning_rate = 0.01}));
  const auto of_judge = session.add(optimizers::SGD({.learning_rate = 0.05}));
  const losses::BinaryCrossentropy loss({.from_logits = true});
  const auto step = session.function([&](const Tensor& noise, const Tensor& real) {
    const Tensor made = generator(noise);
    const Tensor says_real = judge(real);
    const Tensor says_made = judge(made);
    const Tensor judged = loss(ops::ones_like(says_real), says_real) + loss(ops::zeros_like(says_made), says_made);
    const Tensor fooled = loss(ops::ones_like(says_made), says_made);
    const auto own = generator.trainable_variables();
    const auto others = judge.trainable_variables();
    const auto down = gradients(fooled, own);
    of_judge->apply(gradients(judged, others), others);
    of_generator->apply(down, own);
    return std::pair(judged, fooled);
  });
  const std::vector<float> generator_before = numbers_of(generator.get_weights());
  const std::vector<float> judge_before = numbers_of(judge.get_weights());
  for (int i = 0; i < 5; ++i)
    for (const Array& value : step(wave({16, 2}, i), wave({16, 1}, i + 7)))
      EXPECT_TRUE(std::isfinite(value.item<float>()));
  EXPECT_NE(numbers_of(generator.get_weights()), generator_before);
  EXPECT_NE(numbers_of(judge.get_weights()), judge_before);
  EXPECT_EQ(of_generator->iterations().value().item<std::int64_t>(), 5);
  EXPECT_EQ(step.stats().traces, 1);
}

TEST(Functions, UpdateTheCompiledMetrics) {
  Session session;
  Sequential model = compiled_classifier(session);
  const auto step = session.function([&](const Tensor& inputs, const Tensor& targets) {
    std::vector<Tensor> values;
    for (const auto& [name, value] : model.compute_metrics(targets, model(inputs))) values.push_back(value);
    return values;
  });
  const double expected = model.evaluate(x, y, {.verbose = 0}).at("accuracy");
  model.reset_metrics();
  EXPECT_NEAR(step(x, y)[1].item<double>(), expected, 1e-6);
}

/// The indices that batch hooks were called with.
class Indices : public Callback {
 public:
  void on_train_batch_begin(std::int64_t batch) override { seen.push_back(batch); }
  void on_train_batch_end(std::int64_t batch, const Logs&) override { seen.push_back(batch); }
  void on_test_batch_begin(std::int64_t batch) override { seen.push_back(100 + batch); }
  void on_test_batch_end(std::int64_t batch, const Logs&) override { seen.push_back(100 + batch); }
  void on_predict_batch_begin(std::int64_t batch) override { seen.push_back(200 + batch); }
  void on_predict_batch_end(std::int64_t batch, const Outputs& outputs) override {
    seen.push_back(200 + batch);
    rows += outputs[0].shape()[0];
  }
  std::vector<std::int64_t> seen;
  std::int64_t rows = 0;
};

TEST(Executions, CallHooksForTheirFirstAndLastBatch) {
  Session session;
  Sequential model = classifier(session);
  model.compile({.loss = "sparse_categorical_crossentropy", .steps_per_execution = 2});
  Indices indices;
  model.fit(x, y, {.batch_size = 4, .verbose = 0, .callbacks = {borrow(indices)}, .validation_data = {x, y}});
  EXPECT_EQ(indices.seen, (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 100, 101, 102, 103, 104, 105}));
  indices.seen.clear();
  const Array predicted = model.predict(x, {.batch_size = 4, .callbacks = {borrow(indices)}});
  EXPECT_EQ(indices.seen, (std::vector<std::int64_t>{200, 201, 202, 203, 204, 205}));
  EXPECT_EQ(indices.rows, 20);
  EXPECT_EQ(predicted.shape(), (Shape{20, 3}));
  EXPECT_THROW(model.compile({.loss = "mse", .steps_per_execution = 0}), ValueError);
}

TEST(Streams, ArePredictedAndValidatedWith) {
  Session session;
  Sequential model = compiled_classifier(session);
  const Dataset stream = Dataset::from_arrays(x, y).batch(6);
  EXPECT_EQ(numbers_of({model.predict(stream)}), numbers_of({model.predict(x, {.batch_size = 6})}));
  EXPECT_EQ(Array(model.predict(stream, {.steps = 2})).shape(), (Shape{12, 3}));
  EXPECT_EQ(model.evaluate(stream, {.verbose = 0}).at("loss"),
            model.evaluate(x, y, {.batch_size = 6, .verbose = 0}).at("loss"));
  FitOptions options = quiet();
  options.validation_data = stream;
  options.validation_steps = 2;  // the same two after each epoch
  options.validation_freq = {2};
  const History history = model.fit(stream, options);
  EXPECT_EQ(history["val_loss"].size(), 1u);
  EXPECT_NEAR(history["val_loss"][0], model.evaluate(x.rows(0, 12), y.rows(0, 12), {.verbose = 0}).at("loss"), 1e-6);
  EXPECT_THROW(model.fit(stream.repeat(), quiet()), ValueError) << "without end";
  EXPECT_EQ(model.fit(stream.repeat(), {.epochs = 3, .verbose = 0, .steps_per_epoch = 7})["loss"].size(), 3u);
}

}  // namespace

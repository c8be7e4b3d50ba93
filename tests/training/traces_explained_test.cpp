// One trace for all batch sizes; what is traced anew is explained, bounded and warned of, in fit, predict and
// functions.
#include <gtest/gtest.h>

#include "keratin/layers/pooling.h"
#include "keratin/ops/operators.h"
#include "support/logged.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

const Array x = wave({20, 6}, 1);
const Array y = classes(20, 3, 2);

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Sequences of any length in, three probabilities out.
Sequential over_sequences(Session& session) {
  Sequential model(
      session, {layers::Input({-1, 6}), layers::GlobalAveragePooling1D(), layers::Dense(3, {.activation = "softmax"})});
  model.compile({.loss = "sparse_categorical_crossentropy"});
  return model;
}

TEST(Traces, OneOfEachStepServesAllBatchSizes) {
  Session session;
  const Logged logged;
  Sequential model = compiled_classifier(session);
  for (std::int64_t batch = 1; batch <= 12; ++batch) {
    model.fit(x, y, {.batch_size = batch, .verbose = 0, .validation_data = {x, y}});
    model.predict(x, {.batch_size = batch});
  }
  EXPECT_EQ(model.train_stats().traces, 1);
  EXPECT_EQ(model.test_stats().traces, 1);
  EXPECT_EQ(model.predict_stats().traces, 1);
  EXPECT_TRUE(logged.messages().empty()) << logged.messages().front();
  EXPECT_TRUE(contains(model.explain_traces(), "1. first call")) << model.explain_traces();
}

TEST(Traces, BeforeAnythingRanSaysSo) {
  Session session;
  Sequential model = compiled_classifier(session);
  const std::string text = model.explain_traces();
  EXPECT_TRUE(contains(text, "The train step has not run yet.")) << text;
  EXPECT_TRUE(contains(text, "The predict step has not run yet.")) << text;
}

TEST(Traces, OtherLengthsInFitAndPredictAreBoundedWarnedOfAndExplained) {
  Session session;
  const Logged logged;
  Sequential model = over_sequences(session);
  for (std::int64_t length = 1; length <= 30; ++length) {
    const Array sequences = wave({20, length, 6}, length);
    model.fit(sequences, y, {.verbose = 0});
    model.predict(sequences);
  }
  for (const FunctionStats& stats : {model.train_stats(), model.predict_stats()}) {
    EXPECT_EQ(stats.traces, 30);
    EXPECT_EQ(stats.cached, 8) << "bounded";
    EXPECT_GE(stats.retrace_warnings, 1);
    EXPECT_LE(stats.retrace_warnings, 4) << "rarer and rarer";
  }
  const std::vector<std::string> warnings = logged.with("goes on being traced anew");
  ASSERT_FALSE(warnings.empty());
  EXPECT_TRUE(contains(warnings[0], "train_step'")) << warnings[0];
  EXPECT_TRUE(contains(warnings[0], "pad_sequences")) << warnings[0];
  const std::string text = model.explain_traces();
  EXPECT_TRUE(contains(text, "input 0: f32[?,29,6] became f32[?,30,6]")) << text;
  EXPECT_TRUE(contains(text, "… 22 earlier")) << text;
  EXPECT_TRUE(contains(text, "→ Only the first size, the batch, is free.")) << text;
}

TEST(Traces, EachCauseHasItsAdvice) {
  Session session;
  Variable weight = session.variable(Array::ones({3}), "weight");
  const auto f = session.function([&](std::vector<Tensor> inputs) { return inputs[0] * 2.0 + weight; }, {.name = "f"});
  const auto call = [&](const Array& array) { f.call(std::span<const Array>(&array, 1)); };
  call(Array::ones({2, 3}));
  EXPECT_TRUE(contains(f.explain_traces(), "nothing to do")) << f.explain_traces();
  call(Array::ones({2, 4, 3}));
  EXPECT_TRUE(contains(f.explain_traces(), "Give the same number of dimensions")) << f.explain_traces();
  call(Array::ones({2, 3}, int32));
  EXPECT_TRUE(contains(f.explain_traces(), "Give the same dtype in each call")) << f.explain_traces();
  weight.set_trainable(false);
  call(Array::ones({2, 3}));
  EXPECT_TRUE(contains(f.explain_traces(), "trainable or another setting of 'weight' changed")) << f.explain_traces();
  EXPECT_TRUE(contains(f.explain_traces(), "Set trainable, compile and add metrics before the first run"))
      << f.explain_traces();
  const std::vector<Array> two{Array::ones({2, 3}), Array::ones({2, 3})};
  f.call(std::span<const Array>(two));
  EXPECT_TRUE(contains(f.explain_traces(), "Give the same number of arrays")) << f.explain_traces();
  EXPECT_TRUE(contains(f.explain_traces(), "What the body reads from C++")) << f.explain_traces();
  EXPECT_TRUE(contains(f.explain_traces(), "traces_explained_test.cpp:")) << f.explain_traces();
}

TEST(Traces, ATraceThatTheLimitTookIsNamedAsSuch) {
  Session session;
  const auto f = session.function([](const Tensor& value) { return value * 2.0; }, {.name = "f", .max_traces = 2});
  for (const std::int64_t width : {1, 2, 3, 1}) f(Array::ones({2, width}));
  EXPECT_EQ(f.stats().last_reason, "traced before, but 2 newer traces have taken its place");
  EXPECT_TRUE(contains(f.explain_traces(), ".max_traces")) << f.explain_traces();
}

TEST(Traces, NumbersAreInputsAndWhatIsCapturedIsReadOnce) {
  Session session;
  double captured = 2.0;
  const auto f = session.function([&](const Tensor& value, const Tensor& factor) { return value * factor * captured; });
  EXPECT_EQ(f(Array::ones({2}), 3.0).at<float>({0}), 6.0f);
  EXPECT_EQ(f(Array::ones({2}), 5.0).at<float>({0}), 10.0f) << "another number";
  captured = 100.0;
  EXPECT_EQ(f(Array::ones({2}), 5.0).at<float>({0}), 10.0f) << "as it was when it was traced";
  EXPECT_EQ(f.stats().traces, 1);
}

TEST(Traces, TooManyBatchSizesInTurnAreWarnedOf) {
  Session session;
  const Logged logged;
  const auto f = session.function([](const Tensor& value) { return value * 2.0; }, {.name = "f", .max_plans = 4});
  for (int round = 0; round < 4; ++round)
    for (std::int64_t batch = 1; batch <= 8; ++batch) f(Array::ones({batch, 3}));
  EXPECT_EQ(f.stats().traces, 1);
  EXPECT_EQ(f.stats().plans, 4) << "bounded";
  const std::vector<std::string> warnings = logged.with("goes on being planned anew");
  ASSERT_GE(warnings.size(), 1u);
  EXPECT_LE(warnings.size(), 4u) << "rarer and rarer";
  EXPECT_TRUE(contains(f.explain_traces(), "were made again")) << f.explain_traces();
}

TEST(Traces, OfAnEagerFunctionAreNone) {
  Session session;
  const auto f = session.function([](const Tensor& value) { return value * 2.0; }, {.mode = ExecutionMode::eager});
  f(Array::ones({2}));
  EXPECT_TRUE(contains(f.explain_traces(), "its body runs anew at each call")) << f.explain_traces();
}

}  // namespace

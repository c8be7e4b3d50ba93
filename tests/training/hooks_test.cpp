#include <algorithm>

#include <gtest/gtest.h>

#include "training/data/keras.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

/// Each hook with its argument, and the sorted names of its logs.
class Recorder : public Callback {
 public:
  std::vector<std::string> lines;

  void on_train_begin() override { note("on_train_begin"); }
  void on_train_end(const Logs& logs) override { note("on_train_end", logs); }
  void on_epoch_begin(std::int64_t epoch) override { note("on_epoch_begin", epoch); }
  void on_epoch_end(std::int64_t epoch, const Logs& logs) override { note("on_epoch_end", epoch, logs); }
  void on_train_batch_begin(std::int64_t batch) override { note("on_train_batch_begin", batch); }
  void on_train_batch_end(std::int64_t batch, const Logs& logs) override { note("on_train_batch_end", batch, logs); }
  void on_test_begin() override { note("on_test_begin"); }
  void on_test_end(const Logs& logs) override { note("on_test_end", logs); }
  void on_test_batch_begin(std::int64_t batch) override { note("on_test_batch_begin", batch); }
  void on_test_batch_end(std::int64_t batch, const Logs& logs) override { note("on_test_batch_end", batch, logs); }
  void on_predict_begin() override { note("on_predict_begin"); }
  void on_predict_end() override { note("on_predict_end"); }
  void on_predict_batch_begin(std::int64_t batch) override { note("on_predict_batch_begin", batch); }
  void on_predict_batch_end(std::int64_t batch) override { note("on_predict_batch_end", batch); }

 private:
  static std::string text(const Logs& logs) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < logs.size(); ++i) names.push_back(logs.name(i));
    std::sort(names.begin(), names.end());
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : ",") + name;
    return all;
  }
  static std::string text(std::int64_t index) { return std::to_string(index); }

  template <class... Argument>
  void note(const char* hook, const Argument&... arguments) {
    lines.emplace_back(hook);
    ((lines.back() += " " + text(arguments)), ...);
  }
};

const Array x = wave({10, 6}, 1);
const Array y = classes(10, 3, 2);

TEST(Hooks, OfFitComeInKerasOrder) {
  Session session;
  Sequential model = compiled_classifier(session);
  Recorder recorder;
  model.fit(x, y,
            {.batch_size = 6,
             .epochs = 2,
             .verbose = 0,
             .callbacks = {borrow(recorder)},
             .validation_data = {x, y},
             .validation_batch_size = 10,
             .validation_freq = 2});
  EXPECT_EQ(recorder.lines, keras_hooks_of_fit);
}

TEST(Hooks, OfEvaluateComeInKerasOrder) {
  Session session;
  Sequential model = compiled_classifier(session);
  Recorder recorder;
  model.evaluate(x, y, {.batch_size = 6, .verbose = 0, .callbacks = {borrow(recorder)}});
  EXPECT_EQ(recorder.lines, keras_hooks_of_evaluate);
}

TEST(Hooks, OfPredictComeInKerasOrder) {
  Session session;
  Sequential model = compiled_classifier(session);
  Recorder recorder;
  model.predict(x, {.batch_size = 6, .callbacks = {borrow(recorder)}});
  EXPECT_EQ(recorder.lines, keras_hooks_of_predict);
}

TEST(Hooks, OfSeveralCallbacksAreCalledInTheListsOrder) {
  Session session;
  Sequential model = compiled_classifier(session);
  std::string order;
  const auto adds = [&](const char* name) {
    return callbacks::LambdaCallback({.on_epoch_begin = [&order, name](std::int64_t) { order += name; }});
  };
  model.fit(x, y, {.epochs = 2, .verbose = 0, .callbacks = {adds("a"), adds("b")}});
  EXPECT_EQ(order, "abab");
}

TEST(Hooks, SeeTheModelItsStepsAndEpochs) {
  class Looks : public Callback {
   public:
    void on_epoch_end(std::int64_t, const Logs&) override {
      EXPECT_EQ(context().epochs(), 3);
      EXPECT_EQ(context().steps(), 2);
      EXPECT_EQ(context().verbose(), 0);
      EXPECT_EQ(model().count_params(), 83);
      ++seen;
    }
    int seen = 0;
  };
  Session session;
  Sequential model = compiled_classifier(session);
  Looks looks;
  model.fit(x, y, {.batch_size = 6, .epochs = 3, .verbose = 0, .callbacks = {borrow(looks)}});
  EXPECT_EQ(looks.seen, 3);
}

TEST(Hooks, ContextIsGoneAfterFit) {
  class Late : public Callback {
   public:
    void use() { model(); }
  };
  Session session;
  Sequential model = compiled_classifier(session);
  Late late;
  model.fit(x, y, {.verbose = 0, .callbacks = {borrow(late)}});
  EXPECT_THROW(late.use(), ValueError);
}

TEST(Hooks, LogsNameTheLossFirst) {
  Session session;
  Sequential model = compiled_classifier(session);
  const History history = model.fit(x, y, {.verbose = 0, .validation_data = {x, y}});
  EXPECT_EQ(history.names(), (std::vector<std::string>{"loss", "accuracy", "val_loss", "val_accuracy"}));
  EXPECT_EQ(history.epochs(), (std::vector<std::int64_t>{0}));
  EXPECT_EQ(model.metrics_names(), (std::vector<std::string>{"loss", "accuracy"}));
  EXPECT_THROW(history["accuracies"], KeyError);
}

}  // namespace

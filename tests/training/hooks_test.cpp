#include <algorithm>

#include <gtest/gtest.h>

#include "keratin/core/log.h"
#include "training/callback_case.h"
#include "training/data/callbacks.h"
#include "training/data/keras.h"

namespace {

using namespace keratin;
using namespace keratin::test;

/// Each hook with its argument, and the sorted names of its logs. Keras's older names of the hooks of batches come with
/// a name before each line.
class Recorder : public Callback {
 public:
  std::vector<std::string> lines;

  Recorder() : all_(&lines) {}
  Recorder(std::string name, std::vector<std::string>& all) : name_(std::move(name)), all_(&all), is_full_(true) {}

  void on_train_begin() override { note("on_train_begin"); }
  void on_train_end(const Logs& logs) override { note("on_train_end", logs); }
  void on_epoch_begin(std::int64_t epoch) override { note("on_epoch_begin", epoch); }
  void on_epoch_end(std::int64_t epoch, const Logs& logs) override { note("on_epoch_end", epoch, logs); }
  void on_train_batch_begin(std::int64_t batch) override {
    note("on_train_batch_begin", batch);
    if (is_full_) Callback::on_train_batch_begin(batch);
  }
  void on_train_batch_end(std::int64_t batch, const Logs& logs) override {
    note("on_train_batch_end", batch, logs);
    if (is_full_) Callback::on_train_batch_end(batch, logs);
  }
  void on_batch_begin(std::int64_t batch) override { note("on_batch_begin", batch); }
  void on_batch_end(std::int64_t batch, const Logs& logs) override { note("on_batch_end", batch, logs); }
  void on_test_begin() override { note("on_test_begin"); }
  void on_test_end(const Logs& logs) override { note("on_test_end", logs); }
  void on_test_batch_begin(std::int64_t batch) override { note("on_test_batch_begin", batch); }
  void on_test_batch_end(std::int64_t batch, const Logs& logs) override { note("on_test_batch_end", batch, logs); }
  void on_predict_begin() override { note("on_predict_begin"); }
  void on_predict_end() override { note("on_predict_end"); }
  void on_predict_batch_begin(std::int64_t batch) override { note("on_predict_batch_begin", batch); }
  void on_predict_batch_end(std::int64_t batch, const Outputs&) override { note("on_predict_batch_end", batch); }

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
    all_->push_back(name_ + hook);
    ((all_->back() += " " + text(arguments)), ...);
  }

  std::string name_;
  std::vector<std::string>* all_;
  bool is_full_ = false;
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

TEST(Hooks, OfTwoCallbacksAndAValidationComeAsInKeras) {
  Session session;
  Sequential model = compiled_classifier(session);
  std::vector<std::string> lines;
  model.fit(x, y,
            {.batch_size = 6,
             .epochs = 2,
             .verbose = 0,
             .callbacks = {Recorder("a ", lines), Recorder("b ", lines)},
             .validation_data = {x, y},
             .initial_epoch = 1,
             .validation_batch_size = 5});
  EXPECT_EQ(lines, keras_hooks_of_two);
}

TEST(Hooks, OfAnEpochThatIsStoppedAreThoseOfKeras) {
  Session session;
  Sequential model = compiled_classifier(session);
  std::vector<std::string> lines;
  class Stops : public Callback {
   public:
    void on_train_batch_end(std::int64_t batch, const Logs&) override {
      if (batch == 1) context().stop();
    }
  };
  model.fit(x, y,
            {.batch_size = 3,
             .epochs = 3,
             .verbose = 0,
             .callbacks = {Stops(), Recorder("", lines)},
             .validation_data = {x, y}});
  EXPECT_EQ(lines, keras_hooks_of_a_stop);
}

TEST(Hooks, OfALossThatIsNoNumberAreThoseOfKeras) {
  Session session;
  Sequential model = compiled_classifier(session);
  std::vector<std::string> lines;
  Array weights = Array::ones({10});
  weights.mutable_data<float>()[4] = NAN;
  log::set_sink([](log::Level, std::string_view) {});
  model.fit(x, y,
            {.batch_size = 3,
             .epochs = 2,
             .verbose = 0,
             .callbacks = {callbacks::TerminateOnNaN(), Recorder("", lines)},
             .shuffle = false,
             .sample_weight = weights});
  log::set_sink({});
  EXPECT_EQ(lines, keras_hooks_of_a_nan);
}

TEST(Hooks, LaterOnesSeeWhatIsAddedToAnEpochsLogs) {
  Session session;
  Sequential model = compiled_classifier(session);
  std::vector<std::string> lines;
  const History history =
      model.fit(x, y,
                {.batch_size = 10,
                 .verbose = 0,
                 .callbacks = {Recorder("before ", lines), callbacks::ReduceLROnPlateau({.monitor = "loss"}),
                               Recorder("after ", lines)}});
  std::erase_if(lines, [](const std::string& line) {
    return line.find("epoch_end") == std::string::npos && line.find("train_end") == std::string::npos;
  });
  EXPECT_EQ(lines, keras_hooks_around_a_rate);
  EXPECT_TRUE(history.contains("learning_rate"));
  class Adds : public Callback {
   public:
    void on_epoch_begin(std::int64_t) override { context().add_log("more", 1.0); }
  };
  EXPECT_THROW(model.fit(x, y, {.verbose = 0, .callbacks = {Adds()}}), ValueError);
}

TEST(Hooks, OfALambdaCallbackAreThoseOfKeras) {
  Session session;
  Sequential model = compiled_classifier(session);
  std::vector<std::string> lines;
  const auto plain = [&](const char* name) { return [&lines, name] { lines.emplace_back(name); }; };
  const auto with_logs = [&](const char* name) { return [&lines, name](const Logs&) { lines.emplace_back(name); }; };
  const auto indexed = [&](const char* name) {
    return [&lines, name](std::int64_t at, const auto&...) { lines.push_back(name + (" " + std::to_string(at))); };
  };
  callbacks::LambdaCallback callback({.on_epoch_begin = indexed("on_epoch_begin"),
                                      .on_epoch_end = indexed("on_epoch_end"),
                                      .on_train_begin = plain("on_train_begin"),
                                      .on_train_end = with_logs("on_train_end"),
                                      .on_batch_begin = indexed("on_batch_begin"),
                                      .on_batch_end = indexed("on_batch_end"),
                                      .on_test_begin = plain("on_test_begin"),
                                      .on_test_end = with_logs("on_test_end"),
                                      .on_test_batch_begin = indexed("on_test_batch_begin"),
                                      .on_test_batch_end = indexed("on_test_batch_end"),
                                      .on_predict_begin = plain("on_predict_begin"),
                                      .on_predict_end = plain("on_predict_end"),
                                      .on_predict_batch_begin = indexed("on_predict_batch_begin"),
                                      .on_predict_batch_end = indexed("on_predict_batch_end")});
  model.fit(x, y, {.batch_size = 6, .verbose = 0, .callbacks = {borrow(callback)}, .validation_data = {x, y}});
  model.evaluate(x, y, {.batch_size = 6, .verbose = 0, .callbacks = {borrow(callback)}});
  model.predict(x, {.batch_size = 6, .callbacks = {borrow(callback)}});
  EXPECT_EQ(lines, keras_hooks_of_lambdas);

  lines.clear();
  callbacks::LambdaCallback newer(
      {.on_train_batch_begin = indexed("newer"), .on_batch_begin = indexed("older"), .on_batch_end = indexed("end")});
  model.fit(x, y, {.batch_size = 10, .verbose = 0, .callbacks = {borrow(newer)}});
  EXPECT_EQ(lines, (std::vector<std::string>{"newer 0", "end 0"}));
}

TEST(Hooks, OfPredictGetTheBatchsOutputs) {
  class Gathers : public Callback {
   public:
    void on_predict_batch_end(std::int64_t, const Outputs& outputs) override {
      const std::vector<float> rows = numbers_of({outputs.arrays().at(0)});
      all.insert(all.end(), rows.begin(), rows.end());
    }
    std::vector<float> all;
  };
  for (const bool run_eagerly : {false, true}) {
    Session session;
    Sequential model = compiled_classifier(session, run_eagerly);
    Gathers gathers;
    const std::vector<float> whole = numbers_of({model.predict(x, {.batch_size = 6, .callbacks = {borrow(gathers)}})});
    EXPECT_EQ(gathers.all, whole);
    gathers.all.clear();
    std::vector<float> memory(30);
    model.predict_into(x, memory, {.batch_size = 6, .callbacks = {borrow(gathers)}});
    EXPECT_EQ(gathers.all, whole);
  }
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

TEST(Hooks, LogsComeByName) {
  Session session;
  Sequential model = compiled_classifier(session);
  const History history = model.fit(x, y, {.verbose = 0, .validation_data = {x, y}});
  EXPECT_EQ(history.names(), (std::vector<std::string>{"accuracy", "loss", "val_accuracy", "val_loss"}));
  EXPECT_EQ(history.epochs(), (std::vector<std::int64_t>{0}));
  EXPECT_EQ(model.metrics_names(), (std::vector<std::string>{"loss", "accuracy"}));
  EXPECT_THROW(history["accuracies"], KeyError);
}

}  // namespace

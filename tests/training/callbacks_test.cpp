#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "training/data/keras.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

const Array x = wave({40, 6}, 1);
const Array y = classes(40, 3, 2);

FitOptions quiet(CallbackList list, std::int64_t epochs = 1) {
  return {.batch_size = 8, .epochs = epochs, .verbose = 0, .callbacks = std::move(list)};
}

/// What a callback sees of a fit, without one.
class Context final : public CallbackContext {
 public:
  explicit Context(Model model) : model_(std::move(model)) {}
  Model& model() override { return model_; }
  void stop() noexcept override { is_stopped = true; }
  std::int64_t epochs() const noexcept override { return 100; }
  std::int64_t steps() const noexcept override { return 1; }
  int verbose() const noexcept override { return 0; }
  bool is_stopped = false;

 private:
  Model model_;
};

Logs loss_of(double value) {
  Logs logs;
  logs.set("loss", value);
  return logs;
}

class EarlyStoppingAsKeras : public testing::TestWithParam<EarlyStoppingCase> {};

TEST_P(EarlyStoppingAsKeras, StopsAtTheSameEpoch) {
  const EarlyStoppingCase& expected = GetParam();
  Session session;
  Context context(classifier(session));
  callbacks::EarlyStoppingOptions options = expected.options;
  if (options.mode == callbacks::Mode::automatic) options.mode = callbacks::Mode::min;
  callbacks::EarlyStopping callback(options);
  callback.set_context(&context);
  callback.on_train_begin();
  std::int64_t epochs = 0;
  for (; epochs < static_cast<std::int64_t>(expected.losses.size()) && !context.is_stopped; ++epochs)
    callback.on_epoch_end(epochs, loss_of(expected.losses[static_cast<std::size_t>(epochs)]));
  callback.on_train_end({});
  EXPECT_EQ(epochs, expected.epochs);
  EXPECT_EQ(callback.stopped_epoch(), expected.stopped_epoch);
  EXPECT_EQ(callback.best_epoch(), expected.best_epoch);
  EXPECT_EQ(callback.best(), expected.best);
}

INSTANTIATE_TEST_SUITE_P(All, EarlyStoppingAsKeras, testing::ValuesIn(keras_early_stoppings));

TEST(EarlyStopping, RestoresTheBestEpochsWeights) {
  Session session;
  Sequential model = compiled_classifier(session);
  std::vector<std::vector<float>> after;
  callbacks::EarlyStopping stops(
      {.monitor = "loss", .patience = 2, .mode = callbacks::Mode::max, .restore_best_weights = true});
  const auto keeps = callbacks::LambdaCallback(
      {.on_epoch_end = [&](std::int64_t, const Logs&) { after.push_back(numbers_of(model.get_weights())); }});
  const History history = model.fit(
      x, y,
      {.batch_size = 8, .epochs = 10, .verbose = 0, .callbacks = {borrow(stops), callbacks::LambdaCallback(keeps)}});
  // The loss falls, so that the first epoch is the best for the largest.
  ASSERT_EQ(history["loss"].size(), 3u);
  EXPECT_EQ(stops.best_epoch(), 0);
  EXPECT_EQ(stops.stopped_epoch(), 2);
  EXPECT_EQ(numbers_of(model.get_weights()), after[0]);
  EXPECT_NE(after[0], after[2]);
}

TEST(EarlyStopping, AccuracyIsToGrowAndLossToFall) {
  Session session;
  Context context(classifier(session));
  for (const auto& [monitor, stops] : {std::pair{"val_accuracy", false}, {"val_loss", true}}) {
    callbacks::EarlyStopping callback({.monitor = monitor});
    callback.set_context(&context);
    callback.on_train_begin();
    context.is_stopped = false;
    Logs logs;
    for (const double value : {0.1, 0.2, 0.3}) {
      logs.set(monitor, value);
      callback.on_epoch_end(static_cast<std::int64_t>(value * 10) - 1, logs);
    }
    EXPECT_EQ(context.is_stopped, stops) << monitor;
  }
}

TEST(EarlyStopping, WarnsOfANumberThatIsNotThere) {
  Session session;
  Sequential model = compiled_classifier(session);
  std::string warned;
  log::set_sink([&](log::Level, std::string_view text) { warned += text; });
  const History history = model.fit(x, y, quiet({callbacks::EarlyStopping({.monitor = "val_los"})}, 3));
  log::set_sink({});
  EXPECT_EQ(history["loss"].size(), 3u);
  EXPECT_NE(warned.find("'val_los'"), std::string::npos) << warned;
  EXPECT_NE(warned.find("accuracy"), std::string::npos) << warned;
  EXPECT_THROW(callbacks::EarlyStopping({.patience = -1}), ValueError);
}

class CSV : public testing::Test {
 protected:
  CSV() : path_(testing::TempDir() + "keratin_" + testing::UnitTest::GetInstance()->current_test_info()->name()) {}
  ~CSV() override { std::filesystem::remove(path_); }
  std::string content() const {
    const std::ifstream file(path_);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  std::string path_;
};

TEST_F(CSV, HoldsALineForEachEpochWithAllDigits) {
  Session session;
  Sequential model = compiled_classifier(session);
  FitOptions options = quiet({callbacks::CSVLogger(path_)}, 2);
  options.validation_data = {x, y};
  const History history = model.fit(x, y, options);
  std::istringstream file(content());
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line, "epoch,accuracy,loss,val_accuracy,val_loss");
  for (std::size_t epoch = 0; epoch < 2; ++epoch) {
    std::getline(file, line);
    std::istringstream fields(line);
    std::string field;
    std::getline(fields, field, ',');
    EXPECT_EQ(field, std::to_string(epoch));
    for (const char* const name : {"accuracy", "loss", "val_accuracy", "val_loss"}) {
      std::getline(fields, field, ',');
      EXPECT_EQ(std::stod(field), history[name][epoch]) << name;
    }
  }
  EXPECT_FALSE(std::getline(file, line));
}

TEST_F(CSV, AppendsWithoutASecondHeaderAndKeepsColumnsForALaterValidation) {
  Session session;
  Sequential model = compiled_classifier(session);
  const auto logger = [&](bool append) { return callbacks::CSVLogger(path_, {.separator = ";", .append = append}); };
  FitOptions options = quiet({logger(true)}, 2);
  options.validation_data = {x, y};
  options.validation_freq = 2;
  model.fit(x, y, options);
  model.fit(x, y, quiet({logger(true)}));
  std::istringstream file(content());
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), 4u) << content();
  EXPECT_EQ(lines[0], "epoch;accuracy;loss;val_accuracy;val_loss");
  EXPECT_TRUE(lines[1].ends_with(";NA;NA")) << lines[1];
  EXPECT_EQ(lines[2].find("NA"), std::string::npos) << lines[2];
  EXPECT_TRUE(lines[3].starts_with("0;")) << lines[3];
  model.fit(x, y, quiet({logger(false)}));
  const std::string anew = content();
  EXPECT_EQ(std::count(anew.begin(), anew.end(), '\n'), 2) << anew;
}

TEST_F(CSV, AnUnwritablePathIsAFileErrorAndTheModelStaysUsable) {
  Session session;
  Sequential model = compiled_classifier(session);
  try {
    model.fit(x, y, quiet({callbacks::CSVLogger("/nonexistent/folder/log.csv")}));
    FAIL() << "no exception";
  } catch (const FileError& error) {
    EXPECT_NE(std::string(error.what()).find("/nonexistent/folder/log.csv"), std::string::npos) << error.what();
  }
  callbacks::CSVLogger full("/dev/full");
  EXPECT_THROW(model.fit(x, y, quiet({borrow(full)})), FileError);
  EXPECT_EQ(session.callbacks().attached, 0);
  EXPECT_EQ(model.fit(x, y, quiet({}))["loss"].size(), 1u);
}

TEST(Stopping, EndsFitAfterTheBatchAtHand) {
  class StopsAt : public Callback {
   public:
    explicit StopsAt(std::int64_t batch) : batch_(batch) {}
    void on_train_batch_end(std::int64_t batch, const Logs&) override {
      ++seen;
      if (batch == batch_) context().stop();
    }
    int seen = 0;

   private:
    std::int64_t batch_;
  };
  Session session;
  Sequential model = compiled_classifier(session);
  StopsAt stops(2);
  FitOptions options = quiet({borrow(stops)}, 4);
  options.validation_data = {x, y};
  const History history = model.fit(x, y, options);
  EXPECT_EQ(stops.seen, 3);
  // As in Keras: the epoch is closed with its validation.
  EXPECT_EQ(history["loss"].size(), 1u);
  EXPECT_EQ(history["val_loss"].size(), 1u);
}

TEST(Stopping, AskedForInOnEpochBeginStillRunsABatch) {
  class StopsFirst : public Callback {
   public:
    void on_epoch_begin(std::int64_t) override { context().stop(); }
    void on_train_batch_end(std::int64_t, const Logs&) override { ++seen; }
    int seen = 0;
  };
  Session session;
  Sequential model = compiled_classifier(session);
  StopsFirst stops;
  EXPECT_EQ(model.fit(x, y, quiet({borrow(stops)}, 4))["loss"].size(), 1u);
  EXPECT_EQ(stops.seen, 1);
}

TEST(Stopping, ByATokenFromAnotherThread) {
  Session session;
  Sequential model = compiled_classifier(session);
  std::stop_source source;
  FitOptions options = quiet({}, 1'000'000'000);
  options.stop_token = source.get_token();
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    source.request_stop();
  });
  model.fit(x, y, options);
  other.join();
  EXPECT_TRUE(model.fit(x, y, options).epochs().empty()) << "a request that is there already";
}

TEST(Stopping, ByATimeLimit) {
  Session session;
  Sequential model = compiled_classifier(session);
  FitOptions options = quiet({}, 1'000'000'000);
  options.time_limit = 0.01;
  EXPECT_GE(model.fit(x, y, options)["loss"].size(), 1u);
}

TEST(TerminateOnNaN, EndsWithTheFirstBatchWhoseLossIsNone) {
  Session session;
  Sequential model = compiled_classifier(session);
  Array bad = x;
  bad.mutable_data<float>()[8 * 6] = std::numeric_limits<float>::quiet_NaN();
  std::string warned;
  std::int64_t batches = 0;
  log::set_sink([&](log::Level, std::string_view text) { warned += text; });
  const auto counts = [&] {
    return callbacks::LambdaCallback({.on_train_batch_end = [&](std::int64_t, const Logs&) { ++batches; }});
  };
  FitOptions options = quiet({counts(), callbacks::TerminateOnNaN()}, 5);
  options.shuffle = false;
  model.fit(bad, y, options);
  log::set_sink({});
  EXPECT_EQ(batches, 2);
  EXPECT_NE(warned.find("Batch 1"), std::string::npos) << warned;
}

TEST(LambdaCallbacks, AreCalledWithKerasArguments) {
  Session session;
  Sequential model = compiled_classifier(session);
  std::string seen;
  const auto note = [&](const std::string& text) { seen += text + " "; };
  model.fit(
      x, y,
      quiet({callbacks::LambdaCallback(
          {.on_epoch_begin = [&](std::int64_t epoch) { note("e" + std::to_string(epoch)); },
           .on_epoch_end = [&](std::int64_t epoch,
                               const Logs& logs) { note("E" + std::to_string(epoch) + std::to_string(logs.size())); },
           .on_train_begin = [&] { note("t"); },
           .on_train_end = [&](const Logs& logs) { note("T" + std::to_string(logs.size())); },
           .on_train_batch_begin = [&](std::int64_t batch) { note("b" + std::to_string(batch)); },
           .on_train_batch_end =
               [&](std::int64_t batch, const Logs& logs) {
                 note("B" + std::to_string(batch) + std::to_string(logs.size()));
               }})}));
  EXPECT_EQ(seen, "t e0 b0 B02 b1 B12 b2 B22 b3 B32 b4 B42 E02 T2 ");
}

}  // namespace

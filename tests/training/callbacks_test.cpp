#include "training/data/callbacks.h"

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
#include "training/callback_case.h"
#include "training/data/keras.h"

namespace {

using namespace keratin;
using namespace keratin::test;

const Array x = wave({40, 6}, 1);
const Array y = classes(40, 3, 2);

FitOptions quiet(CallbackList list, std::int64_t epochs = 1) {
  return {.batch_size = 8, .epochs = epochs, .verbose = 0, .callbacks = std::move(list)};
}

Logs loss_of(double value) {
  Logs logs;
  logs.set("loss", value);
  return logs;
}

class EarlyStoppingAsKeras : public testing::TestWithParam<EarlyStoppingCase> {};

TEST_P(EarlyStoppingAsKeras, StopsAtTheSameEpoch) {
  const EarlyStoppingCase& expected = GetParam();
  Session session;
  CallbackContextAlone context(classifier(session));
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
  ASSERT_TRUE(callback.best());
  EXPECT_TRUE(std::isnan(expected.best) ? std::isnan(*callback.best()) : *callback.best() == expected.best);
}

INSTANTIATE_TEST_SUITE_P(All, EarlyStoppingAsKeras, testing::ValuesIn(keras_early_stoppings));
INSTANTIATE_TEST_SUITE_P(More, EarlyStoppingAsKeras, testing::ValuesIn(keras_more_early_stoppings));

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

TEST(EarlyStopping, WarnsOnceOfANumberThatIsNotThere) {
  Session session;
  Sequential model = compiled_classifier(session);
  std::vector<std::string> warned;
  log::set_sink([&](log::Level, std::string_view text) { warned.emplace_back(text); });
  const History history = model.fit(x, y, quiet({callbacks::EarlyStopping()}, 3));
  log::set_sink({});
  EXPECT_EQ(history["loss"].size(), 3u);
  ASSERT_EQ(warned.size(), 1u);
  EXPECT_NE(warned[0].find("'val_loss'"), std::string::npos) << warned[0];
  EXPECT_NE(warned[0].find("accuracy"), std::string::npos) << warned[0];
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

TEST_F(CSV, WritesNumbersAsKeras) {
  const auto logs = [](double loss, double accuracy) {
    Logs made;
    made.set("loss", loss);
    made.set("accuracy", accuracy);
    return made;
  };
  callbacks::CSVLogger logger(path_);
  logger.on_train_begin();
  logger.on_epoch_end(0, logs(0.5, 1.0));
  Logs validated = logs(1e-7, 0.1);
  validated.set("val_loss", std::numeric_limits<double>::quiet_NaN());
  validated.set("val_accuracy", 12345678.9);
  logger.on_epoch_end(1, validated);
  logger.on_epoch_end(2, logs(static_cast<double>(0.1F), 1e20));
  logger.on_train_end({});
  std::istringstream file(content());
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  EXPECT_EQ(lines, keras_csv);
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

/// Asks for the end when it has been asked a number of times.
struct Countdown {
  int* left;
  bool stop_requested() const noexcept { return --*left < 0; }
};

TEST(Stopping, ByWhateverHasStopRequested) {
  Session session;
  Sequential model = compiled_classifier(session);
  int left = 3;
  FitOptions options = quiet({}, 1'000'000'000);
  options.stop_token = Countdown{&left};
  model.fit(x, y, options);
  EXPECT_LT(left, 0) << "it ended as it was told";
}

TEST(Stopping, ByATimeLimit) {
  Session session;
  Sequential model = compiled_classifier(session);
  FitOptions options = quiet({}, 1'000'000'000);
  options.time_limit = 0.01;
  EXPECT_GE(model.fit(x, y, options)["loss"].size(), 1u);
}

TEST(TerminateOnNaN, RaisesWhereItIsTold) {
  Session session;
  Sequential model = compiled_classifier(session);
  bool is_ended = false;
  Array weights = Array::ones({40});
  weights.mutable_data<float>()[12] = std::numeric_limits<float>::infinity();
  FitOptions options = quiet({callbacks::TerminateOnNaN({.raise_error = true}),
                              callbacks::LambdaCallback({.on_train_end = [&](const Logs&) { is_ended = true; }})},
                             5);
  options.shuffle = false;
  options.sample_weight = weights;
  try {
    model.fit(x, y, options);
    FAIL() << "no exception";
  } catch (const ValueError& error) {
    EXPECT_NE(std::string(error.what()).find("Batch 1: the loss is "), std::string::npos) << error.what();
  }
  EXPECT_FALSE(is_ended);
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

}  // namespace

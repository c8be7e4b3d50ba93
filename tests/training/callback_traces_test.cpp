// Callbacks that watch numbers, beside what Keras's do with the same numbers.
#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "training/callback_case.h"
#include "training/data/callbacks.h"

namespace {

using namespace keratin;
using namespace keratin::test;

const Array x = wave({10, 6}, 1);
const Array y = classes(10, 3, 2);

Logs one(const std::string& name, double value) {
  Logs logs;
  logs.set(name, value);
  return logs;
}

class PlateauAsKeras : public testing::TestWithParam<PlateauCase> {};

TEST_P(PlateauAsKeras, LowersTheRateAtTheSameEpochs) {
  const PlateauCase& expected = GetParam();
  Session session;
  Sequential model = classifier(session);
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.1}), .loss = "sparse_categorical_crossentropy"});
  CallbackContextAlone context(model);
  callbacks::ReduceLROnPlateau callback(expected.options);
  callback.set_context(&context);
  callback.on_train_begin();
  for (std::size_t epoch = 0; epoch < expected.losses.size(); ++epoch) {
    callback.on_epoch_end(static_cast<std::int64_t>(epoch), one("loss", expected.losses[epoch]));
    EXPECT_EQ(context.added.at("learning_rate"), expected.logged[epoch]) << epoch;
    EXPECT_EQ(model.optimizer()->learning_rate(), expected.rates[epoch]) << epoch;
  }
}

INSTANTIATE_TEST_SUITE_P(All, PlateauAsKeras, testing::ValuesIn(keras_plateaus));

TEST(ReduceLROnPlateau, StartsAnewWithEachFit) {
  Session session;
  Sequential model = compiled_classifier(session);
  callbacks::ReduceLROnPlateau callback({.monitor = "loss", .factor = 0.5, .patience = 1, .mode = "max"});
  model.fit(x, y, {.epochs = 3, .verbose = 0, .callbacks = {borrow(callback)}});
  EXPECT_EQ(model.optimizer()->learning_rate(), static_cast<double>(0.01F) / 4);
  // The first epoch of another fit is the best so far, whatever its loss.
  model.fit(x, y, {.epochs = 1, .verbose = 0, .callbacks = {borrow(callback)}});
  EXPECT_EQ(model.optimizer()->learning_rate(), static_cast<double>(0.01F) / 4);
  EXPECT_EQ(model.train_stats().traces, 1);
}

TEST(ReduceLROnPlateau, RefusesAFactorThatDoesNotLower) {
  EXPECT_THROW(callbacks::ReduceLROnPlateau({.factor = 1.0}), ValueError);
  EXPECT_THROW(callbacks::ReduceLROnPlateau({.factor = NAN}), ValueError);
}

TEST(ReduceLROnPlateau, PrintsWhatItDoes) {
  Session session;
  Sequential model = compiled_classifier(session);
  testing::internal::CaptureStdout();
  model.fit(x, y,
            {.epochs = 2,
             .verbose = 0,
             .callbacks = {callbacks::ReduceLROnPlateau(
                 {.monitor = "loss", .factor = 0.5, .patience = 1, .verbose = 1, .mode = "max"})}});
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            "\nEpoch 2: ReduceLROnPlateau reducing learning rate to 0.004999999888241291.\n");
}

TEST(LearningRateScheduler, SetsTheRatesThatKerasSets) {
  const auto rates_of = [](callbacks::LearningRateScheduler scheduler) {
    Session session;
    Sequential model = compiled_classifier(session);
    const History history =
        model.fit(x, y, {.batch_size = 6, .epochs = 4, .verbose = 0, .callbacks = {std::move(scheduler)}});
    EXPECT_EQ(model.train_stats().traces, 1);
    return history["learning_rate"];
  };
  ASSERT_EQ(keras_schedules.size(), 3u);
  const callbacks::LearningRateScheduler halves([](std::int64_t, double rate) { return rate * 0.5; });
  EXPECT_EQ(rates_of(halves), keras_schedules[0].rates);
  const callbacks::LearningRateScheduler by_epoch(
      [](std::int64_t epoch) { return 0.1 / static_cast<double>(epoch + 1); });
  EXPECT_EQ(rates_of(by_epoch), keras_schedules[1].rates);
  const callbacks::LearningRateScheduler late([](std::int64_t epoch, double rate) { return epoch < 2 ? rate : 0.003; });
  EXPECT_EQ(rates_of(late), keras_schedules[2].rates);
}

TEST(LearningRateScheduler, TrainsWithTheRateItSets) {
  const auto weights_with = [](CallbackList list, double rate) {
    Session session;
    Sequential model = classifier(session);
    model.compile({.optimizer = optimizers::SGD({.learning_rate = rate}), .loss = "sparse_categorical_crossentropy"});
    model.fit(x, y, {.epochs = 2, .verbose = 0, .callbacks = std::move(list), .shuffle = false});
    return numbers_of(model.get_weights());
  };
  const auto fixed = weights_with({callbacks::LearningRateScheduler([](std::int64_t) { return 0.25; })}, 0.01);
  EXPECT_EQ(fixed, weights_with({}, 0.25));
}

TEST(LearningRateScheduler, PrintsAndRefuses) {
  Session session;
  Sequential model = compiled_classifier(session);
  testing::internal::CaptureStdout();
  model.fit(x, y, {.verbose = 0, .callbacks = {callbacks::LearningRateScheduler([](std::int64_t) { return 0.5; }, 1)}});
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "\nEpoch 1: LearningRateScheduler setting learning rate to 0.5.\n");
  EXPECT_THROW(
      model.fit(x, y,
                {.verbose = 0, .callbacks = {callbacks::LearningRateScheduler([](std::int64_t) { return NAN; })}}),
      ValueError);
}

TEST(Mode, AutoDecidesAsKeras) {
  Session session;
  Sequential model(session, {layers::Input({6}), layers::Dense(1)});
  model.compile({.optimizer = "sgd",
                 .loss = "mse",
                 .metrics = {"accuracy", "mse", "mae", metrics::MeanSquaredError({.name = "error"})}});
  model.fit(x, y, {.verbose = 0});
  CallbackContextAlone context(model);
  for (const DirectionCase& expected : keras_directions) {
    callbacks::EarlyStopping callback({.monitor = expected.monitor});
    callback.set_context(&context);
    callback.on_train_begin();
    context.is_stopped = false;
    const auto feed = [&] {
      callback.on_epoch_end(0, one(expected.monitor, 0.1));
      callback.on_epoch_end(1, one(expected.monitor, 0.2));
    };
    if (expected.direction == 0) {
      EXPECT_THROW(feed(), ValueError) << expected.monitor;
    } else {
      feed();
      EXPECT_EQ(context.is_stopped, expected.direction < 0) << expected.monitor;
    }
  }
}

TEST(Mode, AutoKnowsTheNumbersOfSeveralOutputs) {
  Session session;
  Model model = two_headed(session);
  model.compile({.optimizer = "sgd",
                 .loss = {{"digit", "sparse_categorical_crossentropy"}, {"level", "mse"}},
                 .metrics = {{"digit", {"accuracy"}}}});
  const Data inputs = {{"a", wave({10, 3}, 1)}, {"b", wave({10, 2}, 2)}};
  const Data targets = {{"digit", classes(10, 3, 2)}, {"level", wave({10, 1}, 3)}};
  for (const auto& [monitor, is_stopped] :
       {std::pair{"digit_accuracy", false}, {"val_digit_accuracy", false}, {"level_loss", true}}) {
    model.fit(inputs, targets, {.verbose = 0});
    CallbackContextAlone context(model);
    callbacks::EarlyStopping callback({.monitor = monitor});
    callback.set_context(&context);
    callback.on_train_begin();
    callback.on_epoch_end(0, one(monitor, 0.1));
    callback.on_epoch_end(1, one(monitor, 0.2));
    EXPECT_EQ(context.is_stopped, is_stopped) << monitor;
  }
}

TEST(Mode, AutoSaysWhatItCanNotTell) {
  Session session;
  Sequential model = compiled_classifier(session);
  try {
    model.fit(x, y, {.verbose = 0, .callbacks = {callbacks::EarlyStopping({.monitor = "val_los"})}});
    FAIL() << "no exception";
  } catch (const ValueError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("'val_los'"), std::string::npos) << text;
    EXPECT_NE(text.find("loss, accuracy"), std::string::npos) << text;
    EXPECT_NE(text.find(".mode = \"max\""), std::string::npos) << text;
  }
}

}  // namespace

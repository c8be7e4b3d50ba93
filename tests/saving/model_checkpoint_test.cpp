// ModelCheckpoint beside what Keras's does: names of files, and when it saves.
#include "keratin/saving/model_checkpoint.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "keratin/saving/load_model.h"
#include "saving/callbacks/file_name.h"
#include "saving/data/checkpoints.h"
#include "training/callback_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;
namespace fs = std::filesystem;

const Array x = wave({20, 6}, 1);
const Array y = classes(20, 3, 2);

TEST(CheckpointName, IsFormattedAsPythonDoes) {
  Logs logs;
  logs.set("loss", 0.123456789);
  logs.set("val_loss", 12345.678);
  logs.set("acc", 1.0);
  logs.set("tiny", 1.5e-7);
  for (const CheckpointNameCase& expected : keras_checkpoint_names)
    EXPECT_EQ(saving::FileName(expected.pattern, "Test").filled(expected.epoch + 1, expected.batch + 1, logs),
              expected.name)
        << expected.pattern;
}

TEST(CheckpointName, RefusesWhatIsNoFormatAndWhatIsNotThere) {
  for (const char* const wrong : {"{epoch", "epoch}", "{}.keras", "{:d}", "{epoch:q}", "{epoch:02", "{epoch:d2}",
                                  "{loss:.f}", "{epoch:{width}d}", "{epoch:99999d}"})
    EXPECT_THROW(saving::FileName(wrong, "Test"), ValueError) << wrong;
  Logs logs;
  logs.set("loss", 0.5);
  EXPECT_THROW(saving::FileName("{loss:d}", "Test").filled(1, 0, logs), ValueError);
  EXPECT_THROW(saving::FileName("{epoch:.3d}", "Test").filled(1, 0, logs), ValueError);
  EXPECT_THROW(saving::FileName("{batch}", "Test").filled(1, 0, logs), KeyError);
  try {
    static_cast<void>(saving::FileName("{val_loss:.2f}.keras", "Test").filled(1, 0, logs));
    FAIL() << "no exception";
  } catch (const KeyError& error) {
    EXPECT_NE(std::string(error.what()).find("epoch, loss. Received: {val_loss}"), std::string::npos) << error.what();
  }
}

class Checkpoint : public testing::Test {
 protected:
  Checkpoint()
      : folder_(testing::TempDir() + "keratin_" + testing::UnitTest::GetInstance()->current_test_info()->name()) {
    fs::remove_all(folder_);
  }
  ~Checkpoint() override { fs::remove_all(folder_); }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    if (!fs::exists(folder_)) return names;
    for (const auto& entry : fs::directory_iterator(folder_)) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string folder_;
};

TEST_F(Checkpoint, SavesAfterTheEpochsThatKerasSavesAfter) {
  Session session;
  Sequential model = compiled_classifier(session);
  for (const CheckpointCase& expected : keras_checkpoints) {
    fs::remove_all(folder_);
    CallbackContextAlone context(model);
    callbacks::ModelCheckpoint callback(folder_ + "/{epoch:02d}.keras", expected.options);
    callback.set_context(&context);
    std::vector<std::string> names;
    for (const std::int64_t epoch : expected.saved)
      names.push_back((epoch < 9 ? "0" : "") + std::to_string(epoch + 1) + ".keras");
    for (std::size_t epoch = 0; epoch < expected.losses.size(); ++epoch) {
      Logs logs;
      logs.set("loss", expected.losses[epoch]);
      callback.on_epoch_begin(static_cast<std::int64_t>(epoch));
      callback.on_epoch_end(static_cast<std::int64_t>(epoch), logs);
    }
    EXPECT_EQ(files(), names);
  }
}

TEST_F(Checkpoint, SavesAfterTheBatchesThatKerasSavesAfter) {
  Session session;
  Sequential model = compiled_classifier(session);
  Logs logs;
  logs.set("loss", 1.0);
  for (const CheckpointBatchCase& expected : keras_checkpoint_batches) {
    fs::remove_all(folder_);
    CallbackContextAlone context(model);
    callbacks::ModelCheckpoint callback(folder_ + "/{epoch:02d}-{batch:02d}.weights.h5",
                                        {.save_weights_only = true, .save_freq = expected.save_freq});
    callback.set_context(&context);
    for (std::int64_t epoch = 0; epoch < expected.epochs; ++epoch) {
      callback.on_epoch_begin(epoch);
      for (std::int64_t batch = 0; batch < expected.batches; ++batch) callback.on_train_batch_end(batch, logs);
      callback.on_epoch_end(epoch, logs);
    }
    std::vector<std::string> names;
    for (const std::int64_t saved : expected.saved)
      names.push_back("0" + std::to_string(saved / expected.batches + 1) + "-0" +
                      std::to_string(saved % expected.batches + 1) + ".weights.h5");
    EXPECT_EQ(files(), names) << expected.save_freq;
  }
}

TEST_F(Checkpoint, HoldsTheModelAsItWas) {
  std::map<std::string, std::vector<float>> seen;
  {
    Session session;
    Sequential model = compiled_classifier(session);
    callbacks::LambdaCallback keeps({.on_epoch_end = [&](std::int64_t epoch, const Logs&) {
      seen[std::to_string(epoch + 1)] = numbers_of(model.get_weights());
    }});
    model.fit(
        x, y,
        {.epochs = 2,
         .verbose = 0,
         .callbacks = {borrow(keeps), callbacks::ModelCheckpoint(folder_ + "/{epoch}.keras"),
                       callbacks::ModelCheckpoint(folder_ + "/{epoch}.weights.h5", {.save_weights_only = true})}});
  }
  ASSERT_EQ(seen.size(), 2u);
  for (const auto& [epoch, weights] : seen) {
    Session session;
    EXPECT_EQ(numbers_of(load_model(session, folder_ + "/" + epoch + ".keras").get_weights()), weights);
    Sequential model = compiled_classifier(session);
    model.load_weights(folder_ + "/" + epoch + ".weights.h5");
    EXPECT_EQ(numbers_of(model.get_weights()), weights);
  }
}

TEST_F(Checkpoint, PrintsWhatItDoes) {
  Session session;
  Sequential model = compiled_classifier(session);
  CallbackContextAlone context(model);
  callbacks::ModelCheckpoint callback(folder_ + "/m.keras",
                                      {.monitor = "loss", .verbose = 1, .save_best_only = true, .mode = "min"});
  callback.set_context(&context);
  testing::internal::CaptureStdout();
  for (std::int64_t epoch = 0; epoch < 2; ++epoch) {
    Logs logs;
    logs.set("loss", 0.5);
    callback.on_epoch_begin(epoch);
    callback.on_epoch_end(epoch, logs);
  }
  const std::string path = folder_ + "/m.keras";
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "\nEpoch 1: loss improved from None to 0.50000, saving model to " +
                                                        path + "\n\nEpoch 1: finished saving model to " + path +
                                                        "\n\nEpoch 2: loss did not improve from 0.50000\n");
}

TEST_F(Checkpoint, RefusesWhatMakesNoSense) {
  EXPECT_THROW(callbacks::ModelCheckpoint("model.h5"), ValueError);
  EXPECT_THROW(callbacks::ModelCheckpoint("model.weights.h5"), ValueError);
  EXPECT_THROW(callbacks::ModelCheckpoint("model.keras", {.save_weights_only = true}), ValueError);
  EXPECT_THROW(callbacks::ModelCheckpoint("{epoch.keras"), ValueError);
  EXPECT_THROW(callbacks::ModelCheckpoint("model.keras", {.save_freq = 0}), ValueError);
  Session session;
  Sequential model = compiled_classifier(session);
  const auto fit = [&](const std::string& path) {
    model.fit(x, y, {.verbose = 0, .callbacks = {callbacks::ModelCheckpoint(path)}});
  };
  EXPECT_THROW(fit(folder_ + "/{nothing}.keras"), KeyError);
  fs::create_directories(folder_ + "/taken.keras");
  EXPECT_THROW(fit(folder_ + "/taken.keras"), FileError);
  EXPECT_THROW(fit("/dev/null/model.keras"), FileError);
}

TEST_F(Checkpoint, SavesAllWhereWhatItWatchesIsNotThere) {
  Session session;
  Sequential model = compiled_classifier(session);
  int warnings = 0;
  log::set_sink([&](log::Level, std::string_view) { ++warnings; });
  model.fit(x, y,
            {.epochs = 2,
             .verbose = 0,
             .callbacks = {callbacks::ModelCheckpoint(folder_ + "/{epoch}.keras", {.save_best_only = true})}});
  log::set_sink({});
  EXPECT_EQ(warnings, 1);
  EXPECT_EQ(files().size(), 2u);
}

}  // namespace

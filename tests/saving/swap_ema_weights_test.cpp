// Averages in a model, beside callbacks that save it.
#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "keratin/saving/backup_and_restore.h"
#include "keratin/saving/model_checkpoint.h"
#include "training/data/callbacks.h"

namespace {

using namespace keratin;
using namespace keratin::test;
namespace fs = std::filesystem;

const Array x = wave({10, 6}, 1);
const Array y = classes(10, 3, 2);

Sequential network(Session& session) {
  Sequential model = classifier(session);
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.5, .use_ema = true, .ema_momentum = 0.5}),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy"}});
  return model;
}

double first_weight(const Model& model) { return model.trainable_variables().front().value().at<float>({0, 0}); }

class SwapEMAWeightsAndFiles : public testing::Test {
 protected:
  SwapEMAWeightsAndFiles()
      : folder_(testing::TempDir() + "keratin_" + testing::UnitTest::GetInstance()->current_test_info()->name()) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~SwapEMAWeightsAndFiles() override { fs::remove_all(folder_); }
  std::string folder_;
};

TEST_F(SwapEMAWeightsAndFiles, ACheckpointHoldsWhatKerasSavesInItsPlaceOfTheList) {
  for (const std::string name : {"saved before", "saved after"}) {
    const auto& expected = std::ranges::find(keras_swapped, name, &SwappedCase::name)->seen;
    Session session;
    Sequential model = network(session);
    CallbackList list{callbacks::SwapEMAWeights({.swap_on_epoch = true})};
    list.insert(name == "saved before" ? list.begin() : list.end(),
                callbacks::ModelCheckpoint(folder_ + "/{epoch}.weights.h5", {.save_weights_only = true}));
    model.fit(x, y, {.batch_size = 5, .epochs = 2, .verbose = 0, .callbacks = std::move(list), .shuffle = false});
    for (std::size_t epoch = 0; epoch < 2; ++epoch) {
      model.load_weights(folder_ + "/" + std::to_string(epoch + 1) + ".weights.h5");
      EXPECT_NEAR(first_weight(model), expected.at(epoch).second, 1e-6) << name << " " << epoch;
    }
  }
}

struct Killed {};
struct KilledAt : Callback {
  explicit KilledAt(std::int64_t batches) : left(batches) {}
  void on_train_batch_begin(std::int64_t) override {
    if (left-- == 0) throw Killed();
  }
  std::int64_t left;
};

TEST_F(SwapEMAWeightsAndFiles, ARunThatWasStoppedGoesOnWithTheWeights) {
  struct End {
    std::vector<float> weights;
    std::vector<double> val_loss;
    bool operator==(const End&) const = default;
  };
  for (const bool backup_is_first : {true, false})
    for (const callbacks::SaveFreq freq : {callbacks::SaveFreq(), callbacks::SaveFreq(1)}) {
      const auto run = [&](std::int64_t killed_at, bool has_backup) {
        Session session({.seed = 5});
        Sequential model = network(session);
        CallbackList list{callbacks::SwapEMAWeights({.swap_on_epoch = true})};
        if (has_backup)
          list.insert(backup_is_first ? list.begin() : list.end(),
                      callbacks::BackupAndRestore(folder_ + "/backup", {.save_freq = freq}));
        list.emplace_back(KilledAt(killed_at));
        const History history = model.fit(
            x, y,
            {.batch_size = 4, .epochs = 4, .verbose = 0, .callbacks = std::move(list), .validation_data = {x, y}});
        return End{numbers_of(model.get_weights()), {history["val_loss"].back()}};
      };
      const End whole = run(-1, false);
      for (const std::int64_t killed_at : {2, 3, 4, 6, 10}) {
        EXPECT_THROW(run(killed_at, true), Killed);
        EXPECT_EQ(run(-1, true), whole) << backup_is_first << " " << freq.batches() << " " << killed_at;
      }
    }
}

}  // namespace

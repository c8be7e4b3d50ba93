// A run that was stopped and goes on ends with the bits of one that was not.
#include <filesystem>
#include <fstream>
#include <stop_token>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "keratin/layers/normalization.h"
#include "keratin/layers/recurrent.h"
#include "keratin/layers/regularization.h"
#include "keratin/saving/backup_and_restore.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;
namespace fs = std::filesystem;

const Array x = wave({44, 6}, 1);
const Array y = classes(44, 3, 2);

/// Random numbers, running statistics and slots: everything that a run carries along.
Sequential network(Session& session, const std::string& name = {}) {
  Sequential model(session,
                   {layers::Input({6}), layers::Dense(8, {.activation = "relu"}), layers::BatchNormalization(),
                    layers::Dropout(0.3), layers::GaussianNoise(0.1), layers::Dense(3, {.activation = "softmax"})},
                   {.name = name});
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.01}),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy"}});
  return model;
}

FitOptions options_of(std::int64_t epochs, CallbackList list) {
  return {.batch_size = 8,
          .epochs = epochs,
          .verbose = 0,
          .callbacks = std::move(list),
          .validation_data = {wave({10, 6}, 5), classes(10, 3, 1)}};
}

/// What a run ends with.
struct End {
  std::vector<float> weights;
  std::vector<std::pair<std::string, std::vector<double>>> history;
  std::vector<std::int64_t> epochs;
};

End end_of(const Model& model, const History& history) {
  End end{numbers_of(model.get_weights()), {}, history.epochs()};
  for (const std::string& name : history.names()) end.history.emplace_back(name, history[name]);
  return end;
}

/// Throws where a process would be killed.
struct Killed {};
class KilledAt : public Callback {
 public:
  explicit KilledAt(std::int64_t batches) : left_(batches) {}
  void on_train_batch_begin(std::int64_t) override {
    if (left_-- == 0) throw Killed();
  }

 private:
  std::int64_t left_;
};

class Backup : public testing::Test {
 protected:
  Backup() : folder_(testing::TempDir() + "keratin_" + testing::UnitTest::GetInstance()->current_test_info()->name()) {
    fs::remove_all(folder_);
  }
  ~Backup() override { fs::remove_all(folder_); }

  callbacks::BackupAndRestore backup(callbacks::SaveFreq freq = {}) const {
    return callbacks::BackupAndRestore(folder_, {.save_freq = freq});
  }

  std::string folder_;
};

/// In a session of its own, as a new process has one.
template <class Callbacks>
End run(std::int64_t epochs, Callbacks callbacks) {
  Session session({.seed = 11});
  Sequential model = network(session);
  const History history = model.fit(x, y, options_of(epochs, callbacks()));
  return end_of(model, history);
}

TEST_F(Backup, ARunKilledAnywhereEndsAsOneThatWasNot) {
  const End undisturbed = run(4, [] { return CallbackList(); });
  for (const callbacks::SaveFreq freq : {callbacks::SaveFreq(), callbacks::SaveFreq(1), callbacks::SaveFreq(4)})
    for (const std::int64_t killed_after : {0, 1, 5, 6, 7, 13, 23}) {
      EXPECT_THROW(run(4, [&] { return CallbackList{backup(freq), KilledAt(killed_after)}; }), Killed);
      // The second process is killed as well.
      try {
        run(4, [&] { return CallbackList{KilledAt(5), backup(freq)}; });
      } catch (const Killed&) {  // NOLINT(bugprone-empty-catch)
      }
      const End end = run(4, [&] { return CallbackList{backup(freq)}; });
      EXPECT_EQ(end.weights, undisturbed.weights) << freq.batches() << " " << killed_after;
      EXPECT_EQ(end.history.at(0).second.back(), undisturbed.history.at(0).second.back());
      EXPECT_EQ(end.history.at(3).second.back(), undisturbed.history.at(3).second.back());
      EXPECT_FALSE(fs::exists(folder_)) << "the backup goes when training is done";
    }
}

TEST_F(Backup, OneThatStaysIsGoneOnWithForMoreEpochs) {
  const auto keeps = [&] { return CallbackList{callbacks::BackupAndRestore(folder_, {.delete_checkpoint = false})}; };
  const End whole = run(5, [] { return CallbackList(); });
  run(2, keeps);
  const End rest = run(5, keeps);
  EXPECT_EQ(rest.weights, whole.weights);
  EXPECT_EQ(rest.epochs, (std::vector<std::int64_t>{2, 3, 4}));
  // Nothing is left to do, and the weights are those of the end.
  const End again = run(5, keeps);
  EXPECT_TRUE(again.epochs.empty());
  EXPECT_EQ(again.weights, whole.weights);
}

TEST_F(Backup, HoldsTheStateOfEveryCallback) {
  struct Seen {
    std::int64_t stopped = 0;
    std::int64_t best_epoch = 0;
    double best = 0.0;
    std::vector<float> weights;
    double rate = 0.0;
    bool operator==(const Seen&) const = default;
  };
  // The loss rises for "max", so that the first epochs are the best and everything waits and counts.
  const auto trained = [&](CallbackList more) {
    Session session({.seed = 11});
    Sequential model = network(session);
    callbacks::EarlyStopping stops({.monitor = "loss", .patience = 5, .mode = "max", .restore_best_weights = true});
    callbacks::ReduceLROnPlateau plateau(
        {.monitor = "loss", .factor = 0.5, .patience = 2, .mode = "max", .cooldown = 1});
    more.emplace_back(borrow(plateau));
    more.emplace_back(borrow(stops));
    model.fit(x, y, options_of(20, std::move(more)));
    return Seen{stops.stopped_epoch(), stops.best_epoch(), stops.best().value(), numbers_of(model.get_weights()),
                model.optimizer()->learning_rate()};
  };
  const Seen undisturbed = trained({});
  ASSERT_GT(undisturbed.stopped, 4);
  for (const std::int64_t killed_after : {15, 22, 29}) {
    EXPECT_THROW(trained({backup(3), KilledAt(killed_after)}), Killed);
    EXPECT_EQ(trained({backup(3)}), undisturbed) << killed_after;
  }
}

TEST_F(Backup, GoesOnWhereAStopCameFromOutside) {
  const End whole = run(3, [] { return CallbackList(); });
  class Requests : public Callback {
   public:
    explicit Requests(std::stop_source source) : source_(std::move(source)) {}
    void on_train_batch_end(std::int64_t batch, const Logs&) override {
      if (batch == 2) source_.request_stop();
    }

   private:
    std::stop_source source_;
  };
  {
    Session session({.seed = 11});
    Sequential model = network(session);
    std::stop_source source;
    FitOptions options = options_of(3, {backup(), Requests(source)});
    options.stop_token = source.get_token();
    EXPECT_EQ(model.fit(x, y, options).epochs().size(), 1u);
  }
  ASSERT_TRUE(fs::exists(folder_));
  EXPECT_EQ(run(3, [&] { return CallbackList{backup()}; }).weights, whole.weights);
}

TEST_F(Backup, GoesOnInEpochsThatArePartsOfTheData) {
  const auto part_run = [&](CallbackList list) {
    Session session({.seed = 11});
    Sequential model = network(session);
    FitOptions options = options_of(4, std::move(list));
    options.steps_per_epoch = 2;
    model.fit(x, y, options);
    return numbers_of(model.get_weights());
  };
  const std::vector<float> whole = part_run({});
  for (const std::int64_t killed_after : {2, 3, 5}) {
    EXPECT_THROW(part_run({backup(1), KilledAt(killed_after)}), Killed);
    EXPECT_EQ(part_run({backup(1)}), whole) << killed_after;
  }
}

TEST_F(Backup, GoesOnWithAStreamThatBeginsAnew) {
  const auto streamed = [&](CallbackList list, bool has_steps) {
    Session session({.seed = 11});
    Sequential model = network(session);
    int batch = 0;
    const Dataset stream = Dataset::from_generator([&, ends = !has_steps]() -> std::optional<keratin::Batch> {
      if (ends && batch % 4 == 3) return ++batch, std::nullopt;
      const std::int64_t first = batch++ * 5 % 40;
      return keratin::Batch{x.rows(first, first + 4), y.rows(first, first + 4)};
    });
    FitOptions options = options_of(4, std::move(list));
    options.validation_data = {};
    if (has_steps) options.steps_per_epoch = 3;
    model.fit(stream, options);
    return numbers_of(model.get_weights());
  };
  for (const bool has_steps : {false, true}) {
    const std::vector<float> whole = streamed({}, has_steps);
    for (const std::int64_t killed_after : {1, 3, 4, 8}) {
      EXPECT_THROW(streamed({backup(1), KilledAt(killed_after)}, has_steps), Killed);
      EXPECT_EQ(streamed({backup(1)}, has_steps), whole) << killed_after;
    }
  }
}

TEST_F(Backup, GoesStraightToWhereADatasetStood) {
  for (const std::int64_t steps : {0, 4}) {
    std::int64_t mapped = 0;
    const auto streamed = [&](CallbackList list) {
      mapped = 0;
      Session session({.seed = 11});
      Sequential model = network(session);
      Dataset rows = Dataset::from_arrays(x, y).shuffle(20, {.seed = 3});
      if (steps > 0) rows = rows.repeat();
      const Dataset batches = rows.batch(8)
                                  .map([&](keratin::Batch batch) {
                                    ++mapped;
                                    return batch;
                                  })
                                  .prefetch(1);
      FitOptions options = options_of(6, std::move(list));
      options.batch_size = {};
      options.steps_per_epoch = steps;
      options.validation_data = batches.take(2);  // and it counts epochs too
      model.fit(batches, options);
      return numbers_of(model.get_weights());
    };
    const std::vector<float> whole = streamed({});
    const std::int64_t batches = steps == 0 ? 6 : 4;
    for (const std::int64_t killed_after : {1, 5, 6, 7, 12, 23}) {
      EXPECT_THROW(streamed({backup(1), KilledAt(killed_after)}), Killed);
      EXPECT_EQ(streamed({backup(1)}), whole) << steps << " " << killed_after;
      // What is left, validations, and a few that were made ahead or looked at.
      EXPECT_LE(mapped, 6 * batches - killed_after + 6 * 4 + 4) << steps << " " << killed_after;
    }
  }
}

TEST_F(Backup, SetsRatesOfASchedulerOnce) {
  const auto scheduled = [&](CallbackList list) {
    list.emplace_back(callbacks::LearningRateScheduler([](std::int64_t, double rate) { return rate * 0.8; }));
    return run(3, [&] { return std::move(list); });
  };
  const End whole = scheduled({});
  EXPECT_THROW(scheduled({backup(2), KilledAt(9)}), Killed);
  EXPECT_EQ(scheduled({backup(2)}).weights, whole.weights);
}

TEST_F(Backup, OfAnotherNameInTheSameSessionIsGoneOnWith) {
  const End whole = run(3, [] { return CallbackList(); });
  Session session({.seed = 11});
  Sequential first = network(session, "sequential");
  EXPECT_THROW(first.fit(x, y, options_of(3, {backup(), KilledAt(8)})), Killed);
  session.clear();
  Sequential second = network(session);
  second.fit(x, y, options_of(3, {backup()}));
  EXPECT_EQ(numbers_of(second.get_weights()), whole.weights);
}

TEST_F(Backup, OfAnotherModelIsRefused) {
  EXPECT_THROW(run(3, [&] { return CallbackList{backup(), KilledAt(8)}; }), Killed);
  Session session;
  Sequential other = compiled_classifier(session);
  const std::vector<float> before = numbers_of(other.get_weights());
  EXPECT_THROW(other.fit(x, y, options_of(3, {backup()})), FileError);
  EXPECT_EQ(numbers_of(other.get_weights()), before);
}

TEST_F(Backup, DamagedIsAFileErrorOrTheOneBefore) {
  const auto doubled = [&] {
    return callbacks::BackupAndRestore(folder_, {.save_freq = 1, .double_checkpoint = true});
  };
  const End whole = run(2, [] { return CallbackList(); });
  EXPECT_THROW(run(2, [&] { return CallbackList{doubled(), KilledAt(8)}; }), Killed);
  fs::resize_file(folder_ + "/latest.run", fs::file_size(folder_ + "/latest.run") / 2);
  std::string warned;
  log::set_sink([&](log::Level, std::string_view text) { warned += text; });
  EXPECT_EQ(run(2, [&] { return CallbackList{doubled()}; }).weights, whole.weights);
  log::set_sink({});
  EXPECT_NE(warned.find("latest.run"), std::string::npos) << warned;

  EXPECT_THROW(run(2, [&] { return CallbackList{backup(1), KilledAt(8)}; }), Killed);
  const auto size = fs::file_size(folder_ + "/latest.run");
  for (const std::uintmax_t kept : {std::uintmax_t{0}, size / 3, size - 1}) {
    fs::resize_file(folder_ + "/latest.run", kept);
    EXPECT_THROW(run(2, [&] { return CallbackList{backup(1)}; }), FileError) << kept;
  }
  std::ofstream(folder_ + "/latest.run") << "no backup";
  EXPECT_THROW(run(2, [&] { return CallbackList{backup(1)}; }), FileError);
}

TEST_F(Backup, ThatCanNotBeWrittenIsAFileError) {
  std::ofstream(folder_) << "a file";
  EXPECT_THROW(run(2, [&] { return CallbackList{backup()}; }), FileError);
  fs::remove(folder_);
}

TEST_F(Backup, RefusesWhatMakesNoSense) {
  EXPECT_THROW(callbacks::BackupAndRestore(""), ValueError);
  EXPECT_THROW(callbacks::BackupAndRestore("x", {.save_freq = 0}), ValueError);
  EXPECT_THROW(callbacks::BackupAndRestore("x", {.save_freq = "batch"}), ValueError);
  Session session;
  Sequential unbuilt(session, {layers::Dense(3)});
  unbuilt.compile({.loss = "mse"});
  const Dataset stream = Dataset::from_generator([]() -> std::optional<keratin::Batch> { return std::nullopt; });
  EXPECT_THROW(unbuilt.fit(stream, {.verbose = 0, .callbacks = {backup()}}), NotBuiltError);
}

TEST_F(Backup, HoldsMemoryOfTheSessionForAsLongAsFitRuns) {
  Session session({.seed = 11});
  Sequential model = network(session);
  class Looks : public Callback {
   public:
    explicit Looks(Session& session) : session_(session) {}
    void on_epoch_end(std::int64_t, const Logs&) override {
      bytes = session_.memory().by_category.at(MemoryCategory::callbacks);
    }
    std::int64_t bytes = -1;

   private:
    Session& session_;
  };
  Looks looks(session);
  callbacks::EarlyStopping stops({.monitor = "loss", .patience = 9, .restore_best_weights = true});
  model.fit(x, y, options_of(2, {borrow(stops), borrow(looks)}));
  std::int64_t weights = 0;
  for (const Array& each : model.get_weights()) weights += each.nbytes();
  EXPECT_GE(looks.bytes, weights);
  EXPECT_EQ(session.memory().by_category.at(MemoryCategory::callbacks), 0);
  EXPECT_THROW(model.fit(x, y, options_of(2, {borrow(stops), KilledAt(7)})), Killed);
  EXPECT_EQ(session.memory().by_category.at(MemoryCategory::callbacks), 0);
}

}  // namespace

#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "keratin/core/callable.h"
#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/training/callbacks/monitor.h"

namespace keratin::inline v0::callbacks {

/// Sets the optimizer's learning rate when an epoch begins, and adds it to the epoch's logs as "learning_rate"; of a
/// MultiOptimizer those of all its optimizers, as "learning_rate_" and the optimizer's name.
/// `keras.callbacks.LearningRateScheduler`.
class KERATIN_API LearningRateScheduler : public Callback {
 public:
  /// `schedule(epoch, learning_rate)`, or `schedule(epoch)`, gives the new learning rate. With verbose=1 it is printed.
  template <class F>
    requires std::is_invocable_r_v<double, F&, std::int64_t, double>
  explicit LearningRateScheduler(F schedule, int verbose = 0) : schedule_(std::move(schedule)), verbose_(verbose) {}
  template <class F>
    requires(std::is_invocable_r_v<double, F&, std::int64_t> &&
             !std::is_invocable_r_v<double, F&, std::int64_t, double>)
  explicit LearningRateScheduler(F schedule, int verbose = 0)
      : schedule_([own = std::move(schedule)](std::int64_t epoch, double) mutable -> double { return own(epoch); }),
        verbose_(verbose) {}

  /// Throws ValueError for a learning rate that isn't finite, or an optimizer whose rate follows a schedule.
  void on_epoch_begin(std::int64_t epoch) override;
  void on_epoch_end(std::int64_t epoch, const Logs& logs) override;

 private:
  Callable<double(std::int64_t epoch, double learning_rate)> schedule_;
  int verbose_;
};

struct ReduceLROnPlateauOptions {
  std::string monitor = "val_loss";
  double factor = 0.1;
  std::int64_t patience = 10;
  int verbose = 0;
  Mode mode = Mode::automatic;
  double min_delta = 1e-4;
  std::int64_t cooldown = 0;
  double min_lr = 0.0;
};

/// Lowers the optimizer's learning rate when a number has stopped getting better, and adds it to the epoch's logs as
/// "learning_rate"; of a MultiOptimizer those of all its optimizers, as LearningRateScheduler does.
/// `keras.callbacks.ReduceLROnPlateau`.
class KERATIN_API ReduceLROnPlateau : public MonitorCallback {
 public:
  /// Throws ValueError for a factor of 1 or more.
  explicit ReduceLROnPlateau(ReduceLROnPlateauOptions options = {});
  void on_train_begin() override;
  void on_epoch_end(std::int64_t epoch, const Logs& logs) override;
  Config state() const override;
  void set_state(const Config& state) override;

  bool in_cooldown() const noexcept { return cooldown_counter_ > 0; }

 private:
  bool reduce(std::int64_t epoch);

  ReduceLROnPlateauOptions options_;
  std::int64_t cooldown_counter_ = 0;
  std::int64_t wait_ = 0;
};

}  // namespace keratin::inline v0::callbacks

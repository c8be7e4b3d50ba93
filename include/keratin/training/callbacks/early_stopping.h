#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/training/callbacks/monitor.h"

namespace keratin::inline v0::callbacks {

struct EarlyStoppingOptions {
  std::string monitor = "val_loss";
  double min_delta = 0.0;
  std::int64_t patience = 0;
  int verbose = 0;
  Mode mode = Mode::automatic;
  std::optional<double> baseline = std::nullopt;
  bool restore_best_weights = false;
  std::int64_t start_from_epoch = 0;
};

/// Ends fit when a number has stopped getting better. `keras.callbacks.EarlyStopping`.
class KERATIN_API EarlyStopping : public MonitorCallback {
 public:
  explicit EarlyStopping(EarlyStoppingOptions options = {});
  void on_train_begin() override;
  void on_epoch_end(std::int64_t epoch, const Logs& logs) override;
  void on_train_end(const Logs& logs) override;
  Config state() const override;
  void set_state(const Config& state) override;

  /// The epoch after which it stopped; 0: it didn't.
  std::int64_t stopped_epoch() const noexcept { return stopped_epoch_; }
  std::int64_t best_epoch() const noexcept { return best_epoch_; }

 private:
  EarlyStoppingOptions options_;
  std::int64_t wait_ = 0;
  std::int64_t stopped_epoch_ = 0;
  std::int64_t best_epoch_ = 0;
};

}  // namespace keratin::inline v0::callbacks

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/saving/save_freq.h"
#include "keratin/training/callbacks/monitor.h"

namespace keratin::inline v0::callbacks {

struct ModelCheckpointOptions {
  std::string monitor = "val_loss";
  int verbose = 0;
  bool save_best_only = false;
  bool save_weights_only = false;
  Mode mode = Mode::automatic;
  SaveFreq save_freq = {};
  std::optional<double> initial_value_threshold = std::nullopt;
};

/// Saves the model, or its weights, as it trains. Each file appears whole or not at all, whenever the process ends.
/// `keras.callbacks.ModelCheckpoint`.
class KERATIN_API ModelCheckpoint : public MonitorCallback {
 public:
  /// `filepath` ends in `.keras`, or with save_weights_only in `.weights.h5`. In it {epoch} and {batch}, which count
  /// from 1, and the names of the logs stand for their values, formatted as Python does:
  /// "{epoch:02d}-{val_loss:.2f}.keras". Folders are made. Throws ValueError for another end, and for a format that
  /// Python does not have.
  explicit ModelCheckpoint(std::string filepath, ModelCheckpointOptions options = {});
  /// These throw FileError where a file can't be written, and KeyError for a name that the logs do not have.
  void on_epoch_begin(std::int64_t epoch) override;
  void on_train_batch_end(std::int64_t batch, const Logs& logs) override;
  void on_epoch_end(std::int64_t epoch, const Logs& logs) override;
  Config state() const override;
  void set_state(const Config& state) override;

 private:
  void save(std::int64_t batch, const Logs& logs);
  bool is_to_be_saved(const Logs& logs, const std::string& path);

  std::string filepath_;
  ModelCheckpointOptions options_;
  std::int64_t epoch_ = 0;
  std::int64_t last_batch_ = -1;
  std::int64_t batches_since_ = 0;
};

}  // namespace keratin::inline v0::callbacks

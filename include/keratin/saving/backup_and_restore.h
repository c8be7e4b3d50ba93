#pragma once

#include <cstdint>
#include <string>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/saving/save_freq.h"
#include "keratin/training/callback.h"

namespace keratin::inline v0::callbacks {

struct BackupAndRestoreOptions {
  SaveFreq save_freq = {};
  /// The backup before the last one is kept too, for the case that the last one can't be read.
  bool double_checkpoint = false;
  /// The backup is removed when training has come to its end.
  bool delete_checkpoint = true;
};

/// Keeps what a run needs to go on where it was stopped, in the middle of an epoch too: weights, the optimizer's state,
/// random streams, metrics, the order of the rows, and the state of all callbacks of the fit. The same program, run
/// again, ends with the same bits as if it had not been stopped. A backup appears whole or not at all. A Dataset is
/// taken to begin anew in the new process. `keras.callbacks.BackupAndRestore`.
///
/// When fit is stopped in the middle of an epoch, by FitOptions::stop_token, a time limit or context().stop(), that
/// place is backed up as well; after the first two, the backup stays.
class KERATIN_API BackupAndRestore : public Callback {
 public:
  /// Throws ValueError for an empty folder's name, or a save_freq below 1.
  explicit BackupAndRestore(std::string backup_dir, BackupAndRestoreOptions options = {});
  /// Throws NotBuiltError for a model that isn't built, and FileError for a backup that can't be read, or is another
  /// model's.
  void on_train_begin() override;
  void on_epoch_begin(std::int64_t epoch) override;
  /// These throw FileError where the backup can't be written; an earlier one stays.
  void on_train_batch_end(std::int64_t batch, const Logs& logs) override;
  void on_epoch_end(std::int64_t epoch, const Logs& logs) override;
  void on_train_end(const Logs& logs) override;
  Config state() const override;
  void set_state(const Config& state) override;

 private:
  std::string backup_dir_;
  BackupAndRestoreOptions options_;
  std::int64_t last_batch_ = -1;
  std::int64_t batches_since_ = 0;
};

}  // namespace keratin::inline v0::callbacks

#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/export.h"
#include "keratin/training/callback.h"

namespace keratin::inline v0::diagnostics {

struct ContaminationMonitorOptions {
  /// An integer for each row of x, where batches are in the rows' order: states that outlive their sequence are counted
  /// then.
  Array sequence_ids = {};
  bool log = true;  ///< a warning at the end of a fit in which states went over an epoch's or a sequence's end
};

/// What a fit carried from batch to batch.
struct CarriedStates {
  std::vector<std::string> layers;  ///< that keep states
  std::vector<std::string> mixing;  ///< BatchNormalization layers that train: they mix a batch's rows
  std::int64_t batches = 0;
  std::int64_t carried_batches = 0;  ///< begun with states other than 0, but for an epoch's first
  std::int64_t carried_epochs = 0;   ///< begun so
  std::int64_t carried_rows = 0;     ///< rows that began a sequence so
  bool carried_into_fit = false;     ///< the first batch began with what ran before
  double largest_state = 0.0;        ///< absolute, at the beginning of a batch
};
KERATIN_API std::ostream& operator<<(std::ostream& out, const CarriedStates& states);

/// Watches a fit: looks at the states of stateful layers before each batch (with steps_per_execution, each execution),
/// which costs reading them once. Changes nothing.
///
///     kt::diagnostics::ContaminationMonitor monitor;
///     model.fit(x, y, {.shuffle = false, .callbacks = {kt::borrow(monitor)}});
///     std::cout << monitor.seen() << '\n';
class KERATIN_API ContaminationMonitor : public Callback {
 public:
  explicit ContaminationMonitor(ContaminationMonitorOptions options = {});

  /// Of the last fit.
  const CarriedStates& seen() const noexcept { return seen_; }

  void on_train_begin() override;
  void on_train_batch_begin(std::int64_t batch) override;
  void on_train_batch_end(std::int64_t batch, const Logs& logs) override;
  void on_train_end(const Logs& logs) override;

 private:
  void count_outlived(const std::vector<bool>& set, std::int64_t batch);

  ContaminationMonitorOptions options_;
  CarriedStates seen_;
  std::int64_t rows_ = 0;       ///< of a batch
  std::int64_t epoch_row_ = 0;  ///< where the epoch began: with steps_per_epoch, where the one before ended
  std::int64_t done_ = 0;       ///< batches of the epoch
};

}  // namespace keratin::inline v0::diagnostics

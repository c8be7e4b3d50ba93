#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/core/export.h"
#include "keratin/core/memory.h"
#include "keratin/session/stats.h"
#include "keratin/training/callback.h"

namespace keratin::inline v0::callbacks {

/// What a session and its process held at one moment of a fit.
struct MemoryRecord {
  double seconds = 0.0;  ///< since the fit began
  std::int64_t epoch = 0;
  std::int64_t batch = -1;  ///< −1: at the epoch's end
  MemoryReport session;     ///< without owners
  GraphStats graph;
  ProcessMemory process;
};

struct MemoryMonitorOptions {
  /// The folder in which memory.csv gets a line for each record, fit after fit; made if it isn't there. Empty: none.
  std::string log_dir = {};
  std::int64_t every_epochs = 1;   ///< a record after so many epochs; 0: none
  std::int64_t every_batches = 0;  ///< a record after so many batches; 0: none
  Bytes warn_at = {};              ///< bytes that the session has in use at which it warns, once a fit; 0: never
  Bytes stop_at = {};              ///< … at which it ends the training
  Bytes process_warn_at = {};      ///< the same of the process's private memory
  Bytes process_stop_at = {};
};

/// Notes what the session and the process hold as a fit goes on, warns above a limit and ends the training above
/// another. Writes a log if it is told where.
class KERATIN_API MemoryMonitor : public Callback {
 public:
  /// Throws ValueError for negative numbers.
  explicit MemoryMonitor(MemoryMonitorOptions options = {});
  ~MemoryMonitor() override;
  MemoryMonitor(const MemoryMonitor&) = delete;
  MemoryMonitor& operator=(const MemoryMonitor&) = delete;
  MemoryMonitor(MemoryMonitor&&) noexcept;
  MemoryMonitor& operator=(MemoryMonitor&&) noexcept;

  /// Throws FileError where the log can't be written.
  void on_train_begin() override;
  void on_train_batch_end(std::int64_t batch, const Logs& logs) override;
  void on_epoch_begin(std::int64_t epoch) override;
  void on_epoch_end(std::int64_t epoch, const Logs& logs) override;
  void on_train_end(const Logs& logs) override;

  /// Of the last fit, or the one at work.
  const std::vector<MemoryRecord>& records() const noexcept { return records_; }
  /// What the training was ended for; empty if it wasn't.
  const std::string& stopped_by() const noexcept { return stopped_by_; }

 private:
  void record(std::int64_t batch);
  void compare(std::string_view what, std::int64_t bytes, Bytes limit, bool ends, const MemoryReport& report);

  struct Run;
  MemoryMonitorOptions options_;
  std::shared_ptr<Run> run_;
  std::vector<MemoryRecord> records_;
  std::string stopped_by_;
};

}  // namespace keratin::inline v0::callbacks

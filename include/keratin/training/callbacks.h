#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/callable.h"
#include "keratin/core/export.h"
#include "keratin/training/callback.h"

namespace keratin::inline v0::callbacks {

/// Whether a smaller or a larger number is better; automatic: by the name ("accuracy" and the like: larger).
enum class Mode : std::uint8_t { automatic, min, max };

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
class KERATIN_API EarlyStopping : public Callback {
 public:
  explicit EarlyStopping(EarlyStoppingOptions options = {});
  void on_train_begin() override;
  void on_epoch_end(std::int64_t epoch, const Logs& logs) override;
  void on_train_end(const Logs& logs) override;

  /// The epoch after which it stopped; 0: it didn't.
  std::int64_t stopped_epoch() const noexcept { return stopped_epoch_; }
  std::int64_t best_epoch() const noexcept { return best_epoch_; }
  double best() const noexcept { return best_; }

 private:
  bool is_better(double value, double reference) const noexcept;

  EarlyStoppingOptions options_;
  bool larger_is_better_ = false;
  double best_ = 0.0;
  std::int64_t wait_ = 0;
  std::int64_t stopped_epoch_ = 0;
  std::int64_t best_epoch_ = 0;
  std::vector<Array> best_weights_;
};

struct CSVLoggerOptions {
  std::string separator = ",";
  bool append = false;
};

/// Writes each epoch's numbers as a line, at once. Throws FileError. `keras.callbacks.CSVLogger`.
class KERATIN_API CSVLogger : public Callback {
 public:
  explicit CSVLogger(std::string filename, CSVLoggerOptions options = {});
  ~CSVLogger() override;
  CSVLogger(const CSVLogger&) = delete;
  CSVLogger& operator=(const CSVLogger&) = delete;
  CSVLogger(CSVLogger&&) noexcept;
  CSVLogger& operator=(CSVLogger&&) noexcept;
  void on_train_begin() override;
  void on_epoch_end(std::int64_t epoch, const Logs& logs) override;
  void on_train_end(const Logs& logs) override;

 private:
  struct File;
  std::string filename_;
  CSVLoggerOptions options_;
  std::unique_ptr<File> file_;
};

/// Functions of the user's for the hooks. `keras.callbacks.LambdaCallback`.
struct LambdaCallbackOptions {
  Callable<void(std::int64_t epoch)> on_epoch_begin = {};
  Callable<void(std::int64_t epoch, const Logs& logs)> on_epoch_end = {};
  Callable<void()> on_train_begin = {};
  Callable<void(const Logs& logs)> on_train_end = {};
  Callable<void(std::int64_t batch)> on_train_batch_begin = {};
  Callable<void(std::int64_t batch, const Logs& logs)> on_train_batch_end = {};
};
class KERATIN_API LambdaCallback : public Callback {
 public:
  explicit LambdaCallback(LambdaCallbackOptions functions);
  void on_epoch_begin(std::int64_t epoch) override;
  void on_epoch_end(std::int64_t epoch, const Logs& logs) override;
  void on_train_begin() override;
  void on_train_end(const Logs& logs) override;
  void on_train_batch_begin(std::int64_t batch) override;
  void on_train_batch_end(std::int64_t batch, const Logs& logs) override;

 private:
  LambdaCallbackOptions functions_;
};

/// Ends fit when the loss is NaN or infinite. `keras.callbacks.TerminateOnNaN`.
class KERATIN_API TerminateOnNaN : public Callback {
 public:
  TerminateOnNaN() = default;
  void on_train_batch_end(std::int64_t batch, const Logs& logs) override;
};

/// Keras's progress bar on a terminal, plain lines otherwise; fit adds it unless verbose is 0.
/// `keras.callbacks.ProgbarLogger`.
class KERATIN_API ProgbarLogger : public Callback {
 public:
  ProgbarLogger();
  ~ProgbarLogger() override;
  ProgbarLogger(ProgbarLogger&&) noexcept;
  ProgbarLogger& operator=(ProgbarLogger&&) noexcept;
  void on_epoch_begin(std::int64_t epoch) override;
  void on_train_batch_end(std::int64_t batch, const Logs& logs) override;
  void on_epoch_end(std::int64_t epoch, const Logs& logs) override;
  void on_test_begin() override;
  void on_test_batch_end(std::int64_t batch, const Logs& logs) override;
  void on_test_end(const Logs& logs) override;
  void on_predict_begin() override;
  void on_predict_batch_end(std::int64_t batch) override;
  void on_predict_end() override;

 private:
  struct Bar;
  std::unique_ptr<Bar> bar_;
};

}  // namespace keratin::inline v0::callbacks

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/training/callback.h"

namespace keratin::inline v0::callbacks {

/// Gathers each epoch's numbers, of one fit after another; what fit returns are those of that fit.
/// `keras.callbacks.History`.
class KERATIN_API History : public Callback {
 public:
  void on_train_begin() override;
  void on_epoch_end(std::int64_t epoch, const Logs& logs) override;

  /// The numbers of all epochs; the epochs are those of the last fit.
  const keratin::History& history() const noexcept { return history_; }

 private:
  keratin::History history_;
};

struct CSVLoggerOptions {
  std::string separator = ",";
  bool append = false;
};

/// Writes each epoch's numbers as a line, at once. A run that BackupAndRestore goes on with also goes on with the file
/// where append is set. Throws FileError. `keras.callbacks.CSVLogger`.
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
  Config state() const override;
  void set_state(const Config& state) override;

 private:
  struct File;
  std::string filename_;
  CSVLoggerOptions options_;
  std::shared_ptr<File> file_;
};

/// Keras's progress bar on a terminal, plain lines otherwise; fit, evaluate and predict add one unless verbose is 0 or
/// there is one. `keras.callbacks.ProgbarLogger`.
class KERATIN_API ProgbarLogger : public Callback {
 public:
  ProgbarLogger();
  ~ProgbarLogger() override;
  ProgbarLogger(ProgbarLogger&&) noexcept;
  ProgbarLogger& operator=(ProgbarLogger&&) noexcept;
  void on_train_begin() override;
  void on_epoch_begin(std::int64_t epoch) override;
  void on_train_batch_end(std::int64_t batch, const Logs& logs) override;
  void on_epoch_end(std::int64_t epoch, const Logs& logs) override;
  void on_train_end(const Logs& logs) override;
  void on_test_begin() override;
  void on_test_batch_end(std::int64_t batch, const Logs& logs) override;
  void on_test_end(const Logs& logs) override;
  void on_predict_begin() override;
  void on_predict_batch_end(std::int64_t batch, const Outputs& outputs) override;
  void on_predict_end() override;

 private:
  struct Bar;
  std::shared_ptr<Bar> bar_;
};

}  // namespace keratin::inline v0::callbacks

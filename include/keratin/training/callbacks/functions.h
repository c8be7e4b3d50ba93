#pragma once

#include <cstdint>

#include "keratin/core/callable.h"
#include "keratin/core/export.h"
#include "keratin/training/callback.h"

namespace keratin::inline v0::callbacks {

/// Functions of the user's for the hooks.
struct LambdaCallbackOptions {
  Callable<void(std::int64_t epoch)> on_epoch_begin = {};
  Callable<void(std::int64_t epoch, const Logs& logs)> on_epoch_end = {};
  Callable<void()> on_train_begin = {};
  Callable<void(const Logs& logs)> on_train_end = {};
  Callable<void(std::int64_t batch)> on_train_batch_begin = {};
  Callable<void(std::int64_t batch, const Logs& logs)> on_train_batch_end = {};
  Callable<void(std::int64_t batch)> on_batch_begin = {};  ///< where on_train_batch_begin isn't given
  Callable<void(std::int64_t batch, const Logs& logs)> on_batch_end = {};
  Callable<void()> on_test_begin = {};
  Callable<void(const Logs& logs)> on_test_end = {};
  Callable<void(std::int64_t batch)> on_test_batch_begin = {};
  Callable<void(std::int64_t batch, const Logs& logs)> on_test_batch_end = {};
  Callable<void()> on_predict_begin = {};
  Callable<void()> on_predict_end = {};
  Callable<void(std::int64_t batch)> on_predict_batch_begin = {};
  Callable<void(std::int64_t batch, const Outputs& outputs)> on_predict_batch_end = {};
};

/// A callback of functions. `keras.callbacks.LambdaCallback`.
class KERATIN_API LambdaCallback : public Callback {
 public:
  explicit LambdaCallback(LambdaCallbackOptions functions);
  void on_epoch_begin(std::int64_t epoch) override;
  void on_epoch_end(std::int64_t epoch, const Logs& logs) override;
  void on_train_begin() override;
  void on_train_end(const Logs& logs) override;
  void on_train_batch_begin(std::int64_t batch) override;
  void on_train_batch_end(std::int64_t batch, const Logs& logs) override;
  void on_batch_begin(std::int64_t batch) override;
  void on_batch_end(std::int64_t batch, const Logs& logs) override;
  void on_test_begin() override;
  void on_test_end(const Logs& logs) override;
  void on_test_batch_begin(std::int64_t batch) override;
  void on_test_batch_end(std::int64_t batch, const Logs& logs) override;
  void on_predict_begin() override;
  void on_predict_end() override;
  void on_predict_batch_begin(std::int64_t batch) override;
  void on_predict_batch_end(std::int64_t batch, const Outputs& outputs) override;

 private:
  LambdaCallbackOptions functions_;
};

struct TerminateOnNaNOptions {
  bool raise_error = false;
};

/// Ends fit when the loss is NaN or infinite; with raise_error by throwing ValueError, so that no on_train_end is
/// called (a backup stays). `keras.callbacks.TerminateOnNaN`.
class KERATIN_API TerminateOnNaN : public Callback {
 public:
  explicit TerminateOnNaN(TerminateOnNaNOptions options = {}) : options_(options) {}
  void on_batch_end(std::int64_t batch, const Logs& logs) override;

 private:
  TerminateOnNaNOptions options_;
};

}  // namespace keratin::inline v0::callbacks

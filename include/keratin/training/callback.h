#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/training/logs.h"

namespace keratin::inline v0 {

class Callback;
class Model;
class Outputs;

/// What a callback may do while fit, evaluate or predict runs.
class KERATIN_API CallbackContext {
 public:
  virtual ~CallbackContext();
  virtual Model& model() = 0;
  /// Ends fit after the batch at hand (Keras's model.stop_training).
  virtual void stop() noexcept = 0;
  virtual std::int64_t epochs() const noexcept = 0;
  /// Batches of an epoch; −1 while it isn't known (a generator's first epoch).
  virtual std::int64_t steps() const noexcept = 0;
  virtual int verbose() const noexcept = 0;

  /// In on_epoch_end: a number of this name in the epoch's logs, for the callbacks after this one and the history
  /// (Keras's logs[name] = value). Throws ValueError elsewhere.
  virtual void add_log(std::string_view name, double value) = 0;

  /// Keeps a copy of the model's weights for a callback, in the place of its earlier one. The copy is on the session's
  /// books (MemoryCategory::callbacks) and ends with the fit, evaluate or predict at work.
  virtual void keep_weights(const Callback& callback) = 0;
  virtual bool has_kept_weights(const Callback& callback) const noexcept = 0;
  /// Gives the model the weights that were kept for a callback. Throws ValueError where there are none.
  virtual void restore_weights(const Callback& callback) = 0;
};

/// Hooks of fit, evaluate and predict, in Keras's order and with Keras's arguments; hooks whose logs Keras leaves empty
/// have none. A validation within fit calls those of evaluate. Users derive from it. `keras.callbacks.Callback`.
class KERATIN_API Callback {
 public:
  virtual ~Callback();

  virtual void on_train_begin() {}
  virtual void on_train_end(const Logs&) {}
  virtual void on_epoch_begin(std::int64_t) {}
  virtual void on_epoch_end(std::int64_t, const Logs&) {}
  virtual void on_train_batch_begin(std::int64_t batch) { on_batch_begin(batch); }
  virtual void on_train_batch_end(std::int64_t batch, const Logs& logs) { on_batch_end(batch, logs); }
  /// Keras's older names of the two before, which call them.
  virtual void on_batch_begin(std::int64_t) {}
  virtual void on_batch_end(std::int64_t, const Logs&) {}
  virtual void on_test_begin() {}
  virtual void on_test_end(const Logs&) {}
  virtual void on_test_batch_begin(std::int64_t) {}
  virtual void on_test_batch_end(std::int64_t, const Logs&) {}
  virtual void on_predict_begin() {}
  virtual void on_predict_end() {}
  virtual void on_predict_batch_begin(std::int64_t) {}
  /// The batch's outputs, as arrays of the prediction at work: a copy of one that is to stay is taken with copy().
  virtual void on_predict_batch_end(std::int64_t, const Outputs&) {}

  /// What a run that goes on later has to know of it beside its options: counters, the best number so far. Together
  /// with the weights kept for it, BackupAndRestore stores it for every callback of a fit.
  virtual Config state() const { return {}; }
  /// As state() gave it; called after on_train_begin, or in the middle of an epoch after on_epoch_begin.
  virtual void set_state(const Config&) {}

  /// The class's name, as session.callbacks() lists it.
  std::string class_name() const;

  /// Ends with the callback: sessions know by it which of those that they have seen exist still.
  std::weak_ptr<const void> life();

  /// Set while it is at work, by fit, evaluate and predict; nullptr otherwise. The one before.
  CallbackContext* set_context(CallbackContext* context) noexcept { return std::exchange(context_, context); }

 protected:
  Callback() = default;
  // A copy isn't at work, and has a life of its own.
  Callback(const Callback&) noexcept {}
  Callback& operator=(const Callback&) noexcept { return *this; }  // NOLINT(bugprone-unhandled-self-assignment)
  /// Throws ValueError when the callback isn't at work.
  CallbackContext& context() const;
  Model& model() const { return context().model(); }

 private:
  CallbackContext* context_ = nullptr;
  std::shared_ptr<const void> life_;  ///< made when it is first asked for
};

/// Lends the user's callback: kt::borrow(callback).
template <class T>
struct Borrowed {
  T* callback;
};
template <std::derived_from<Callback> T>
Borrowed<T> borrow(T& callback) noexcept {
  return {&callback};
}
template <std::derived_from<Callback> T>
void borrow(T&& callback)
  requires(!std::is_lvalue_reference_v<T>)
= delete;  // a temporary would be gone before fit ends: pass it by value

/// A callback for one fit: a value or a shared_ptr, which is held until it ends, or kt::borrow(callback). A plain
/// lvalue does not compile, as it would not say whether it is copied or lent.
class KERATIN_API CallbackSpec {
 public:
  template <class T>
    requires(std::derived_from<T, Callback> && !std::is_lvalue_reference_v<T>)
  // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): a CallbackSpec is no Callback
  CallbackSpec(T&& callback) : callback_(std::make_shared<T>(std::forward<T>(callback))) {}
  template <std::derived_from<Callback> T>
  CallbackSpec(std::shared_ptr<T> callback) : callback_(std::move(callback)) {}
  template <std::derived_from<Callback> T>
  CallbackSpec(Borrowed<T> borrowed) noexcept : CallbackSpec(Borrowed<Callback>{borrowed.callback}) {}
  CallbackSpec(Borrowed<Callback> borrowed) noexcept;
  CallbackSpec(const CallbackSpec& other) noexcept;
  CallbackSpec(CallbackSpec&& other) noexcept;
  CallbackSpec& operator=(const CallbackSpec& other) noexcept;
  CallbackSpec& operator=(CallbackSpec&& other) noexcept;
  ~CallbackSpec();

  const std::shared_ptr<Callback>& callback() const noexcept { return callback_; }

 private:
  std::shared_ptr<Callback> callback_;
};
using CallbackList = std::vector<CallbackSpec>;

}  // namespace keratin::inline v0

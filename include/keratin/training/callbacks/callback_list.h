#pragma once

#include <cstdint>
#include <memory>

#include "keratin/core/export.h"
#include "keratin/training/callback.h"
#include "keratin/training/logs.h"
#include "keratin/training/model.h"

namespace keratin::inline v0::callbacks {

struct CallbackListOptions {
  bool add_history = false;
  bool add_progbar = false;
  Model model = {};
  /// What the callbacks' context says of the run.
  int verbose = 1;
  std::int64_t epochs = 1;
  std::int64_t steps = -1;  ///< −1: not known
};

/// Callbacks of a training loop of one's own, which calls the hooks: each goes to every callback, in their order.
/// `keras.callbacks.CallbackList`.
class KERATIN_API CallbackList : public Callback {
 public:
  /// Throws ValueError where no model is given.
  explicit CallbackList(keratin::CallbackList callbacks, CallbackListOptions options = {});
  ~CallbackList() override;
  CallbackList(const CallbackList&) = delete;
  CallbackList& operator=(const CallbackList&) = delete;

  void on_train_begin() override;
  void on_train_end(const Logs& logs) override;
  void on_epoch_begin(std::int64_t epoch) override;
  void on_epoch_end(std::int64_t epoch, const Logs& logs) override;
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

  /// Whether a callback has asked for the end (Keras's model.stop_training), since on_train_begin.
  bool stop_training() const noexcept;
  /// The numbers of the History that was added or among the callbacks. Throws ValueError where there is none.
  const keratin::History& history() const;

 private:
  struct Run;
  std::shared_ptr<Run> run_;
};

}  // namespace keratin::inline v0::callbacks

#include "keratin/training/callbacks/callback_list.h"

#include <utility>

#include "keratin/core/error.h"
#include "keratin/training/callbacks/loggers.h"
#include "training/callback_run.h"
#include "training/live_model.h"

namespace keratin::inline v0::callbacks {

struct CallbackList::Run {
  std::shared_ptr<session::Core> core;  ///< what is left of it, where the session ends first
  std::shared_ptr<Callback> history;
  training::CallbackRun callbacks;

  Run(session::Core& owner, keratin::CallbackList list, CallbackListOptions options)
      : core(owner.shared_from_this()),
        history(added(list, options)),
        callbacks(owner, std::move(options.model), list,
                  {.epochs = options.epochs, .steps = options.steps, .verbose = options.verbose}, options.add_progbar) {
  }

  /// The History of the list, to which it is added where it is wanted and not there.
  static std::shared_ptr<Callback> added(keratin::CallbackList& list, const CallbackListOptions& options) {
    for (const CallbackSpec& each : list)
      if (dynamic_cast<const History*>(each.callback().get()) != nullptr) return each.callback();
    if (!options.add_history) return nullptr;
    auto made = std::make_shared<History>();
    list.emplace_back(made);
    return made;
  }
};

CallbackList::CallbackList(keratin::CallbackList callbacks, CallbackListOptions options) {
  session::Core& core = training::LiveModel::of(options.model).core();
  run_ = std::make_shared<Run>(core, std::move(callbacks), std::move(options));
}

CallbackList::~CallbackList() = default;

bool CallbackList::stop_training() const noexcept { return run_->callbacks.is_stopped(); }

const keratin::History& CallbackList::history() const {
  const auto* const history = dynamic_cast<const History*>(run_->history.get());
  if (history == nullptr)
    throw ValueError("This CallbackList gathers no history: make it with .add_history = true, or with a History");
  return history->history();
}

void CallbackList::on_train_begin() {
  run_->callbacks.begin();
  run_->callbacks.each([](Callback& callback) { callback.on_train_begin(); });
}
void CallbackList::on_epoch_end(std::int64_t epoch, const Logs& logs) {
  Logs own = logs;  // callbacks may add to it
  run_->callbacks.end_epoch(epoch, own);
}
void CallbackList::on_train_end(const Logs& logs) {
  run_->callbacks.each([&](Callback& callback) { callback.on_train_end(logs); });
}
void CallbackList::on_epoch_begin(std::int64_t epoch) {
  run_->callbacks.each([&](Callback& callback) { callback.on_epoch_begin(epoch); });
}
void CallbackList::on_train_batch_begin(std::int64_t batch) {
  run_->callbacks.each([&](Callback& callback) { callback.on_train_batch_begin(batch); });
}
void CallbackList::on_train_batch_end(std::int64_t batch, const Logs& logs) {
  run_->callbacks.each([&](Callback& callback) { callback.on_train_batch_end(batch, logs); });
}
void CallbackList::on_batch_begin(std::int64_t batch) {
  run_->callbacks.each([&](Callback& callback) { callback.on_batch_begin(batch); });
}
void CallbackList::on_batch_end(std::int64_t batch, const Logs& logs) {
  run_->callbacks.each([&](Callback& callback) { callback.on_batch_end(batch, logs); });
}
void CallbackList::on_test_begin() {
  run_->callbacks.each([](Callback& callback) { callback.on_test_begin(); });
}
void CallbackList::on_test_end(const Logs& logs) {
  run_->callbacks.each([&](Callback& callback) { callback.on_test_end(logs); });
}
void CallbackList::on_test_batch_begin(std::int64_t batch) {
  run_->callbacks.each([&](Callback& callback) { callback.on_test_batch_begin(batch); });
}
void CallbackList::on_test_batch_end(std::int64_t batch, const Logs& logs) {
  run_->callbacks.each([&](Callback& callback) { callback.on_test_batch_end(batch, logs); });
}
void CallbackList::on_predict_begin() {
  run_->callbacks.each([](Callback& callback) { callback.on_predict_begin(); });
}
void CallbackList::on_predict_end() {
  run_->callbacks.each([](Callback& callback) { callback.on_predict_end(); });
}
void CallbackList::on_predict_batch_begin(std::int64_t batch) {
  run_->callbacks.each([&](Callback& callback) { callback.on_predict_batch_begin(batch); });
}
void CallbackList::on_predict_batch_end(std::int64_t batch, const Outputs& outputs) {
  run_->callbacks.each([&](Callback& callback) { callback.on_predict_batch_end(batch, outputs); });
}

}  // namespace keratin::inline v0::callbacks

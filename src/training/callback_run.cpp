#include "training/callback_run.h"

#include <algorithm>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/training/callbacks.h"
#include "training/live_model.h"

namespace keratin::inline v0::training {

CallbackRun::CallbackRun(session::Core& core, Model model, const CallbackList& callbacks, Plan plan, bool adds_progbar)
    : core_(core), model_(std::move(model)), plan_(plan) {
  for (const CallbackSpec& each : callbacks) {
    if (each.callback() == nullptr) throw ValueError("A callback must not be a null pointer");
    callbacks_.push_back(each.callback());
    if (dynamic_cast<const callbacks::ProgbarLogger*>(each.callback().get()) != nullptr) adds_progbar = false;
  }
  const std::size_t given = callbacks_.size();
  if (adds_progbar) callbacks_.push_back(std::make_shared<callbacks::ProgbarLogger>());
  before_.reserve(callbacks_.size());
  try {
    for (std::size_t i = 0; i < callbacks_.size(); ++i) {
      Callback& callback = *callbacks_[i];
      core_.attach_callback(callback.class_name(), i < given ? callback.life() : std::weak_ptr<const void>());
      before_.push_back(callback.set_context(this));
    }
  } catch (...) {
    detach();
    throw;
  }
}

CallbackRun::~CallbackRun() {
  for (const auto& [callback, weights] : kept_) core_.book_callback(callback->class_name(), -weights->bytes());
  detach();
}

void CallbackRun::detach() noexcept {
  for (std::size_t i = before_.size(); i-- > 0;) callbacks_[i]->set_context(before_[i]);
  core_.detach_callbacks(before_.size());
}

void CallbackRun::end_epoch(std::int64_t epoch, Logs& logs) {
  struct Open {
    explicit Open(Logs*& at, Logs* logs) : at_(at) { at_ = logs; }
    ~Open() { at_ = nullptr; }
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;
    Logs*& at_;
  };
  {
    const Open open(epoch_logs_, &logs);
    for (const std::shared_ptr<Callback>& callback : callbacks_) callback->on_epoch_end(epoch, logs);
  }
  write_states();
}

void CallbackRun::add_log(std::string_view name, double value) {
  if (epoch_logs_ == nullptr)
    throw ValueError("Numbers can be added to an epoch's logs in on_epoch_end alone. Received: '" + std::string(name) +
                     "' in another hook");
  epoch_logs_->set(name, value);
}

KeptWeights* CallbackRun::kept(const Callback& callback) const noexcept {
  const auto found = std::ranges::find(kept_, &callback, [](const auto& entry) { return entry.first; });
  return found == kept_.end() ? nullptr : found->second.get();
}

KeptWeights& CallbackRun::room_for(const Callback& callback) {
  if (KeptWeights* const there = kept(callback)) return *there;
  const std::string owner = model_.name() + "/" + callback.class_name();
  kept_.emplace_back(&callback,
                     std::make_unique<KeptWeights>(core_, model_.weights(), owner, LiveModel::of(model_).where()));
  core_.book_callback(callback.class_name(), kept_.back().second->bytes());
  return *kept_.back().second;
}

void CallbackRun::keep_weights(const Callback& callback) { room_for(callback).take(); }

bool CallbackRun::has_kept_weights(const Callback& callback) const noexcept { return kept(callback) != nullptr; }

void CallbackRun::restore_weights(const Callback& callback) {
  const KeptWeights* const weights = kept(callback);
  if (weights == nullptr)
    throw ValueError("restore_weights needs weights that keep_weights has kept before. Received: none of " +
                     callback.class_name());
  weights->put_back();
}

CallbackRun& CallbackRun::of_fit(CallbackContext& context, const char* who) {
  auto* const run = dynamic_cast<CallbackRun*>(&context);
  if (run == nullptr || !run->position_)
    throw ValueError(std::string(who) + " works in the callbacks of fit alone, which can tell where it stands");
  return *run;
}

RunState CallbackRun::state() const {
  RunState state = position_();
  for (const std::shared_ptr<Callback>& callback : callbacks_) {
    const KeptWeights* const weights = kept(*callback);
    state.callbacks.push_back(
        {callback->class_name(), callback->state(), weights == nullptr ? std::vector<Array>() : weights->arrays()});
  }
  return state;
}

void CallbackRun::write_states() {
  if (writers_.empty()) return;
  const RunState now = state();
  for (const Writer& write : std::exchange(writers_, {})) write(now);
}

void CallbackRun::cut_epoch() {
  is_cut_ = true;
  writers_ = when_cut_;
  write_states();
}

void CallbackRun::restore_callbacks() {
  std::vector<RunState::OfCallback>& states = start_->callbacks;
  for (const std::shared_ptr<Callback>& callback : callbacks_) {
    const auto found = std::ranges::find(states, callback->class_name(), &RunState::OfCallback::class_name);
    if (found == states.end()) continue;
    if (!found->weights.empty()) room_for(*callback).set(found->weights);
    callback->set_state(found->state);
    states.erase(found);
  }
  start_.reset();
}

}  // namespace keratin::inline v0::training

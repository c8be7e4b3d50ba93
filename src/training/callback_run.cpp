#include "training/callback_run.h"

#include <utility>

#include "keratin/core/error.h"
#include "keratin/training/callbacks.h"

namespace keratin::inline v0::training {

CallbackRun::CallbackRun(session::Core& core, Model model, const CallbackList& callbacks, Plan plan)
    : core_(core), model_(std::move(model)), plan_(plan) {
  for (const CallbackSpec& each : callbacks) {
    if (each.callback() == nullptr) throw ValueError("A callback must not be a null pointer");
    callbacks_.push_back(each.callback());
  }
  if (plan_.verbose != 0) callbacks_.push_back(std::make_shared<callbacks::ProgbarLogger>());
  before_.reserve(callbacks_.size());
  for (const std::shared_ptr<Callback>& callback : callbacks_) {
    core_.attach_callback(callback->class_name());
    before_.push_back(callback->set_context(this));
  }
}

CallbackRun::~CallbackRun() {
  for (std::size_t i = callbacks_.size(); i-- > 0;) callbacks_[i]->set_context(before_[i]);
  core_.detach_callbacks(callbacks_.size());
}

}  // namespace keratin::inline v0::training

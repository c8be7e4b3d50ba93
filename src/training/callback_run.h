#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "keratin/training/callback.h"
#include "keratin/training/model.h"
#include "session/core.h"

namespace keratin::inline v0::training {

/// The callbacks of one fit, evaluate or predict while it runs: gives them their context, calls their hooks in order,
/// and lets go of them at its end, whatever ended it.
class CallbackRun final : public CallbackContext {
 public:
  struct Plan {
    std::int64_t epochs = 1;
    std::int64_t steps = -1;
    int verbose = 0;
  };
  CallbackRun(session::Core& core, Model model, const CallbackList& callbacks, Plan plan);
  ~CallbackRun() override;
  CallbackRun(const CallbackRun&) = delete;
  CallbackRun& operator=(const CallbackRun&) = delete;

  template <class F>
  void each(F hook) {
    for (const std::shared_ptr<Callback>& callback : callbacks_) hook(*callback);
  }

  Model& model() override { return model_; }
  void stop() noexcept override { stopped_ = true; }
  std::int64_t epochs() const noexcept override { return plan_.epochs; }
  std::int64_t steps() const noexcept override { return plan_.steps; }
  int verbose() const noexcept override { return plan_.verbose; }
  void set_steps(std::int64_t steps) noexcept { plan_.steps = steps; }
  bool is_stopped() const noexcept { return stopped_; }

 private:
  session::Core& core_;
  Model model_;
  Plan plan_;
  std::vector<std::shared_ptr<Callback>> callbacks_;
  std::vector<CallbackContext*> before_;  ///< of each: a callback may be at work in fit and in an evaluate inside of it
  bool stopped_ = false;
};

}  // namespace keratin::inline v0::training

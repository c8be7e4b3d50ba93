#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "keratin/core/export.h"
#include "keratin/training/callback.h"
#include "keratin/training/model.h"
#include "session/core.h"
#include "training/kept_weights.h"
#include "training/run_state.h"

namespace keratin::inline v0::training {

/// The callbacks of one fit, evaluate or predict while it runs: gives them their context, calls their hooks in order,
/// and lets go of them and of what it keeps for them at its end, whatever ended it.
class KERATIN_API CallbackRun final : public CallbackContext {
 public:
  struct Plan {
    std::int64_t epochs = 1;
    std::int64_t steps = -1;
    int verbose = 0;
  };
  /// With a progress bar at the end, where it is wanted and none is among the callbacks.
  CallbackRun(session::Core& core, Model model, const CallbackList& callbacks, Plan plan, bool adds_progbar);
  CallbackRun(session::Core& core, Model model, const CallbackList& callbacks, Plan plan)
      : CallbackRun(core, std::move(model), callbacks, plan, plan.verbose != 0) {}
  ~CallbackRun() override;
  CallbackRun(const CallbackRun&) = delete;
  CallbackRun& operator=(const CallbackRun&) = delete;

  /// Calls a hook of each, and writes what they asked for to be kept.
  template <class F>
  void each(F hook) {
    for (const std::shared_ptr<Callback>& callback : callbacks_) hook(*callback);
    write_states();
  }
  /// on_epoch_end, in which callbacks may add to the logs.
  void end_epoch(std::int64_t epoch, Logs& logs);

  Model& model() override { return model_; }
  void begin() noexcept { stopped_ = false; }
  void stop() noexcept override { stopped_ = true; }
  std::int64_t epochs() const noexcept override { return plan_.epochs; }
  std::int64_t steps() const noexcept override { return plan_.steps; }
  int verbose() const noexcept override { return plan_.verbose; }
  void add_log(std::string_view name, double value) override;
  void keep_weights(const Callback& callback) override;
  bool has_kept_weights(const Callback& callback) const noexcept override;
  void restore_weights(const Callback& callback) override;
  void set_steps(std::int64_t steps) noexcept { plan_.steps = steps; }
  bool is_stopped() const noexcept { return stopped_; }
  bool is_empty() const noexcept { return callbacks_.empty(); }

  // Going on with a run that was stopped: what BackupAndRestore and fit tell one another.

  /// Writes a state somewhere.
  using Writer = std::function<void(const RunState& state)>;
  /// The run behind a callback's context. Throws ValueError, naming `who` asks, for one that isn't fit's own.
  static CallbackRun& of_fit(CallbackContext& context, const char* who);
  /// How fit says where it stands; without it there is nothing to go on with.
  void set_position(std::function<RunState()> position) { position_ = std::move(position); }
  /// In a hook: the state is written when every callback has had that hook.
  void write_state(Writer writer) { writers_.push_back(std::move(writer)); }
  /// The state is written also where an epoch is cut short.
  void write_state_when_cut(Writer writer) { when_cut_.push_back(std::move(writer)); }
  /// Ends an epoch before its last batch.
  void cut_epoch();
  bool is_cut() const noexcept { return is_cut_; }
  /// Fit was ended from outside, by a request or a limit of time.
  void interrupt() noexcept { is_interrupted_ = true; }
  bool is_interrupted() const noexcept { return is_interrupted_; }
  /// In on_train_begin: fit goes on from there.
  void go_on_from(RunState state) { start_ = std::move(state); }
  const std::optional<RunState>& start() const noexcept { return start_; }
  /// Gives callbacks their states, each the one of the next callback of its class; then `start` is gone.
  void restore_callbacks();

 private:
  void detach() noexcept;
  KeptWeights* kept(const Callback& callback) const noexcept;
  KeptWeights& room_for(const Callback& callback);
  RunState state() const;
  void write_states();

  session::Core& core_;
  Model model_;
  Plan plan_;
  std::vector<std::shared_ptr<Callback>> callbacks_;
  std::vector<CallbackContext*> before_;  ///< of each: a callback may be at work in fit and in an evaluate inside of it
  std::vector<std::pair<const Callback*, std::unique_ptr<KeptWeights>>> kept_;
  Logs* epoch_logs_ = nullptr;  ///< in on_epoch_end
  std::function<RunState()> position_;
  std::vector<Writer> writers_;
  std::vector<Writer> when_cut_;
  std::optional<RunState> start_;
  bool stopped_ = false;
  bool is_cut_ = false;
  bool is_interrupted_ = false;
};

}  // namespace keratin::inline v0::training

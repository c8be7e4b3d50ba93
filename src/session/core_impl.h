#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/fork.h"
#include "session/callback_registry.h"
#include "session/core.h"
#include "session/leak_watch.h"
#include "session/lives.h"
#include "session/names.h"
#include "session/origin.h"
#include "session/session_builder.h"
#include "session/variable_store.h"
#include "session/workspace.h"

namespace keratin::inline v0::session {

/// What is made while a level is the innermost one, for no owner, ends with it: the session itself, a graph scope, one
/// tracing of a function.
struct Level {
  std::uint64_t id = 0;
  bool is_scope = false;
  SourceLine where;
  Origin origin;
  Origin graph_origin;                            ///< of the functional graph
  std::unique_ptr<FunctionalBuilder> functional;  ///< made at first need
};

/// Read by any thread while another works.
struct Counters {
  std::atomic<std::int64_t> nodes = 0;
  std::atomic<std::int64_t> models = 0;
  std::atomic<std::int64_t> layers = 0;
  std::atomic<std::int64_t> variables = 0;
  std::atomic<std::int64_t> functions = 0;
  std::atomic<std::int64_t> traces = 0;
  std::atomic<std::int64_t> plans = 0;
  std::atomic<std::int64_t> scopes = 0;

  void count(ComponentKind kind, std::int64_t change) noexcept {
    if (kind == ComponentKind::layer) layers += change;
    if (kind == ComponentKind::model) models += change;
  }
};

struct FunctionRecord {
  std::shared_ptr<TracedFunction> function;
  const Component* owner = nullptr;
  std::uint64_t level = 0;  ///< that it ends with, if it has no owner
};

class Work;

struct Core::Impl {
  Impl(const SessionOptions& options, SourceLine made_at);

  core::MadeIn made;

  core::Arena arena;
  core::Parallel parallel;
  std::uint64_t seed;
  std::string name;
  DTypePolicy dtype_policy;
  SourceLine where;

  // Who is inside.
  std::atomic<std::thread::id> holder{};
  int depth = 0;    ///< of the holder's entries
  int running = 0;  ///< calls of functions at work: clear() has to wait for them
  std::atomic<bool> ended = false;
  // What its own work (a callback, a function's body) has ended under itself: put off until the outermost Entry leaves.
  std::shared_ptr<Core> ends_after_work;         ///< the session itself
  std::vector<std::uint64_t> scopes_after_work;  ///< scopes that are older than the work
  std::uint64_t next_level_at_entry = 0;         ///< what is older has a smaller number
  bool is_at_work_here() const noexcept;         ///< whether this thread is inside

  mutable std::mutex mutex;       ///< guards the list
  std::vector<std::string> busy;  ///< what runs, outermost first
  CallbackRegistry callbacks;

  const Work* work = nullptr;     ///< the innermost fit, evaluate or predict
  std::int64_t works = 0;         ///< how many there were
  std::int64_t preparations = 0;  ///< plans made, and times that initial values were computed
  std::int64_t last_id = 0;       ///< of an Origin
  /// Of something that is made now, at `made_at` unless a fit is at work.
  Origin origin(SourceLine made_at) noexcept;
  LeakWatch leaks;
  /// What has been said of a line of the program; also after clear(), as what is made anew in a loop comes from it
  /// again.
  std::vector<std::pair<std::string_view, SourceLine>> said;

  Counters counters;
  Names names;
  VariableStore variables;
  Workspace workspace;
  std::vector<std::unique_ptr<Component>> roots;
  std::vector<FunctionRecord> functions;
  std::vector<Level> levels;  ///< innermost last; the first is the session itself
  std::uint64_t next_level = 1;
  std::uint64_t next_component = 1;
  std::uint64_t structure_version = 0;

  /// Throws NoSessionError once the session has ended.
  void check_open(std::string_view what) const;
  /// Throws ForkedError in a child process of the one that made the session.
  void check_process() const;

  // components.cpp
  /// Ends a component's functions, variables and children, then itself; the objects stay.
  void end_component(Component& component, std::string_view reason) noexcept;

  // levels.cpp
  std::uint64_t open_level(bool is_scope, SourceLine level_where);
  /// Takes the level off the stack; what was made in it stays.
  void leave_level(std::uint64_t id) noexcept;
  /// Ends what was made in it, and takes it off the stack.
  void end_level(std::uint64_t id, std::string_view reason) noexcept;
  bool is_open(std::uint64_t id) const noexcept;

  // functions.cpp
  /// Ends those of an owner, or (`owner` is nullptr) those without one that belong to a level.
  void end_functions(std::string_view reason, const Component* owner, std::uint64_t level) noexcept;
  PlanOwner owner_of(const runtime::Plan& plan) const;
  void shrink_workspace() noexcept;

  ClearReport end_everything(std::string_view reason) noexcept;
};

/// What the heap keeps for later goes back to the system, so that the resident set falls.
void trim_heap() noexcept;

/// Notes what the process has before its first session, once, for explained_memory().
void note_process_before_sessions();

/// Makes a level the innermost one while it lives. Ends what was made in it, unless it is kept.
class LevelGuard {
 public:
  LevelGuard(Core& core, SourceLine where, std::string reason)
      : impl_(core.impl()), id_(impl_.open_level(false, where)), reason_(std::move(reason)) {}
  ~LevelGuard() {
    if (kept_) {
      impl_.leave_level(id_);
    } else {
      impl_.end_level(id_, reason_);
    }
  }
  LevelGuard(const LevelGuard&) = delete;
  LevelGuard& operator=(const LevelGuard&) = delete;
  /// Leaves what was made to the caller, who ends it by its id.
  std::uint64_t keep() noexcept {
    kept_ = true;
    return id_;
  }

 private:
  Core::Impl& impl_;
  std::uint64_t id_;
  std::string reason_;
  bool kept_ = false;
};

}  // namespace keratin::inline v0::session

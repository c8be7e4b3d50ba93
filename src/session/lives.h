#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/fork.h"
#include "keratin/core/error.h"
#include "keratin/session/component.h"
#include "session/origin.h"

namespace keratin::inline v0::session {

class Core;
class TracedFunction;
struct VariableState;

/// What handles share with what they refer to: whether it lives, and what ended it. It alone outlives the session.
class Ending {
 public:
  bool alive() const noexcept { return alive_.load(std::memory_order_acquire); }
  /// `reason` says what ended it and where ("session.clear() at service.cpp:88"). The first reason stays.
  void end(std::string_view reason) const noexcept;
  /// Throws StaleHandleError if it has ended; `what` is what was used ("Variable 'dense/kernel'"). Throws ForkedError
  /// in a child process of the one that made it.
  void check(std::string_view what, const std::string& path) const {
    if (is_other_process() || !alive()) fail(what, path);
  }
  bool is_other_process() const noexcept { return made_.is_other_process(); }
  [[noreturn]] void fail(std::string_view what, const std::string& path) const;

 private:
  core::MadeIn made_;
  mutable std::atomic<bool> alive_ = true;
  mutable std::string reason_;  ///< read only after alive_ was seen to be false
};

/// "session.clear() at service.cpp:88", "the end of session 'worker', made at service.cpp:12"; a shorter text where
/// there is no memory for it, as ending something must not fail.
std::string reason_of(std::string_view what, std::string_view name, std::string_view at, SourceLine where) noexcept;

struct VariableLife : Ending {
  std::weak_ptr<Core> core;
  VariableState* state = nullptr;
  std::string path;
};

struct ComponentLife : Ending {
  std::string path;
  std::uint64_t number = 0;  ///< of the session's components: tells apart two that were at the same address
};

struct FunctionLife : Ending {
  std::weak_ptr<Core> core;
  std::weak_ptr<TracedFunction> function;
  std::string path;
};

/// What a live component has.
struct ComponentState {
  Core* core = nullptr;
  Component* parent = nullptr;
  Origin origin;
  std::uint64_t level = 0;  ///< that it ends with, if it has no parent
  std::string path;
  bool named_by_session = false;
  ComponentKind kind = ComponentKind::other;  ///< as it was counted
  std::shared_ptr<const ComponentLife> life;
  std::vector<VariableState*> variables;
  std::vector<std::unique_ptr<Component>> children;
};

}  // namespace keratin::inline v0::session

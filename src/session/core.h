#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/arena.h"
#include "core/parallel.h"
#include "graph/builder.h"
#include "graph/spec.h"
#include "keratin/core/export.h"
#include "keratin/session/session.h"
#include "runtime/plan.h"
#include "session/traced_function.h"

namespace keratin::inline v0::session {

struct ComponentState;
struct VariableState;

/// A session's inside: what rooms above use. Held by Session, and by scopes while they are open.
class KERATIN_API Core : public std::enable_shared_from_this<Core> {
 public:
  Core(SessionOptions options, SourceLine where);
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  /// The session whose scope is open on this thread; throws NoSessionError (naming `what` was asked for) if none is.
  static std::shared_ptr<Core> current_or_throw(std::string_view what);

  core::Arena& arena() noexcept;
  core::Parallel& parallel() noexcept;
  std::uint64_t seed() const noexcept;
  int threads() const noexcept;
  const std::string& name() const noexcept;
  const DTypePolicy& dtype_policy() const noexcept;

  /// Entering the session from the thread that works with it; a second thread gets ConcurrentUseError, a child process
  /// ForkedError. Nests.
  class KERATIN_API Entry {
   public:
    explicit Entry(Core& core);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    Core& core_;
  };

  /// While it lives, compile, fit and clear throw SessionBusyError (require_idle); `what` is named ("fit").
  class Busy {
   public:
    Busy(Core& core, std::string_view what);
    ~Busy();
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

   private:
    Core& core_;
  };
  /// Throws SessionBusyError if something runs; `wanted` names what was asked for.
  void require_idle(std::string_view wanted) const;

  /// "dense", "dense_1", …: a name free in this session.
  std::string unique_name(std::string_view base);

  /// Makes a component live and keeps it. `parent`: its owner, or nullptr for the innermost open scope.
  std::shared_ptr<const ComponentLife> adopt(std::unique_ptr<Component> component, Component* parent, SourceLine where);
  /// Ends a component, its sub-components, variables and functions, before its scope does.
  void remove(Component& component, std::string_view reason);

  /// A function with the life of `owner` (its traces end with it).
  std::shared_ptr<TracedFunction> make_function(FunctionBody body, FunctionOptions options, Component& owner);
  /// A function with the life of the innermost open scope.
  std::shared_ptr<TracedFunction> make_function(FunctionBody body, FunctionOptions options, SourceLine where);

  /// A variable of a component's, or (`owner` is nullptr) of the innermost open scope's. Takes no memory yet.
  Variable declare_variable(const std::string& name, const Shape& shape, VariableOptions options, Component* owner,
                            SourceLine where);
  /// Ends a variable before its owner does.
  void remove_variable(const Variable& variable, std::string_view reason);
  /// Functions whose traces read variables of this component forget them before their next call: something that they
  /// depend on and that is no value has changed (which variables are trained, a rate).
  void structure_changed(const Component& component);

  /// Ends a function before its owner does.
  void remove(const TracedFunction& function, std::string_view reason) noexcept;

  /// Opens a graph scope; closing it ends what was made inside, and the scopes inside that are open still.
  std::uint64_t open_scope(SourceLine where);
  void close_scope(std::uint64_t id) noexcept;

  /// Where layer calls on symbolic inputs add their nodes: the innermost open scope's functional graph.
  graph::Builder& functional_builder();

  /// What memory the session would have in use at the peak of running these plans one after another, with everything
  /// that they need allocated (their variables that have no memory yet, the shared workspace), plus `extra` bytes.
  MemoryReport projected(std::span<const runtime::Plan* const> plans, std::int64_t extra) const;
  /// Whether allocate_for would find room within the budgets.
  bool has_room_for(std::span<const runtime::Plan* const> plans, std::int64_t extra) const;
  /// Allocates the variables and the workspace that these plans need: all or nothing. OutOfMemoryError before anything
  /// is, naming the largest owners, also if `extra` bytes more would not fit. `what` says what for ("fit with
  /// batch_size=128").
  void allocate_for(std::span<const runtime::Plan* const> plans, std::int64_t extra, std::string_view what);

  /// Ends everything, as Session::clear() does; `reason` as handles will give it.
  ClearReport clear(SourceLine where);
  /// The session's end. Where another thread is at work, the core goes when that thread leaves it.
  void end() noexcept;

  MemoryReport memory() const;
  GraphStats graph_stats() const noexcept;
  CallbackStats callbacks() const;
  ObjectReport objects() const;
  MemoryExplanation explained_memory() const;

  /// True the first time that something is to be said of the fit, evaluate or predict at work, or of another one at its
  /// line of the program. `topic` is a literal.
  bool is_first_to_say(std::string_view topic);

  /// A callback at work, for Session::callbacks(); `life` ends with it (empty: the library's own). Thread-safe.
  void attach_callback(const std::string& class_name, const std::weak_ptr<const void>& life = {});
  /// The last ones that were attached.
  void detach_callbacks(std::size_t count) noexcept;
  /// So many bytes more, or fewer, are kept for callbacks of a class.
  void book_callback(const std::string& class_name, std::int64_t bytes) noexcept;

  struct Impl;
  Impl& impl() noexcept { return *impl_; }
  const Impl& impl() const noexcept { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// The inner side of the session room's public types.
class KERATIN_API Inner {
 public:
  /// Throws ValueError for a session that was moved from, ForkedError in a child process.
  static const std::shared_ptr<Core>& core(const Session& session);
  /// The session of a live component; InternalError if it isn't live.
  static Core& core(const Component& component);
  static std::shared_ptr<const ComponentLife> life(const Component& component);
  static Variable handle(const VariableState& variable);
  /// The variable's state; throws StaleHandleError if it has ended, ValueError for an empty handle.
  static VariableState& state(const Variable& variable);
  static graph::VariableId id(const Variable& variable);
  static Core& core(const Variable& variable);
  /// The variable's memory, allocated if it wasn't.
  static std::byte* data(const Variable& variable);
  /// The same for one whose content is about to be replaced: its initial value is not computed.
  static std::byte* data_to_overwrite(const Variable& variable);
  /// Copies into the variable's memory, outside of functions. Shape and dtype must be the same.
  static void write(const Variable& variable, const Array& array);
  /// The level that a component without a parent ends with.
  static std::uint64_t level(const Component& component);
  static ComponentState& state(Component& component);
  static void set_state(Component& component, std::unique_ptr<ComponentState> state);
  static std::string default_name(const Component& component);
  static void became_live(Component& component);
  static void set_where(Component& component, const SourceLine& where);
  static void set_name(Component& component, std::string name);
  static std::vector<Component*> children(const Component& component);
  /// nullptr for one that the session owns itself.
  static Component* parent(const Component& component);
  /// The variables made by this component itself.
  static std::vector<Variable> own_variables(const Component& component);
};

}  // namespace keratin::inline v0::session

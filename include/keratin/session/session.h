#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/dtype_policy.h"
#include "keratin/core/error.h"
#include "keratin/core/export.h"
#include "keratin/core/memory.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/session/component.h"
#include "keratin/session/function.h"
#include "keratin/session/stats.h"
#include "keratin/session/variable.h"

namespace keratin::inline v0 {

struct SessionOptions {
  /// Everything random stems from it; the same seed gives the same bits. Without one, another each time.
  std::optional<std::uint64_t> seed = std::nullopt;
  /// Threads that the session computes with, the caller's included; 0: the machine's cores. The host's OpenMP settings
  /// stay as they are.
  int threads = 0;
  /// Above it, OutOfMemoryError before anything runs; 0 bytes: no budget.
  Bytes memory_budget = {};
  std::string name = "session";
  /// Of the layers that neither have one of their own nor lie in one that has: "mixed_bfloat16" computes in bfloat16
  /// and keeps weights in float32. `keras.config.set_dtype_policy`.
  DTypePolicy dtype_policy = "float32";
};

struct InputOptions {
  std::optional<std::int64_t> batch_size = std::nullopt;
  DType dtype = float32;
  std::string name = {};
};

/// Owns every graph node and every byte of state that is made in it, can say at any moment what it holds, and lets go
/// of all of it at once. One thread uses it at a time (a second gets ConcurrentUseError); sessions share nothing.
/// memory(), snapshot(), graph() and callbacks() may be called from any thread at any time. May move between threads.
class KERATIN_API Session {
 public:
  explicit Session(SessionOptions options = {}, std::source_location where = std::source_location::current());
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  /// Frees everything: models, layers, variables, graphs, traces, plans; pages go back to the system. Handles to any of
  /// it throw StaleHandleError from now on. Arrays that were handed out stay. The seed and names start anew, so that a
  /// program does the same again. Throws SessionBusyError while fit runs.
  ClearReport clear(std::source_location where = std::source_location::current());

  MemoryReport memory() const;
  MemorySnapshot snapshot() const;
  GraphStats graph() const;
  CallbackStats callbacks() const;
  /// Everything that lives in the session, each with the line and the fit that made it. From the session's thread.
  ObjectReport objects() const;
  /// How far the books explain the process's private memory now.
  MemoryExplanation explained_memory() const;
  /// The functional graph (layer calls on session.input's tensors), as text or as Graphviz's dot.
  std::string graph_text() const;
  std::string graph_dot() const;

  std::uint64_t seed() const noexcept;
  int threads() const noexcept;
  const std::string& name() const noexcept;
  const DTypePolicy& dtype_policy() const;
  Bytes memory_budget() const noexcept;
  void set_memory_budget(Bytes budget);

  /// While it lives, functions that need a session and are given none use this one on this thread.
  class KERATIN_API DefaultScope {
   public:
    ~DefaultScope();
    DefaultScope(const DefaultScope&) = delete;
    DefaultScope& operator=(const DefaultScope&) = delete;

   private:
    friend class Session;
    explicit DefaultScope(std::shared_ptr<session::Core> core);
    std::shared_ptr<session::Core> core_;
    std::shared_ptr<session::Core> before_;
  };
  [[nodiscard]] DefaultScope as_default() const;

  /// Ends, with itself, everything that was made in the session while it was open; what was made for an older owner
  /// (an optimizer's slots, a model's traces) stays with the owner. Scopes close in reverse order, on their thread.
  class KERATIN_API GraphScope {
   public:
    ~GraphScope();
    GraphScope(const GraphScope&) = delete;
    GraphScope& operator=(const GraphScope&) = delete;

   private:
    friend class Session;
    GraphScope(std::shared_ptr<session::Core> core, SourceLine where);
    std::shared_ptr<session::Core> core_;
    std::uint64_t id_ = 0;
  };
  [[nodiscard]] GraphScope graph_scope(std::source_location where = std::source_location::current());

  /// Adopts a spec (a layer, metric or optimizer): its live object is the session's.
  template <class T>
    requires std::is_base_of_v<Component, std::remove_cvref_t<T>>
  Handle<std::remove_cvref_t<T>> add(T&& spec, std::source_location where = std::source_location::current()) {
    using Spec = std::remove_cvref_t<T>;
    auto component = std::make_unique<Spec>(std::forward<T>(spec));
    Spec* const raw = component.get();
    return Handle<Spec>(adopt(std::move(component), where), raw);
  }

  /// A symbolic input of the functional graph; `shape` is without the batch.
  Tensor input(const Shape& shape, InputOptions options = {},
               std::source_location where = std::source_location::current());
  /// A variable of the session's own.
  Variable variable(const Array& initial, const std::string& name, bool trainable = true,
                    std::source_location where = std::source_location::current());

  /// A function of tensors that is traced, compiled and run (or, in eager mode, run anew each time).
  template <class F>
  auto function(F body, FunctionOptions options = {}, std::source_location where = std::source_location::current()) {
    using Result = typename detail::SignatureOf<F>::Result;
    return Function<Result>(make_function(detail::as_body(std::move(body)), std::move(options), where));
  }

 private:
  friend class session::Inner;
  std::shared_ptr<const session::ComponentLife> adopt(std::unique_ptr<Component> component, SourceLine where);
  FunctionHandle make_function(FunctionBody body, FunctionOptions options, SourceLine where);

  std::shared_ptr<session::Core> core_;
};

/// The gradients of sum(target) with respect to each of the variables (or tensors): inside a function alone. A variable
/// that the target does not depend on gets zeros. Throws NotDifferentiableError where the way leads through an op
/// without a gradient.
KERATIN_API std::vector<Tensor> gradients(const Tensor& target, std::span<const Variable> sources);
KERATIN_API std::vector<Tensor> gradients(const Tensor& target, std::span<const Tensor> sources);
KERATIN_API std::vector<Tensor> gradients(const Tensor& target, const std::vector<Variable>& sources);
KERATIN_API std::vector<Tensor> gradients(const Tensor& target, const std::vector<Tensor>& sources);
KERATIN_API std::vector<Tensor> gradients(const Tensor& target, std::initializer_list<Variable> sources);
KERATIN_API std::vector<Tensor> gradients(const Tensor& target, std::initializer_list<Tensor> sources);

/// An array as a value inside a function: a constant of its graph, on the session's books; a warning above 1 MB.
KERATIN_API Tensor constant(const Array& array);

}  // namespace keratin::inline v0

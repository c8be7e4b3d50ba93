#pragma once

#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/core/export.h"
#include "keratin/core/memory.h"
#include "keratin/session/variable.h"

namespace keratin::inline v0 {

class Component;
template <class T>
class Handle;

namespace session {
struct ComponentState;  // what a live component has: its session, path, variables, sub-components
struct ComponentLife;
}  // namespace session

/// Options of a variable that a component makes.
struct VariableOptions {
  DType dtype = float32;
  InitialValue initial = {};
  bool trainable = true;
  MemoryCategory category = MemoryCategory::layer_state;
  bool autocast = true;  ///< whether a layer of another compute dtype reads it in that
};

/// What a component is counted as in GraphStats.
enum class ComponentKind : std::uint8_t { layer, model, metric, optimizer, other };

/// What layers, metrics and optimizers have in common. Such an object is a copyable description with options ("spec").
/// It becomes live when a session adopts it, which copies or moves it to where the session keeps it; from then on it
/// has a path, and makes variables and sub-components. Copying a live one copies the description alone.
class KERATIN_API Component {
 public:
  virtual ~Component();

  /// The name: as given, or made unique in the session when it became live ("dense_1").
  const std::string& name() const noexcept { return name_; }
  /// Names from the outermost owner inwards: "sequential/dense_1"; just the name before it is live.
  std::string path() const;
  bool is_live() const noexcept { return state_ != nullptr; }
  virtual ComponentKind kind() const noexcept { return ComponentKind::other; }
  /// The user's line that made it.
  const SourceLine& where() const noexcept { return where_; }

  /// Variables made by this component and, below it, by its sub-components, in the order of their making.
  std::vector<Variable> variables() const;

 protected:
  explicit Component(std::string name = {});
  Component(const Component& other);
  Component& operator=(const Component& other);
  Component(Component&& other) noexcept;
  Component& operator=(Component&& other) noexcept;

  /// Keras's snake_case class name: what an unnamed component is called, numbered from the second on.
  virtual std::string default_name() const = 0;
  /// Called once, right after the session has adopted it.
  virtual void became_live() {}

  /// A new variable `path/name` of this component's, with the component's life. Throws InternalError if it isn't live.
  Variable add_variable(const std::string& name, const Shape& shape, VariableOptions options);
  /// A sub-component: live, with its path below this one's, and this one's life.
  template <class T>
  Handle<T> add_component(const std::string& name, T spec) {
    auto child = std::make_unique<T>(std::move(spec));
    T* const raw = child.get();
    return Handle<T>(adopt_child(name, std::move(child)), raw);
  }
  std::shared_ptr<const session::ComponentLife> adopt_child(const std::string& name, std::unique_ptr<Component> child);

  void set_name(std::string name) { name_ = std::move(name); }
  void set_where(const SourceLine& where) noexcept { where_ = where; }

 private:
  friend class session::Inner;
  std::string name_;
  SourceLine where_;
  std::unique_ptr<session::ComponentState> state_;
};

/// The part of Handle that doesn't depend on what it refers to.
class KERATIN_API HandleBase {
 public:
  bool is_empty() const noexcept { return life_ == nullptr; }
  /// True while what it refers to lives.
  bool is_alive() const noexcept;

 protected:
  HandleBase() noexcept = default;
  explicit HandleBase(std::shared_ptr<const session::ComponentLife> life) noexcept : life_(std::move(life)) {}
  /// Throws StaleHandleError (what ended it, and where) or, for an empty one, ValueError.
  void check() const;

 private:
  friend class session::Inner;
  std::shared_ptr<const session::ComponentLife> life_;
};

/// A checked reference to a live component. `->` reaches it, and throws StaleHandleError when it has ended.
template <class T>
class Handle : public HandleBase {
 public:
  Handle() noexcept = default;
  Handle(std::shared_ptr<const session::ComponentLife> life, T* component) noexcept
      : HandleBase(std::move(life)), component_(component) {}
  template <class U>
    requires std::is_convertible_v<U*, T*>
  Handle(const Handle<U>& other) noexcept : HandleBase(other), component_(other.unchecked()) {}

  T* operator->() const {
    check();
    return component_;
  }
  T& operator*() const {
    check();
    return *component_;
  }
  T* unchecked() const noexcept { return component_; }

 private:
  T* component_ = nullptr;
};

}  // namespace keratin::inline v0

#pragma once

#include <concepts>
#include <cstddef>
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

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/initializers/initializer.h"
#include "keratin/session/component.h"
#include "keratin/session/session.h"

namespace keratin::inline v0 {

/// What a call of a layer may be given besides its inputs. What is left out is inherited from the enclosing call.
struct CallOptions {
  std::optional<bool> training = std::nullopt;
  Tensor mask = {};
};

/// What a layer's call() sees.
struct CallContext {
  bool training = false;
  Tensor mask = {};
};

/// Options of a weight, in the order of Keras's add_weight.
struct WeightOptions {
  InitializerSpec initializer = {};  ///< empty: glorot_uniform for floating weights, zeros for others
  std::optional<DType> dtype = std::nullopt;
  bool trainable = true;
};

/// A layer: a copyable description with options. Its weights and sublayers come to be in build(), when a session owns
/// it. Users derive from it, with build() and call(); see docs/adding-a-layer.md. `keras.layers.Layer`.
class KERATIN_API Layer : public Component {
 public:
  /// Called once, with the shape of the first input (−1: unknown), before the first call().
  virtual void build(const Shape& input);
  /// The same for layers of several inputs; by default build(inputs.front()).
  virtual void build(std::span<const Shape> inputs);

  /// The layer's function, of one input or of several: one of the two is overridden.
  virtual Tensor call(const Tensor& x, const CallContext& context);
  virtual Tensor call(std::span<const Tensor> inputs, const CallContext& context);
  /// For layers of several results, which override output_count() too; by default the one of call().
  virtual std::vector<Tensor> call_all(std::span<const Tensor> inputs, const CallContext& context);
  virtual std::size_t output_count() const { return 1; }

  /// The description as data; a static from_config makes the layer from it. Without name and trainable, which every
  /// layer has.
  virtual Config config() const;
  /// Keras's class name: "Dense". By default that of the C++ class.
  virtual std::string class_name() const;

  bool trainable() const noexcept { return trainable_; }
  /// Of this layer and everything below it. Functions that were traced before are traced anew.
  void set_trainable(bool trainable);

  /// Weights of this layer (those made trainable first) and then of its sublayers, as Keras orders them. Throws
  /// NotBuiltError before the layer is built.
  std::vector<Variable> weights() const;
  std::vector<Variable> trainable_variables() const;
  std::vector<Variable> non_trainable_variables() const;
  std::vector<Array> get_weights() const;
  /// All or nothing: throws ShapeError if number or shapes differ.
  void set_weights(const std::vector<Array>& weights);
  /// Numbers in all weights.
  std::int64_t count_params() const;
  /// The layers directly below this one.
  virtual std::vector<Layer*> sublayers() const;
  bool is_built() const noexcept { return live_.built; }
  /// Builds for these input shapes if it isn't built. All or nothing: where build() throws, what it made is gone.
  void ensure_built(std::span<const Shape> inputs);
  /// Shape of the result for float32 inputs of these shapes (with batch, −1 where unknown): found by running call() on
  /// symbolic inputs. Builds the layer if need be.
  Shape compute_output_shape(std::span<const Shape> inputs);

  /// What a Handle's call does: builds if need be, then adds the layer's nodes (or, for symbolic inputs of the
  /// functional graph, one node that stands for the layer).
  Tensor invoke(std::span<const Tensor> inputs, const CallOptions& options = {});
  /// The same for layers of several results.
  std::vector<Tensor> invoke_all(std::span<const Tensor> inputs, const CallOptions& options = {});

  ComponentKind kind() const noexcept override { return ComponentKind::layer; }

  /// Not to be called by name: a layer object is a description, and calling it twice would make its weights twice.
  template <class... Arguments>
  void operator()(Arguments&&...) const {
    static_assert(sizeof...(Arguments) == ~std::size_t{0},
                  "A layer object is a description. Make it live first: auto layer = session.add(…); then layer(x).");
  }

 protected:
  explicit Layer(std::string name = {}) : Component(std::move(name)) {}
  std::string default_name() const override;  ///< from the class's name: "my_layer" for MyLayer

  /// A weight of this layer: in build() alone.
  Variable add_weight(const std::string& name, const Shape& shape, const WeightOptions& options = {});
  /// A sublayer with a name of its own: in build() alone.
  template <std::derived_from<Layer> T>
  Handle<T> add(const std::string& name, T spec) {
    return add_component(name, std::move(spec));
  }
  /// A sublayer made from a list's element, named by it or, like an unnamed layer, by its class.
  Layer& add_layer(std::unique_ptr<Layer> layer, const SourceLine& where);
  void set_initially_trainable(bool trainable) noexcept { trainable_ = trainable; }
  /// Throws ValueError, naming the layer, if there is none or more than one.
  const Tensor& only_input(std::span<const Tensor> inputs) const;

 private:
  /// What a live layer has; a copy of the layer, which is a description, starts without.
  struct Live {
    Live() = default;
    Live(const Live& /*other*/) noexcept {}
    Live& operator=(const Live& /*other*/) noexcept { return *this; }
    ~Live() = default;
    void reset() noexcept {
      built = building = false;
      trainable.clear();
      other.clear();
    }

    bool built = false;
    bool building = false;
    std::size_t first_variable = 0;  ///< that build() made
    std::size_t first_child = 0;
    std::vector<Variable> trainable;  ///< made so; whether they are now, they say themselves
    std::vector<Variable> other;
  };

  /// Takes back what the layer's build() made.
  static void forget_build(Layer& layer);
  void gather_weights(std::vector<const Layer*>& seen, std::vector<Variable>& weights) const;

  bool trainable_ = true;
  Live live_;
};

namespace detail {
/// Adopts a layer in the session of the inputs, whose graph they are in.
KERATIN_API Tensor call_temporary(std::unique_ptr<Layer> layer, std::span<const Tensor> inputs,
                                  const CallOptions& options, std::source_location where);
}  // namespace detail

/// Base of layers that may be called as temporaries: `layers::Dense(8)(x)` adopts the description in the session of x,
/// and calls it. T is the class itself.
template <class T, class Base = Layer>
class CallableLayer : public Base {
 public:
  Tensor operator()(const Tensor& x, const CallOptions& options = {},
                    std::source_location where = std::source_location::current()) && {
    return detail::call_temporary(std::make_unique<T>(static_cast<T&&>(*this)), {&x, 1}, options, where);
  }
  Tensor operator()(const std::vector<Tensor>& inputs, const CallOptions& options = {},
                    std::source_location where = std::source_location::current()) && {
    return detail::call_temporary(std::make_unique<T>(static_cast<T&&>(*this)), inputs, options, where);
  }
  // Of an object with a name; with the same parameters, so that those above win for a temporary.
  template <class Never = T>
  void operator()(const Tensor& /*x*/, const CallOptions& /*options*/ = {}) const& {
    static_assert(sizeof(Never) == 0,
                  "A layer object is a description. Make it live first: auto layer = session.add(…); then layer(x).");
  }
  template <class Never = T>
  void operator()(const std::vector<Tensor>& /*inputs*/, const CallOptions& /*options*/ = {}) const& {
    static_assert(sizeof(Never) == 0,
                  "A layer object is a description. Make it live first: auto layer = session.add(…); then layer(x).");
  }

 protected:
  using Base::Base;
};

/// A handle of a layer is callable.
template <class T>
  requires std::derived_from<T, Layer>
class Handle<T> : public HandleBase {
 public:
  Handle() noexcept = default;
  Handle(std::shared_ptr<const session::ComponentLife> life, T* layer) noexcept
      : HandleBase(std::move(life)), layer_(layer) {}
  template <class U>
    requires std::is_convertible_v<U*, T*>
  Handle(const Handle<U>& other) noexcept : HandleBase(other), layer_(other.unchecked()) {}

  Tensor operator()(const Tensor& x, const CallOptions& options = {}) const {
    check();
    return layer_->invoke({&x, 1}, options);
  }
  Tensor operator()(const std::vector<Tensor>& inputs, const CallOptions& options = {}) const {
    check();
    return layer_->invoke(inputs, options);
  }

  T* operator->() const {
    check();
    return layer_;
  }
  T& operator*() const {
    check();
    return *layer_;
  }
  T* unchecked() const noexcept { return layer_; }

 private:
  T* layer_ = nullptr;
};

/// A layer of any class, as an element of Sequential's list; remembers the line that it was written on.
class KERATIN_API LayerSpec {
 public:
  template <std::derived_from<Layer> T>
  LayerSpec(T layer, std::source_location where = std::source_location::current())
      : holder_(std::make_shared<detail::SpecHolderOf<Layer, T>>(std::move(layer))), where_(where) {}

  std::unique_ptr<Layer> clone() const { return holder_->clone(); }
  const SourceLine& where() const noexcept { return where_; }

 private:
  std::shared_ptr<const detail::SpecHolder<Layer>> holder_;
  SourceLine where_;
};

}  // namespace keratin::inline v0

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

#include "keratin/constraints/constraint.h"
#include "keratin/core/config.h"
#include "keratin/core/dtype_policy.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/initializers/initializer.h"
#include "keratin/regularizers/regularizer.h"
#include "keratin/session/component.h"
#include "keratin/session/session.h"

namespace keratin::inline v0 {

class LayerSpec;

/// What a call of a layer may be given besides its inputs; Keras's names of call arguments.
struct CallOptions {
  std::optional<bool> training = std::nullopt;  ///< not given: that of the enclosing call
  Tensor mask = {};                             ///< of the first input; not given: the mask that it carries
  std::vector<Tensor> masks = {};               ///< of each input (an empty Tensor: none)
  std::vector<Tensor> initial_state = {};       ///< recurrent layers
  Tensor attention_mask = {};                   ///< attention layers
  bool use_causal_mask = false;
  bool return_attention_scores = false;
  bool reverse = false;       ///< ReversibleEmbedding
  Tensor count_weights = {};  ///< CategoryEncoding
};

/// What a layer's call() sees.
struct CallContext {
  bool training = false;
  Tensor mask = {};                ///< of the first input
  std::vector<Tensor> masks = {};  ///< one for each input, an empty Tensor where there is none
  std::vector<Tensor> initial_state = {};
  Tensor attention_mask = {};
  bool use_causal_mask = false;
  bool return_attention_scores = false;
  bool reverse = false;
  Tensor count_weights = {};
};

/// Options of a weight, in the order of Keras's add_weight.
struct WeightOptions {
  InitializerSpec initializer = {};           ///< empty: glorot_uniform for floating weights, zeros for others
  std::optional<DType> dtype = std::nullopt;  ///< not given: the layer's variable_dtype()
  bool trainable = true;
  bool autocast = true;  ///< read in the layer's compute dtype
  RegularizerSpec regularizer = {};
  ConstraintSpec constraint = {};
};

/// A layer: a copyable description with options. Its weights and sublayers come to be in build(), when a session owns
/// it. Users derive from it, with build() and call(); see docs/adding-a-layer.md. `keras.layers.Layer`.
class KERATIN_API Layer : public Component {
 public:
  Layer(const Layer& other);
  Layer& operator=(const Layer& other);
  Layer(Layer&& other) noexcept;
  Layer& operator=(Layer&& other) noexcept;
  ~Layer() override;

  /// Called once, with the shape of the first input (−1: unknown), before the first call().
  virtual void build(const Shape& input);
  /// The same for layers of several inputs; by default build(inputs.front()).
  virtual void build(std::span<const Shape> inputs);

  /// The layer's function, of one input or of several: one of the two is overridden.
  virtual Tensor call(const Tensor& x, const CallContext& context);
  virtual Tensor call(std::span<const Tensor> inputs, const CallContext& context);
  /// For layers of several results; by default the one of call().
  virtual std::vector<Tensor> call_all(std::span<const Tensor> inputs, const CallContext& context);

  /// Whether masks go through the layer. Where they don't, and compute_mask() isn't overridden, a mask that comes in
  /// ends there, with a warning.
  virtual bool supports_masking() const { return false; }
  /// Masks of the results, one after the other (fewer, or an empty Tensor: none); by default those of the inputs, if
  /// the layer supports masking.
  virtual std::vector<Tensor> compute_mask(std::span<const Tensor> inputs, const CallContext& context);

  /// The description as data; a static from_config makes the layer from it. Without name, trainable and dtype, which
  /// every layer has.
  virtual Config config() const;
  /// The whole of it: `keras.layers.Layer.get_config`.
  virtual Config get_config() const;
  /// Name, trainable, dtype and activity_regularizer of a config, as far as it has them: for a description that
  /// from_config made.
  void take_common(const Config& config);
  /// Keras's class name: "Dense". By default that of the C++ class.
  virtual std::string class_name() const;

  /// As given, or that of the layer around this one; float32 where nobody says.
  DTypePolicy dtype_policy() const;
  DType compute_dtype() const { return dtype_policy().compute_dtype(); }
  DType variable_dtype() const { return dtype_policy().variable_dtype(); }

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
  /// The layers directly below this one with their names in a weight file, in its order: Keras's attribute names.
  virtual std::vector<std::pair<std::string, Layer*>> saved_sublayers() const;
  /// Weights in the order of a weight file: made trainable first, then the others. Without those of sublayers.
  std::vector<Variable> own_weights() const;
  /// Variables, (batch, …), that one batch leaves to the next: the states of a stateful recurrent layer. Without those
  /// of sublayers.
  virtual std::vector<Variable> states() const { return {}; }
  /// The penalties of this layer's weights and those below it: inside a function alone.
  std::vector<Tensor> regularization_losses() const;
  /// Weights with a constraint, of this layer and those below it.
  std::vector<std::pair<Variable, ConstraintSpec>> constraints() const;
  bool is_built() const noexcept { return live_.built; }
  /// The inputs' shapes that it was built for; none before.
  const std::vector<Shape>& build_shapes() const noexcept { return live_.build_shapes; }
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
  explicit Layer(std::string name = {});
  std::string default_name() const override;  ///< from the class's name: "my_layer" for MyLayer

  /// A weight of this layer: in build() alone.
  Variable add_weight(const std::string& name, const Shape& shape, const WeightOptions& options = {});
  /// A weight of a sublayer as this layer's too: weights() has it once, here. In build() alone.
  void share_weight(const Layer& owner, const Variable& weight);
  /// A sublayer with a name of its own: in build() alone.
  template <std::derived_from<Layer> T>
  Handle<T> add(const std::string& name, T spec) {
    return add_component(name, std::move(spec));
  }
  /// A penalty that training adds to the loss: in call() alone.
  void add_loss(const Tensor& loss) const;
  /// What the options of all layers have in common; for constructors.
  void set_common(bool trainable, DTypePolicy dtype);
  void set_activity_regularizer(RegularizerSpec regularizer);
  const RegularizerSpec& activity_regularizer() const noexcept { return activity_regularizer_; }
  /// Inputs come as they are, without a cast to compute_dtype().
  void set_casts_inputs(bool casts) noexcept { casts_inputs_ = casts; }
  /// A list of sublayers, which a weight file has under the attribute's name, by their classes ("cells/lstm_cell"): in
  /// build() alone.
  std::vector<Handle<Layer>> add_list(const std::string& attribute, const std::vector<LayerSpec>& specs);
  /// A sublayer made from a list's element, named by it or, like an unnamed layer, by its class.
  Layer& add_layer(std::unique_ptr<Layer> layer, const SourceLine& where);
  /// Throws ValueError, naming the layer, if there is none or more than one.
  const Tensor& only_input(std::span<const Tensor> inputs) const;

 private:
  /// What a live layer has; a copy of the layer, which is a description, starts without.
  struct Live {
    Live() noexcept;
    Live(const Live& other) noexcept;
    Live& operator=(const Live& other) noexcept;
    ~Live();
    void reset() noexcept;

    bool built = false;
    bool building = false;
    std::size_t first_variable = 0;  ///< that build() made
    std::size_t first_child = 0;
    std::vector<Variable> trainable;  ///< made so; whether they are now, they say themselves
    std::vector<Variable> other;
    std::vector<Variable> shared;  ///< those of the above that are a sublayer's
    std::vector<std::pair<Variable, RegularizerSpec>> regularized;
    std::vector<std::pair<Variable, ConstraintSpec>> constrained;
    std::vector<std::pair<const Layer*, std::string>> saved_names;  ///< of those in lists
    std::vector<Shape> build_shapes;
    bool warned_of_mask = false;
  };

  /// Takes back what the layer's build() made.
  static void forget_build(Layer& layer);
  template <class F>
  void for_each_layer(std::vector<const Layer*>& seen, const F& f) const;
  std::vector<Tensor> run(std::span<const Tensor> inputs, const CallOptions& options);
  CallContext context_of(std::span<const Tensor> inputs, const CallOptions& options) const;
  void attach_masks(std::span<const Tensor> inputs, const CallContext& context, std::span<const Tensor> results);
  void add_activity_losses(std::span<const Tensor> results) const;

  bool trainable_ = true;
  bool casts_inputs_ = true;
  DTypePolicy dtype_policy_;
  RegularizerSpec activity_regularizer_;
  Live live_;
};

namespace detail {
/// Adopts a layer in the session of the inputs, whose graph they are in.
KERATIN_API Tensor call_temporary(std::unique_ptr<Layer> layer, std::span<const Tensor> inputs,
                                  const CallOptions& options, std::source_location where);
KERATIN_API std::vector<Tensor> call_temporary_all(std::unique_ptr<Layer> layer, std::span<const Tensor> inputs,
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
  /// All results, of a layer that has several.
  std::vector<Tensor> all(const std::vector<Tensor>& inputs, const CallOptions& options = {},
                          std::source_location where = std::source_location::current()) && {
    return detail::call_temporary_all(std::make_unique<T>(static_cast<T&&>(*this)), inputs, options, where);
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

  /// All results, of a layer that has several: `lstm.all({x})`.
  std::vector<Tensor> all(const std::vector<Tensor>& inputs, const CallOptions& options = {}) const {
    check();
    return layer_->invoke_all(inputs, options);
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

/// A layer of a model: a handle whose questions are asked with a dot. Throws StaleHandleError when the layer has ended.
class KERATIN_API LayerRef : public Handle<Layer> {
 public:
  LayerRef() noexcept = default;
  template <class T>
  LayerRef(const Handle<T>& layer) noexcept : Handle(layer) {}

  const std::string& name() const { return (*this)->name(); }
  std::string class_name() const { return (*this)->class_name(); }
  bool trainable() const { return (*this)->trainable(); }
  void set_trainable(bool trainable) const { (*this)->set_trainable(trainable); }
  std::int64_t count_params() const { return (*this)->count_params(); }
  std::vector<Variable> weights() const { return (*this)->weights(); }
  std::vector<Array> get_weights() const { return (*this)->get_weights(); }
  void set_weights(const std::vector<Array>& weights) const { (*this)->set_weights(weights); }
  Config get_config() const { return (*this)->get_config(); }
  /// The symbolic tensor that the layer's only call takes or gives. Throws ValueError where it was called several times
  /// (or never) on symbolic tensors, or has several.
  Tensor input() const;
  Tensor output() const;
  /// All that its only call takes or gives.
  std::vector<Tensor> inputs() const;
  std::vector<Tensor> outputs() const;
};

/// A layer of any class, as an element of Sequential's list; remembers the line that it was written on.
class KERATIN_API LayerSpec : private Spec<Layer> {
 public:
  template <std::derived_from<Layer> T>
  LayerSpec(T layer, std::source_location where = std::source_location::current())
      : Spec(std::in_place, std::move(layer)), where_(where) {}

  /// T::from_config with what every layer's config has.
  template <std::derived_from<Layer> T>
  static LayerSpec described_by(const Config& config) {
    T layer = T::from_config(config);
    layer.take_common(config);
    return LayerSpec(std::move(layer), std::source_location());
  }
  /// Keras's object: class name and config.
  ConfigValue config() const;
  /// Of one of the library's layers, or of those that load_model was given. Throws ValueError for others.
  static LayerSpec from_config(const ConfigValue& config);
  const Layer& layer() const noexcept { return *object(); }

  using Spec::clone;
  const SourceLine& where() const noexcept { return where_; }

 private:
  SourceLine where_;
};

}  // namespace keratin::inline v0

#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/core/export.h"
#include "keratin/core/spec.h"
#include "keratin/graph/tensor.h"
#include "keratin/session/component.h"

namespace keratin::inline v0 {

namespace optimizers {

/// What all optimizers share (Keras's parameters of the same names).
struct BaseOptions {
  double learning_rate = 0.001;
  std::optional<double> weight_decay = std::nullopt;
  std::optional<double> clipnorm = std::nullopt;
  std::optional<double> clipvalue = std::nullopt;
  std::optional<double> global_clipnorm = std::nullopt;
};

/// An optimizer: a copyable description; its slots come to be in build(). `keras.optimizers.Optimizer`.
class KERATIN_API Optimizer : public Component {
 public:
  /// Makes the slots for these variables (called by apply() where it hasn't been). Further variables get theirs when
  /// they come.
  void build(std::span<const Variable> variables);
  /// One step: inside a function alone. A gradient that is empty leaves its variable as it is. Nothing happens without
  /// any gradient; throws ValueError if all of them are empty, or if there isn't one for each variable.
  void apply(std::span<const Tensor> gradients, std::span<const Variable> variables);
  void apply(const std::vector<Tensor>& gradients, const std::vector<Variable>& variables) {
    apply(std::span<const Tensor>(gradients), std::span<const Variable>(variables));
  }

  /// May be read and set at any time, while training too; no trace is made anew. float32 scalar.
  Variable learning_rate_variable() const noexcept { return learning_rate_; }
  double learning_rate() const;
  /// Throws ValueError for a number that isn't finite.
  void set_learning_rate(double value);
  /// int64 scalar: steps done.
  Variable iterations() const noexcept { return iterations_; }

  ComponentKind kind() const noexcept override { return ComponentKind::optimizer; }

 protected:
  Optimizer(std::string name, BaseOptions options);
  // A copy is a description: without slots.
  Optimizer(const Optimizer& other);
  Optimizer& operator=(const Optimizer& other);
  Optimizer(Optimizer&&) noexcept = default;
  Optimizer& operator=(Optimizer&&) noexcept = default;
  void became_live() override;
  /// Makes the slots of these variables (with add_slot), in Keras's order.
  virtual void build_slots(std::span<const Variable> variables) = 0;
  /// Adds the nodes of one variable's update: slot and variable assignments.
  virtual void update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) = 0;
  /// A slot of each variable's shape and dtype, named "<variable path>_<slot>": zeros.
  void add_slots(std::span<const Variable> variables, const std::string& slot);
  /// Throws InternalError where there is no such slot.
  Variable slot(const Variable& variable, std::string_view slot) const;

 private:
  struct Slot {
    Variable variable;
    std::string name;
    Variable state;
  };
  void check_learning_rate(double value) const;
  Tensor clipped(const Tensor& gradient) const;
  bool is_built_for(const Variable& variable) const noexcept;

  BaseOptions options_;
  Variable learning_rate_;
  Variable iterations_;
  std::vector<Variable> built_for_;
  std::vector<Slot> slots_;
};

}  // namespace optimizers

inline constexpr std::string_view optimizer_names[] = {"sgd", "SGD", "adam", "Adam", "rmsprop", "RMSprop"};

/// "adam", or an optimizer object with options.
class KERATIN_API OptimizerSpec : public Spec<optimizers::Optimizer> {
 public:
  constexpr OptimizerSpec() noexcept = default;
  KERATIN_SPEC_NAMES(OptimizerSpec, optimizer_names, "an optimizer")
  template <std::derived_from<optimizers::Optimizer> T>
  OptimizerSpec(T object) : Spec(std::in_place, std::move(object)) {}

  std::unique_ptr<optimizers::Optimizer> make() const;
};

}  // namespace keratin::inline v0

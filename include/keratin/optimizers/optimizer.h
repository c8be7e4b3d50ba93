#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/spec.h"
#include "keratin/graph/tensor.h"
#include "keratin/optimizers/learning_rate.h"
#include "keratin/session/component.h"

namespace keratin::inline v0 {

namespace optimizers {

/// What all optimizers share. `keras.optimizers.Optimizer`.
struct BaseOptions {
  LearningRate learning_rate = 0.001;
  std::optional<double> weight_decay = std::nullopt;  ///< before each update, w ← w − w · weight_decay · learning_rate
  // At most one of these three. They are positive.
  std::optional<double> clipnorm = std::nullopt;         ///< the greatest norm of each gradient
  std::optional<double> clipvalue = std::nullopt;        ///< the greatest absolute value of a gradient's element
  std::optional<double> global_clipnorm = std::nullopt;  ///< the greatest norm of all gradients together
  bool use_ema = false;  ///< keep averages: a ← ema_momentum·a + (1 − ema_momentum)·w
  double ema_momentum = 0.99;
  /// After so many steps each the averages take the weights' place; fit does it at its end anyway. 0: never.
  std::optional<std::int64_t> ema_overwrite_frequency = std::nullopt;
  std::optional<double> loss_scale_factor = std::nullopt;  ///< of the loss; gradients are divided by it
  /// Weights change once in so many steps (2 or more; 0: each), by the mean of their gradients.
  std::optional<std::int64_t> gradient_accumulation_steps = std::nullopt;
  std::string name = {};  ///< empty: that of the class, "adam"
};

/// An optimizer: a copyable description; its slots come to be in build(). `keras.optimizers.Optimizer`. One of a user's
/// own says what slots there are and how a weight changes; learning rate, clipping, weight decay, averages,
/// accumulation and slots that are saved and on the books come with the base:
///
///     class Signs : public kt::optimizers::Optimizer {
///      public:
///       Signs() : Optimizer({.learning_rate = 0.01}) {}
///      protected:
///       void build_slots(std::span<const kt::Variable> variables) override { add_slots(variables, "mean"); }
///       void update_step(const kt::Tensor& gradient, const kt::Variable& variable,
///                        const kt::Tensor& learning_rate) override {
///         kt::Variable mean = slot(variable, "mean");
///         mean.assign(0.9 * mean + 0.1 * gradient);
///         kt::Variable(variable).assign_sub(learning_rate * kt::ops::sign(mean));
///       }
///     };
///
/// To be saved and loaded it also has config() (the base's entries with its own) and a static from_config.
class KERATIN_API Optimizer : public Component {
 public:
  Optimizer(const Optimizer& other);
  Optimizer& operator=(const Optimizer& other);
  Optimizer(Optimizer&& other) noexcept;
  Optimizer& operator=(Optimizer&& other) noexcept;
  ~Optimizer() override;

  /// Makes the slots for these variables (called by apply() where it hasn't been). Further variables get theirs when
  /// they come.
  void build(std::span<const Variable> variables);
  /// One step: inside a function alone. A gradient that is empty leaves its variable as it is, with a warning. Nothing
  /// happens without any gradient; throws ValueError if all of them are empty, or if there isn't one for each variable.
  void apply(std::span<const Tensor> gradients, std::span<const Variable> variables);
  void apply(const std::vector<Tensor>& gradients, const std::vector<Variable>& variables);
  /// The loss whose gradients apply() takes: times loss_scale_factor, where there is one.
  virtual Tensor scale_loss(const Tensor& loss) const;
  /// Outside of functions: gives variables their averages, where the optimizer keeps them. fit calls it at its end.
  void finalize_variable_values(std::span<const Variable> variables);

  /// May be read and set at any time, while training too; no trace is made anew. float32 scalar. Empty with a schedule.
  virtual Variable learning_rate_variable() const noexcept { return live_.learning_rate; }
  /// Outside of functions: the number, or what the schedule gives for the next step.
  virtual double learning_rate() const;
  /// A number, or a schedule from now on (for which functions are traced anew). Throws ValueError for a number that
  /// isn't finite, and for any number where there is a schedule.
  virtual void set_learning_rate(const LearningRate& value);
  /// int64 scalar: steps done.
  virtual Variable iterations() const noexcept { return live_.iterations; }

  /// These variables, and those in whose path one of the patterns (regular expressions) is found, don't decay. Each
  /// call replaces what was said before. Throws ValueError once slots are built, or for a pattern that is none.
  void exclude_from_weight_decay(std::vector<Variable> var_list, std::vector<std::string> var_names = {});

  /// In the order in which Keras saves them: iteration, learning_rate (without a schedule), then the slots.
  virtual std::vector<Variable> variables() const;
  /// Optimizers inside of this one, with the place that Keras gives them in a file: "inner_optimizer".
  virtual std::vector<std::pair<std::string, Optimizer*>> nested() const { return {}; }
  /// The variables with their averages: those of use_ema. Empty before the first step.
  virtual std::vector<std::pair<Variable, Variable>> averages() const;

  /// Keras's class name: "Adam". By default that of the C++ class.
  virtual std::string class_name() const;
  /// The options as data, as Keras's get_config gives them, with the learning rate as it is now.
  virtual Config config() const;
  ComponentKind kind() const noexcept override { return ComponentKind::optimizer; }

 protected:
  /// Throws ValueError for an option that makes no sense.
  explicit Optimizer(BaseOptions options);
  std::string default_name() const override;
  void became_live() override;

  /// Makes the slots of these variables (with add_slots), in Keras's order.
  virtual void build_slots(std::span<const Variable> variables) = 0;
  /// Adds the nodes of one variable's update: slot and variable assignments. Gradient and rate have the variable's
  /// dtype.
  virtual void update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) = 0;
  /// Called before the updates of a step.
  virtual void begin_updates() {}
  /// What update_step is called with, for all of a step's variables: gradients that are there.
  virtual void apply_all(std::span<const Tensor> gradients, std::span<const Variable> variables);
  virtual std::optional<double> weight_decay_of(const Variable& variable) const;

  /// A slot of each variable's shape and dtype, named "<variable path>_<slot>", that starts as a number.
  void add_slots(std::span<const Variable> variables, const std::string& slot, double initial = 0.0);
  /// Two slots of each variable, one after the other.
  void add_slot_pairs(std::span<const Variable> variables, const std::string& first, const std::string& second);
  /// As add_slots, with the variable's value at the time when the slot's memory is made.
  void add_slots_like(std::span<const Variable> variables, const std::string& slot);
  /// A slot of another shape or dtype; of an empty Variable: one for all, named as the slot.
  void add_slot(const Variable& variable, const std::string& slot, const Shape& shape, DType dtype,
                InitialValue initial = {});
  bool has_slot(const Variable& variable, std::string_view slot) const noexcept;
  /// Throws InternalError where there is no such slot.
  Variable slot(const Variable& variable, std::string_view slot) const;
  /// In a function: which update this is, from 1 on.
  Tensor update_number(DType dtype) const;
  bool decays(const Variable& variable) const;
  bool is_built() const noexcept { return !live_.built_for.empty(); }
  const BaseOptions& base_options() const noexcept { return options_; }

 private:
  friend class OptimizerWrapper;
  struct Slot {
    Variable variable;
    std::string name;
    Variable state;
  };
  /// What a live optimizer has; a copy of it, which is a description, starts without.
  struct Live {
    Live() noexcept;
    Live(const Live& other) noexcept;
    Live& operator=(const Live& other) noexcept;
    ~Live();
    Variable learning_rate;
    Variable iterations;
    std::vector<Variable> built_for;
    std::vector<Slot> slots;
  };

  Tensor rate() const;
  void clip(std::vector<Tensor>& gradients) const;
  void update(std::vector<Tensor> gradients, std::span<const Variable> variables);
  void accumulate(std::vector<Tensor> gradients, std::span<const Variable> variables);
  void average();
  std::int64_t accumulation_steps() const noexcept { return options_.gradient_accumulation_steps.value_or(0); }

  BaseOptions options_;
  std::vector<Variable> not_decaying_;
  std::vector<std::string> not_decaying_patterns_;
  Live live_;
};

}  // namespace optimizers

/// Names that `keras.optimizers.get` takes, in small letters and as the classes are called; and "lamb".
inline constexpr std::string_view optimizer_names[] = {
    "sgd",      "adam",      "adamw", "adamax", "nadam", "rmsprop", "adagrad",
    "adadelta", "adafactor", "ftrl",  "lion",   "lamb",  "muon",    "schedulefreeadamw",
    "SGD",      "Adam",      "AdamW", "Adamax", "Nadam", "RMSprop", "Adagrad",
    "Adadelta", "Adafactor", "Ftrl",  "Lion",   "Lamb",  "Muon",    "ScheduleFreeAdamW"};

/// "adam", or an optimizer object with options.
class KERATIN_API OptimizerSpec : public Spec<optimizers::Optimizer> {
 public:
  constexpr OptimizerSpec() noexcept = default;
  KERATIN_SPEC_NAMES(OptimizerSpec, optimizer_names, "an optimizer")
  template <std::derived_from<optimizers::Optimizer> T>
  OptimizerSpec(T object) : Spec(std::in_place, std::move(object)) {}

  std::unique_ptr<optimizers::Optimizer> make() const;

  /// None, the name, or the object's description with class_name and config.
  ConfigValue config() const;
  /// Of one of these. Throws ValueError for a class that isn't known, or an option that it doesn't have.
  static OptimizerSpec from_config(const ConfigValue& config);
  /// An optimizer's description, a live one's too: with its learning rate as it is now.
  static Config describe(const optimizers::Optimizer& optimizer);
};

}  // namespace keratin::inline v0

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "keratin/core/callable.h"
#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/optimizers/optimizer.h"

namespace keratin::inline v0::optimizers {

/// Of optimizers that have others do the work.
class KERATIN_API OptimizerWrapper : public Optimizer {
 public:
  std::vector<Variable> variables() const override;
  std::vector<std::pair<Variable, Variable>> averages() const override;

 protected:
  explicit OptimizerWrapper(BaseOptions options) : Optimizer(std::move(options)) {}
  /// Makes one live, below this one, with this factor instead of its own.
  Handle<Optimizer> adopt(const OptimizerSpec& optimizer, std::optional<double> loss_scale_factor);
  const std::vector<Handle<Optimizer>>& inner() const noexcept { return live_.inner; }
  void update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) override;

 private:
  /// A copy, which is a description, has none.
  struct Live {
    Live() = default;
    Live(const Live& /*other*/) noexcept {}
    Live& operator=(const Live& /*other*/) noexcept { return *this; }
    ~Live() = default;
    std::vector<Handle<Optimizer>> inner;
  };
  Live live_;
};

struct LossScaleOptimizerOptions {
  double initial_scale = 32768.0;
  std::int64_t dynamic_growth_steps = 2000;
  std::string name = {};
};

/// Scales the loss, so that gradients in float16 don't vanish, and finds the scale itself: it is doubled after
/// dynamic_growth_steps steps with finite gradients, and halved after one without, which changes nothing else.
/// `keras.optimizers.LossScaleOptimizer`; compile puts it around the optimizer of a model in mixed_float16. In a
/// training step of one's own, the gradients are those of `optimizer->scale_loss(loss)`.
class KERATIN_API LossScaleOptimizer : public OptimizerWrapper {
 public:
  explicit LossScaleOptimizer(OptimizerSpec inner_optimizer, LossScaleOptimizerOptions options = {});

  Tensor scale_loss(const Tensor& loss) const override;
  // Those of the inner optimizer.
  Variable learning_rate_variable() const noexcept override;
  double learning_rate() const override;
  void set_learning_rate(const LearningRate& value) override;
  Variable iterations() const noexcept override;

  /// Empty before it is live.
  Handle<Optimizer> inner_optimizer() const;
  std::vector<Variable> variables() const override;
  std::vector<std::pair<std::string, Optimizer*>> nested() const override;
  Config config() const override;
  static LossScaleOptimizer from_config(const Config& config);

 protected:
  void became_live() override;
  void build_slots(std::span<const Variable> variables) override;
  void apply_all(std::span<const Tensor> gradients, std::span<const Variable> variables) override;

 private:
  OptimizerSpec inner_;
  LossScaleOptimizerOptions options_;
};

/// Which optimizer a variable has: the one of its path, or of the only pattern (a regular expression for the whole
/// path) that fits, or the default. `keras.optimizers.OptimizerMap`.
class KERATIN_API OptimizerMap {
 public:
  using Entries = std::vector<std::pair<std::string, OptimizerSpec>>;

  /// Throws ValueError for an empty optimizer, a LossScaleOptimizer or a MultiOptimizer, for a key that is there twice
  /// and for one that is no regular expression.
  OptimizerMap(OptimizerSpec default_optimizer, const Entries& optimizer_map = {});
  OptimizerMap(const OptimizerMap& other);
  OptimizerMap(OptimizerMap&& other) noexcept;
  OptimizerMap& operator=(const OptimizerMap& other);
  OptimizerMap& operator=(OptimizerMap&& other) noexcept;
  ~OptimizerMap();

  void set(std::string key, OptimizerSpec optimizer);
  const OptimizerSpec& default_optimizer() const noexcept { return default_optimizer_; }
  const Entries& entries() const noexcept { return entries_; }
  /// Throws ValueError where two patterns fit.
  const OptimizerSpec& at(const std::string& path) const;

  /// Keras's object, with class_name and config.
  Config config() const;
  static OptimizerMap from_config(const ConfigValue& description);

 private:
  friend class MultiOptimizer;
  Config config_with(const Callable<Config(const OptimizerSpec&)>& describe) const;

  OptimizerSpec default_optimizer_;
  Entries entries_;
};

struct MultiOptimizerOptions {
  std::optional<double> loss_scale_factor = std::nullopt;  ///< instead of those of the optimizers
  std::string name = {};
};

/// Variables with several optimizers. `keras.optimizers.MultiOptimizer`. Copies of one OptimizerSpec are one optimizer;
/// it has no learning rate of its own: `optimizer->optimizers()` have theirs.
class KERATIN_API MultiOptimizer : public OptimizerWrapper {
 public:
  /// What a variable's optimizer is; called once for each variable.
  using Chooser = Callable<OptimizerSpec(const Variable& variable)>;

  explicit MultiOptimizer(OptimizerMap optimizer_map, MultiOptimizerOptions options = {});
  /// One that is chosen by a function can't be saved.
  explicit MultiOptimizer(Chooser chooser, MultiOptimizerOptions options = {});

  /// Those that are live: of a map all, by a function those that were chosen.
  const std::vector<Handle<Optimizer>>& optimizers() const noexcept { return inner(); }
  /// These throw ValueError.
  double learning_rate() const override;
  void set_learning_rate(const LearningRate& value) override;
  Variable learning_rate_variable() const noexcept override { return {}; }

  std::vector<std::pair<std::string, Optimizer*>> nested() const override;
  Config config() const override;
  static MultiOptimizer from_config(const Config& config);

 protected:
  void became_live() override;
  void build_slots(std::span<const Variable> variables) override;
  void apply_all(std::span<const Tensor> gradients, std::span<const Variable> variables) override;

 private:
  /// The index of the live optimizer that this stands for, or the number of them.
  std::size_t find(const OptimizerSpec& optimizer) const noexcept;
  std::size_t find_or_adopt(const OptimizerSpec& optimizer);
  /// Calls with each live optimizer and the indices of its variables among these, where it has some.
  template <class F>
  void for_each_part(std::span<const Variable> variables, F f) const;
  struct Chosen {
    Chosen() noexcept;
    Chosen(const Chosen& other) noexcept;
    Chosen& operator=(const Chosen& other) noexcept;
    ~Chosen();
    std::vector<OptimizerSpec> specs;  ///< of the live optimizers
    std::vector<std::pair<Variable, std::size_t>> of;
  };

  std::optional<OptimizerMap> map_;
  Chooser chooser_;
  Chosen chosen_;
};

}  // namespace keratin::inline v0::optimizers

#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/core/export.h"
#include "keratin/core/spec.h"
#include "keratin/losses/loss.h"
#include "keratin/losses/losses.h"
#include "keratin/metrics/metric.h"
#include "keratin/metrics/metrics.h"
#include "keratin/optimizers/optimizer.h"
#include "keratin/optimizers/optimizers.h"

namespace keratin::inline v0 {

/// Losses by output: one for all, a list in the order of the outputs, or by name.
struct NamedLoss {
  std::string output;  ///< empty in a list
  LossSpec loss;
};
struct LossTable {
  std::vector<NamedLoss> entries;
};

/// `.loss = "mse"` for each output, a loss object, a function of (y_true, y_pred), a list with one for each output
/// (`{}`: none), or
/// `{{"digit", "sparse_categorical_crossentropy"}, …}`, where each output is named.
class KERATIN_API LossesSpec : public Spec<LossTable> {
 public:
  constexpr LossesSpec() noexcept = default;
  KERATIN_SPEC_NAMES(LossesSpec, loss_names, "a loss")
  template <std::derived_from<losses::Loss> T>
  LossesSpec(T object) : LossesSpec(LossSpec(std::move(object))) {}
  template <detail::PairFunction<losses::Loss> F>
  LossesSpec(F function) : LossesSpec(LossSpec(std::move(function))) {}
  LossesSpec(std::initializer_list<LossSpec> list);
  LossesSpec(const std::vector<LossSpec>& list);
  LossesSpec(std::initializer_list<NamedLoss> by_output);
  LossesSpec(std::vector<NamedLoss> by_output);

 private:
  explicit LossesSpec(LossSpec&& one);
};

/// `.metrics = {"accuracy"}` for the only output (with several: one for each, in order), or
/// `{{"digit", {"accuracy"}}, {"parity", {metrics::BinaryAccuracy()}}}` by name; a list of lists is
/// `MetricsSpec::by_output({{"mae", "mse"}, {}})`.
class KERATIN_API MetricsSpec {
 public:
  using ByName = std::vector<std::pair<std::string, std::vector<MetricSpec>>>;

  MetricsSpec() noexcept;
  MetricsSpec(std::initializer_list<MetricSpec> all);
  MetricsSpec(std::vector<MetricSpec> all);
  MetricsSpec(std::initializer_list<std::pair<std::string, std::vector<MetricSpec>>> by_name);
  MetricsSpec(ByName by_name);
  static MetricsSpec by_output(std::vector<std::vector<MetricSpec>> lists);
  MetricsSpec(const MetricsSpec& other);
  MetricsSpec(MetricsSpec&& other) noexcept;
  MetricsSpec& operator=(const MetricsSpec& other);
  MetricsSpec& operator=(MetricsSpec&& other) noexcept;
  ~MetricsSpec();

  bool empty() const noexcept;
  const std::vector<MetricSpec>& all() const noexcept { return all_; }
  const ByName& by_name() const noexcept { return by_name_; }
  const std::vector<std::vector<MetricSpec>>& lists() const noexcept { return lists_; }

 private:
  std::vector<MetricSpec> all_;
  ByName by_name_;
  std::vector<std::vector<MetricSpec>> lists_;
};

/// `.loss_weights`: a number for the only output, or one for each, in order or by name.
class KERATIN_API LossWeights {
 public:
  LossWeights() noexcept;
  LossWeights(double one);
  LossWeights(std::initializer_list<double> all);
  LossWeights(std::vector<double> all);
  LossWeights(std::initializer_list<std::pair<std::string, double>> by_name);
  LossWeights(std::vector<std::pair<std::string, double>> by_name);
  LossWeights(const LossWeights& other);
  LossWeights(LossWeights&& other) noexcept;
  LossWeights& operator=(const LossWeights& other);
  LossWeights& operator=(LossWeights&& other) noexcept;
  ~LossWeights();

  bool empty() const noexcept;
  const std::vector<double>& all() const noexcept { return all_; }
  const std::vector<std::pair<std::string, double>>& by_name() const noexcept { return by_name_; }

 private:
  std::vector<double> all_;
  std::vector<std::pair<std::string, double>> by_name_;
};

/// What `compile` takes, in Keras's order.
struct CompileOptions {
  OptimizerSpec optimizer = {detail::Known{}, "rmsprop"};
  LossesSpec loss = {};
  LossWeights loss_weights = {};
  MetricsSpec metrics = {};
  MetricsSpec weighted_metrics = {};
  /// Each step is run node by node, so that a debugger sees values; the same numbers.
  bool run_eagerly = false;
  /// Batches from one call of the batch hooks to the next: they are called for the first one's index and the last
  /// one's.
  std::int64_t steps_per_execution = 1;
  /// With the policy mixed_float16 the optimizer is put into a LossScaleOptimizer, unless it is one.
  bool auto_scale_loss = true;
  /// Activations aren't kept for the backward pass but computed once more in it, from layer to layer: less memory, more
  /// time, the same numbers. memory_plan() tells how much.
  bool recompute = false;
};

}  // namespace keratin::inline v0

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "graph/spec.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/losses/loss.h"
#include "keratin/metrics/metrics.h"
#include "keratin/optimizers/optimizer.h"
#include "keratin/training/compile_options.h"
#include "keratin/training/logs.h"

namespace keratin::inline v0::training {

class LiveModel;

/// What compile made: an optimizer, and for each output a loss with its weight and metrics. Says what a step computes
/// after the forward pass.
class Compiled {
 public:
  /// Checks everything against the model's outputs before it makes anything live. Throws ValueError.
  Compiled(LiveModel& model, CompileOptions options);
  /// Ends the components that it made.
  ~Compiled();
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;

  const Handle<optimizers::Optimizer>& optimizer() const noexcept { return optimizer_; }
  const CompileOptions& options() const noexcept { return options_; }
  bool runs_eagerly() const noexcept { return options_.run_eagerly; }
  std::int64_t steps_per_execution() const noexcept { return options_.steps_per_execution; }
  /// Whether an output is compared with targets: by a loss or a metric.
  bool needs_target(std::size_t output) const noexcept;
  bool needs_targets() const noexcept;
  bool has_metrics() const noexcept;
  /// What targets of an output usually are, given its shape: class numbers, or numbers of the same shape.
  graph::Spec target_spec(std::size_t output, Shape shape) const;

  /// Makes the metrics, as soon as the targets' shapes are known ("accuracy" depends on them); anew for targets of
  /// other shapes until a first step has run, as a plan before any data has to assume some, and a fit may fail by its
  /// targets. True if it made some.
  bool make_metrics(std::span<const Shape> targets, std::span<const Shape> outputs);
  bool has_made_metrics() const noexcept { return has_metrics_; }
  /// A step has run: the metrics stay.
  void settle() noexcept { is_settled_ = true; }
  /// Names of what a step returns, in Keras's order: "loss", metrics, weighted ones, losses by output where there are
  /// several, the model's own metrics.
  Logs::Names names() const;

  /// The weighted sum of all losses and the layers' penalties. Notes each output's loss in its tracker, if `rows`
  /// (which counts the batch, a float scalar) is given. `weights`: none, one for all outputs, or one each. Throws
  /// ValueError where there is nothing to sum.
  Tensor total_loss(std::span<const Tensor> targets, std::span<const Tensor> outputs, std::span<const Tensor> weights,
                    std::span<const Tensor> penalties, const Tensor& rows) const;
  /// Notes a batch's loss as "loss".
  void track_loss(const Tensor& loss, const Tensor& rows) const { loss_tracker_->update_state(loss, {}, rows); }
  void update_metrics(std::span<const Tensor> targets, std::span<const Tensor> outputs,
                      std::span<const Tensor> weights) const;
  /// Values in the order of names().
  std::vector<Tensor> results() const;
  void reset_metrics() const;

 private:
  struct Output {
    std::string name;
    std::unique_ptr<losses::Loss> loss;  ///< nullptr: none
    double weight = 1.0;
    std::vector<MetricSpec> metric_specs;
    std::vector<MetricSpec> weighted_specs;
    Handle<metrics::Mean> tracker;  ///< where several outputs have a loss
    std::vector<Handle<Metric>> metrics;
    std::vector<Handle<Metric>> weighted_metrics;
    std::vector<std::string> metric_names;  ///< of those that were made first
    std::vector<std::string> weighted_names;
  };
  void set_losses();
  void set_weights();
  void set_metrics(const MetricsSpec& specs, std::vector<MetricSpec> Output::*member, const char* option);
  void make_optimizer();
  void make_trackers();
  std::size_t output_named(const std::string& name, const char* option) const;
  void end_metrics();
  template <class F>
  void for_each_metric(F f) const;

  LiveModel* model_;
  CompileOptions options_;
  std::vector<Output> outputs_;
  Handle<optimizers::Optimizer> optimizer_;
  Handle<metrics::Mean> loss_tracker_;
  std::vector<Component*> made_;
  std::vector<Shape> metric_targets_;  ///< of each row: what the metrics were made for
  bool has_metrics_ = false;
  bool is_settled_ = false;
};

}  // namespace keratin::inline v0::training

#include "training/compiled.h"

#include <algorithm>
#include <utility>

#include "core/text.h"
#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "session/core.h"
#include "training/live_model.h"

namespace keratin::inline v0::training {
namespace {

bool is_mixed_float16(const LiveModel& model) {
  const DTypePolicy policy = model.dtype_policy();
  return policy.compute_dtype() == float16 && policy.variable_dtype() == float32;
}

}  // namespace

Compiled::Compiled(LiveModel& model, CompileOptions options) : model_(&model), options_(std::move(options)) {
  for (const std::string& name : model.output_names()) outputs_.emplace_back().name = name;
  set_losses();
  set_weights();
  set_metrics(options_.metrics, &Output::metric_specs, "metrics");
  set_metrics(options_.weighted_metrics, &Output::weighted_specs, "weighted_metrics");
  auto optimizer = options_.optimizer.make();
  if (options_.auto_scale_loss && is_mixed_float16(model) &&
      dynamic_cast<optimizers::LossScaleOptimizer*>(optimizer.get()) == nullptr)
    optimizer = std::make_unique<optimizers::LossScaleOptimizer>(options_.optimizer);
  optimizers::Optimizer* const raw = optimizer.get();
  optimizer_ = Handle<optimizers::Optimizer>(model.core().adopt(std::move(optimizer), &model, model.where()), raw);
  made_.push_back(raw);
  loss_tracker_ = model.adopt_part(metrics::Mean({.name = "loss"}));
  made_.push_back(loss_tracker_.unchecked());
  if (outputs_.size() > 1)
    for (Output& output : outputs_) {
      if (output.loss == nullptr) continue;
      output.tracker = model.adopt_part(metrics::Mean({.name = output.name + "_loss"}));
      made_.push_back(output.tracker.unchecked());
    }
  collect_names();
}

Compiled::~Compiled() {
  // With the model's end its parts have ended too; only a new compile takes them away before.
  if (!optimizer_.is_alive()) return;
  end_metrics();
  for (Component* const part : made_) model_->core().remove(*part, "compile() of '" + model_->name() + "' made others");
}

std::size_t Compiled::output_named(const std::string& name, const char* option) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    if (outputs_[i].name == name) return i;
    names.push_back(outputs_[i].name);
  }
  throw ValueError("compile: " + std::string(option) + " names an output that the model '" + model_->name() +
                   "' does not have. It has: " + core::listed(names, "'") + ". Received: '" + name + "'");
}

void Compiled::set_losses() {
  const LossesSpec& spec = options_.loss;
  if (spec.is_empty()) return;
  if (spec.name() != nullptr) {
    const LossSpec one{RuntimeName{spec.name()}};
    for (Output& output : outputs_) output.loss = one.make();
    return;
  }
  const std::vector<NamedLoss>& entries = spec.object()->entries;
  const bool by_name = !entries.empty() && !entries.front().output.empty();
  const bool one_for_all = !by_name && entries.size() == 1;
  if (!by_name && !one_for_all && entries.size() != outputs_.size())
    throw ValueError("compile: a list of losses has one for each output of '" + model_->name() + "', which has " +
                     std::to_string(outputs_.size()) + ". Received: " + std::to_string(entries.size()));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (one_for_all) {
      for (Output& output : outputs_) output.loss = entries[i].loss.make();
    } else {
      outputs_[by_name ? output_named(entries[i].output, "loss") : i].loss = entries[i].loss.make();
    }
  }
}

void Compiled::set_weights() {
  const LossWeights& weights = options_.loss_weights;
  if (!weights.all().empty() && weights.all().size() != outputs_.size())
    throw ValueError("compile: loss_weights has a number for each of the " + std::to_string(outputs_.size()) +
                     " outputs. Received: " + std::to_string(weights.all().size()));
  for (std::size_t i = 0; i < weights.all().size(); ++i) outputs_[i].weight = weights.all()[i];
  for (const auto& [name, weight] : weights.by_name()) outputs_[output_named(name, "loss_weights")].weight = weight;
}

void Compiled::set_metrics(const MetricsSpec& specs, std::vector<MetricSpec> Output::*member, const char* option) {
  if (!specs.all().empty() && outputs_.size() > 1 && specs.all().size() != outputs_.size())
    throw ValueError("compile: with several outputs, " + std::string(option) +
                     " names them: {{\"output\", {\"accuracy\"}}, …}. Received: a list of " +
                     std::to_string(specs.all().size()) + " for " + std::to_string(outputs_.size()) + " outputs");
  for (std::size_t i = 0; i < specs.all().size(); ++i)
    (outputs_[outputs_.size() > 1 ? i : 0].*member).push_back(specs.all()[i]);
  for (const auto& [name, of_output] : specs.by_name()) outputs_[output_named(name, option)].*member = of_output;
}

bool Compiled::has_loss() const noexcept {
  return std::any_of(outputs_.begin(), outputs_.end(), [](const Output& output) { return output.loss != nullptr; });
}

graph::Spec Compiled::target_spec(std::size_t output, Shape shape) const {
  const losses::Loss* const loss = outputs_[output].loss.get();
  if (loss == nullptr || !loss->takes_class_numbers()) return {float32, shape};
  shape.erase(shape.rank() - 1);
  return {int32, shape};
}

bool Compiled::make_metrics(std::span<const Shape> targets, std::span<const Shape> outputs) {
  if (is_settled_) return false;
  std::vector<Shape> rows(targets.begin(), targets.end());
  for (Shape& row : rows)
    if (!row.empty()) row.erase(0);
  if (has_metrics_ && rows == metric_targets_) return false;
  end_metrics();
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    const auto make = [&](const std::vector<MetricSpec>& specs, std::vector<Handle<Metric>>& handles) {
      for (const MetricSpec& spec : specs) {
        auto metric = spec.make(targets[i], outputs[i]);
        Metric* const raw = metric.get();
        handles.emplace_back(model_->core().adopt(std::move(metric), model_, model_->where()), raw);
      }
    };
    make(outputs_[i].metric_specs, outputs_[i].metrics);
    make(outputs_[i].weighted_specs, outputs_[i].weighted_metrics);
  }
  has_metrics_ = true;
  metric_targets_ = std::move(rows);
  collect_names();
  return true;
}

void Compiled::end_metrics() {
  for_each_metric([&](const Output&, Metric& metric, bool) {
    model_->core().remove(metric, "other metrics took the place of '" + metric.name() + "'");
  });
  for (Output& output : outputs_) {
    output.metrics.clear();
    output.weighted_metrics.clear();
  }
  has_metrics_ = false;
}

template <class F>
void Compiled::for_each_metric(F f) const {
  for (const Output& output : outputs_)
    for (const Handle<Metric>& metric : output.metrics) f(output, *metric, false);
  for (const Output& output : outputs_)
    for (const Handle<Metric>& metric : output.weighted_metrics) f(output, *metric, true);
}

void Compiled::collect_names() {
  std::vector<std::string> names{"loss"};
  const auto is_taken = [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const Output& output : outputs_)
    if (!output.tracker.is_empty()) names.push_back(output.name + "_loss");
  for_each_metric([&](const Output& output, const Metric& metric, bool is_weighted) {
    const std::string prefix = outputs_.size() > 1 ? output.name + "_" : "";
    std::string name = prefix + metric.name();
    // Two of one name are told apart as Keras does: "weighted_accuracy", "accuracy_1".
    if (is_weighted && is_taken(name)) name = prefix + "weighted_" + metric.name();
    const std::string base = name;
    for (int number = 1; is_taken(name); ++number) name = base + "_" + std::to_string(number);
    names.push_back(std::move(name));
  });
  names_ = std::make_shared<const std::vector<std::string>>(std::move(names));
}

Tensor Compiled::total_loss(std::span<const Tensor> targets, std::span<const Tensor> outputs,
                            const Tensor& sample_weight, std::span<const Tensor> penalties, const Tensor& rows) {
  Tensor total;
  const auto add = [&](const Tensor& value) { total = total.is_empty() ? value : total + value; };
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    const Output& output = outputs_[i];
    if (output.loss == nullptr) continue;
    const Tensor value = (*output.loss)(targets[i], outputs[i], sample_weight);
    if (!output.tracker.is_empty() && !rows.is_empty()) output.tracker->update_state(value, {}, rows);
    add(output.weight == 1.0 ? value : value * output.weight);
  }
  for (const Tensor& penalty : penalties) add(ops::sum(ops::cast(penalty, total.is_empty() ? float32 : total.dtype())));
  if (!rows.is_empty()) loss_tracker_->update_state(total, {}, rows);
  return total;
}

void Compiled::update_metrics(std::span<const Tensor> targets, std::span<const Tensor> outputs,
                              const Tensor& sample_weight) {
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    for (const Handle<Metric>& metric : outputs_[i].metrics) metric->update_state(targets[i], outputs[i], {});
    for (const Handle<Metric>& metric : outputs_[i].weighted_metrics)
      metric->update_state(targets[i], outputs[i], sample_weight);
  }
}

std::vector<Tensor> Compiled::results() const {
  std::vector<Tensor> values{loss_tracker_->result()};
  for (const Output& output : outputs_)
    if (!output.tracker.is_empty()) values.push_back(output.tracker->result());
  for_each_metric([&](const Output&, const Metric& metric, bool) { values.push_back(metric.result()); });
  return values;
}

void Compiled::reset_metrics() {
  loss_tracker_->reset_state();
  for (const Output& output : outputs_)
    if (!output.tracker.is_empty()) output.tracker->reset_state();
  for_each_metric([](const Output&, Metric& metric, bool) { metric.reset_state(); });
}

}  // namespace keratin::inline v0::training

#include "training/compiled.h"

#include <algorithm>
#include <utility>

#include "core/text.h"
#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "session/core.h"
#include "session/lives.h"
#include "training/live_model.h"

namespace keratin::inline v0::training {
namespace {

bool is_mixed_float16(const LiveModel& model) {
  const DTypePolicy policy = model.dtype_policy();
  return policy.compute_dtype() == float16 && policy.variable_dtype() == float32;
}

Tensor weight_of(std::span<const Tensor> weights, std::size_t output) {
  return weights.empty() ? Tensor() : weights[weights.size() == 1 ? 0 : output];
}

/// A statement for each case: g++ 12 cleans up wrongly behind an exception within braces in a conditional expression.
std::vector<NamedLoss> entries_of(const LossesSpec& spec) {
  if (spec.name() == nullptr) return spec.object()->entries;
  std::vector<NamedLoss> entries(1);
  entries.front().loss = LossSpec(RuntimeName{spec.name()});
  return entries;
}

}  // namespace

Compiled::Compiled(LiveModel& model, CompileOptions options) : model_(&model), options_(std::move(options)) {
  if (options_.steps_per_execution < 1)
    throw ValueError("compile: steps_per_execution must be at least 1. Received: " +
                     std::to_string(options_.steps_per_execution));
  for (const std::string& name : model.output_names()) outputs_.emplace_back().name = name;
  set_losses();
  set_weights();
  set_metrics(options_.metrics, &Output::metric_specs, "metrics");
  set_metrics(options_.weighted_metrics, &Output::weighted_specs, "weighted_metrics");
  make_optimizer();
  make_trackers();
}

void Compiled::make_optimizer() {
  auto optimizer = options_.optimizer.make();
  if (options_.auto_scale_loss && is_mixed_float16(*model_) &&
      dynamic_cast<optimizers::LossScaleOptimizer*>(optimizer.get()) == nullptr)
    optimizer = std::make_unique<optimizers::LossScaleOptimizer>(options_.optimizer);
  optimizers::Optimizer* const raw = optimizer.get();
  optimizer_ = Handle<optimizers::Optimizer>(model_->core().adopt(std::move(optimizer), model_, model_->where()), raw);
  made_.push_back(raw);
}

void Compiled::make_trackers() {
  const auto make = [this](std::string name) {
    Handle<metrics::Mean> tracker = model_->adopt_part(metrics::Mean({.name = std::move(name)}));
    made_.push_back(tracker.unchecked());
    return tracker;
  };
  loss_tracker_ = make("loss");
  const auto has_loss = [](const Output& output) { return output.loss != nullptr; };
  if (std::count_if(outputs_.begin(), outputs_.end(), has_loss) < 2) return;
  for (Output& output : outputs_)
    if (has_loss(output)) output.tracker = make(output.name + "_loss");
}

Compiled::~Compiled() {
  // With the model's end its parts have ended too; only a new compile takes them away before.
  if (!optimizer_.is_alive()) return;
  end_metrics();
  const std::string reason = session::reason_of("another compile() of ", model_->name(), {}, {});
  for (Component* const part : made_) model_->core().remove(*part, reason);
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
  const auto made = [](const LossSpec& loss) { return loss.is_empty() ? nullptr : loss.make(); };
  const std::vector<NamedLoss> entries = entries_of(spec);
  const bool is_list = entries.empty() || entries.front().output.empty();
  if (is_list && entries.size() != 1 && entries.size() != outputs_.size())
    throw ValueError("compile: a list of losses has one for each output of '" + model_->name() + "', which has " +
                     std::to_string(outputs_.size()) + ". Received: " + std::to_string(entries.size()));
  if (is_list) {
    for (std::size_t i = 0; i < outputs_.size(); ++i)
      outputs_[i].loss = made(entries[entries.size() == 1 ? 0 : i].loss);
    return;
  }
  std::vector<std::string> missing;
  for (const Output& output : outputs_)
    if (std::ranges::find(entries, output.name, &NamedLoss::output) == entries.end()) missing.push_back(output.name);
  for (const NamedLoss& entry : entries) outputs_[output_named(entry.output, "loss")].loss = made(entry.loss);
  if (!missing.empty() && !model_->has_named_outputs())
    throw ValueError("compile: losses by name name each output of '" + model_->name() + "'; one without a loss is " +
                     "named with {}. Received none for: " + core::listed(missing, "'"));
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
  const auto count = [&](std::size_t given) {
    if (given == 0 || given == outputs_.size()) return;
    throw ValueError("compile: with several outputs, " + std::string(option) +
                     " names them: {{\"output\", {\"accuracy\"}}, …}. Received: a list of " + std::to_string(given) +
                     " for " + std::to_string(outputs_.size()) + " outputs");
  };
  if (outputs_.size() > 1) count(specs.all().size());
  count(specs.lists().size());
  for (std::size_t i = 0; i < specs.all().size(); ++i)
    (outputs_[outputs_.size() > 1 ? i : 0].*member).push_back(specs.all()[i]);
  for (std::size_t i = 0; i < specs.lists().size(); ++i) outputs_[i].*member = specs.lists()[i];
  for (const auto& [name, of_output] : specs.by_name()) outputs_[output_named(name, option)].*member = of_output;
  // None, as Keras's lists have it: no metric.
  for (Output& output : outputs_) std::erase_if(output.*member, [](const MetricSpec& spec) { return spec.is_empty(); });
}

bool Compiled::needs_target(std::size_t output) const noexcept {
  const Output& each = outputs_[output];
  return each.loss != nullptr || !each.metric_specs.empty() || !each.weighted_specs.empty();
}

bool Compiled::has_metrics() const noexcept {
  return std::ranges::any_of(
      outputs_, [](const Output& output) { return !output.metric_specs.empty() || !output.weighted_specs.empty(); });
}

bool Compiled::needs_targets() const noexcept {
  for (std::size_t i = 0; i < outputs_.size(); ++i)
    if (needs_target(i)) return true;
  return false;
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
    const auto make = [&](const std::vector<MetricSpec>& specs, std::vector<Handle<Metric>>& handles,
                          std::vector<std::string>& names) {
      for (std::size_t k = 0; k < specs.size(); ++k) {
        auto metric = specs[k].make(targets[i], outputs[i]);
        Metric* const raw = metric.get();
        // Those that were made first had the session's next number; what takes their place is no further metric.
        if (k < names.size()) session::Inner::set_name(*metric, names[k]);
        handles.emplace_back(model_->core().adopt(std::move(metric), model_, model_->where()), raw);
        if (k == names.size()) names.push_back(raw->name());
      }
    };
    make(outputs_[i].metric_specs, outputs_[i].metrics, outputs_[i].metric_names);
    make(outputs_[i].weighted_specs, outputs_[i].weighted_metrics, outputs_[i].weighted_names);
  }
  has_metrics_ = true;
  metric_targets_ = std::move(rows);
  return true;
}

void Compiled::end_metrics() {
  for_each_metric([&](const Output&, Metric& metric, bool) {
    model_->core().remove(metric, session::reason_of("other metrics in the place of ", metric.name(), {}, {}));
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

Logs::Names Compiled::names() const {
  std::vector<std::string> names{"loss"};
  std::vector<std::string> taken;  // among metrics alone, as Keras counts
  const auto number_of = [&](const std::string& name) {
    const auto number = std::count(taken.begin(), taken.end(), name);
    taken.push_back(name);
    return number == 0 ? name : name + "_" + std::to_string(number);
  };
  for_each_metric([&](const Output& output, const Metric& metric, bool is_weighted) {
    const std::string prefix = outputs_.size() > 1 ? output.name + "_" : "";
    const bool is_taken = std::find(taken.begin(), taken.end(), prefix + metric.name()) != taken.end();
    names.push_back(number_of(prefix + (is_weighted && is_taken ? "weighted_" : "") + metric.name()));
  });
  for (const Output& output : outputs_)
    if (!output.tracker.is_empty()) names.push_back(output.name + "_loss");
  for (const Handle<Metric>& metric : model_->own_metrics()) names.push_back(metric->name());
  return std::make_shared<const std::vector<std::string>>(std::move(names));
}

Tensor Compiled::total_loss(std::span<const Tensor> targets, std::span<const Tensor> outputs,
                            std::span<const Tensor> weights, std::span<const Tensor> penalties,
                            const Tensor& rows) const {
  Tensor total;
  const auto add = [&](const Tensor& value) { total = total.is_empty() ? value : total + value; };
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    const Output& output = outputs_[i];
    if (output.loss == nullptr) continue;
    const Tensor value = (*output.loss)(targets[i], outputs[i], weight_of(weights, i));
    if (!output.tracker.is_empty() && !rows.is_empty()) output.tracker->update_state(value, {}, rows);
    add(output.weight == 1.0 ? value : value * output.weight);
  }
  for (const Tensor& penalty : penalties) add(ops::sum(ops::cast(penalty, total.is_empty() ? float32 : total.dtype())));
  if (total.is_empty())
    throw ValueError("The model '" + model_->name() +
                     "' was compiled without a loss, and no layer adds one: there is nothing to train or to evaluate "
                     "it by");
  return total;
}

void Compiled::update_metrics(std::span<const Tensor> targets, std::span<const Tensor> outputs,
                              std::span<const Tensor> weights) const {
  if (!has_metrics()) return;  // nor need there be targets
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    for (const Handle<Metric>& metric : outputs_[i].metrics) metric->update_state(targets[i], outputs[i], {});
    for (const Handle<Metric>& metric : outputs_[i].weighted_metrics)
      metric->update_state(targets[i], outputs[i], weight_of(weights, i));
  }
}

std::vector<Tensor> Compiled::results() const {
  std::vector<Tensor> values{loss_tracker_->result()};
  for_each_metric([&](const Output&, const Metric& metric, bool) { values.push_back(metric.result()); });
  for (const Output& output : outputs_)
    if (!output.tracker.is_empty()) values.push_back(output.tracker->result());
  for (const Handle<Metric>& metric : model_->own_metrics()) values.push_back(metric->result());
  return values;
}

void Compiled::reset_metrics() const {
  loss_tracker_->reset_state();
  for (const Output& output : outputs_)
    if (!output.tracker.is_empty()) output.tracker->reset_state();
  for_each_metric([](const Output&, Metric& metric, bool) { metric.reset_state(); });
  for (const Handle<Metric>& metric : model_->own_metrics()) metric->reset_state();
}

}  // namespace keratin::inline v0::training

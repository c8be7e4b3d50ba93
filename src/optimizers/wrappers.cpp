#include "keratin/optimizers/wrappers.h"

#include <utility>

#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "optimizers/common.h"
#include "optimizers/kept.h"

namespace keratin::inline v0::optimizers {
namespace {

OptimizerSpec checked_inner(OptimizerSpec spec) {
  if (spec.is_empty()) throw ValueError("LossScaleOptimizer needs an inner optimizer. Received: an empty one");
  if (dynamic_cast<const LossScaleOptimizer*>(spec.object()) != nullptr)
    throw ValueError("LossScaleOptimizer: the inner optimizer can't be a LossScaleOptimizer too");
  return spec;
}

}  // namespace

// ---- OptimizerWrapper

Handle<Optimizer> OptimizerWrapper::adopt(const OptimizerSpec& optimizer, std::optional<double> loss_scale_factor) {
  std::unique_ptr<Optimizer> made = optimizer.make();
  made->options_.loss_scale_factor = loss_scale_factor;
  Optimizer* const raw = made.get();
  return live_.inner.emplace_back(adopt_child("", std::move(made)), raw);
}

std::vector<Variable> OptimizerWrapper::variables() const {
  std::vector<Variable> variables = Optimizer::variables();
  for (const Handle<Optimizer>& each : live_.inner)
    for (const Variable& variable : each->variables()) variables.push_back(variable);
  return variables;
}

std::vector<std::pair<Variable, Variable>> OptimizerWrapper::averages() const {
  std::vector<std::pair<Variable, Variable>> averages;
  for (const Handle<Optimizer>& each : live_.inner)
    for (auto& pair : each->averages()) averages.push_back(std::move(pair));
  return averages;
}

void OptimizerWrapper::update_step(const Tensor& /*gradient*/, const Variable& /*variable*/,
                                   const Tensor& /*learning_rate*/) {
  throw InternalError("The optimizer '" + name() + "' updates nothing itself");
}

// ---- LossScaleOptimizer

LossScaleOptimizer::LossScaleOptimizer(OptimizerSpec inner_optimizer, LossScaleOptimizerOptions options)
    : OptimizerWrapper({.learning_rate = 0.0, .name = options.name}),
      inner_(checked_inner(std::move(inner_optimizer))),
      options_(std::move(options)) {
  check_positive("LossScaleOptimizer", "initial_scale", options_.initial_scale);
  check_positive("LossScaleOptimizer", "dynamic_growth_steps", static_cast<double>(options_.dynamic_growth_steps));
}

void LossScaleOptimizer::became_live() {
  Optimizer::became_live();
  adopt(inner_, std::nullopt);
  // Here, and not with the slots, as the loss is scaled before the first step makes those.
  add_slot({}, "step_counter", {}, int64);
  add_slot({}, "dynamic_scale", {}, float32,
           [scale = options_.initial_scale](const Shape& shape, DType dtype, std::uint64_t) {
             return Array::full(shape, scale, dtype);
           });
}

void LossScaleOptimizer::build_slots(std::span<const Variable> variables) { inner_optimizer()->build(variables); }

Handle<Optimizer> LossScaleOptimizer::inner_optimizer() const {
  return inner().empty() ? Handle<Optimizer>() : inner().front();
}

std::vector<std::pair<std::string, Optimizer*>> LossScaleOptimizer::nested() const {
  if (inner().empty()) return {};
  return {{"inner_optimizer", &*inner().front()}};
}

Tensor LossScaleOptimizer::scale_loss(const Tensor& loss) const { return loss * slot({}, "dynamic_scale"); }

Variable LossScaleOptimizer::learning_rate_variable() const noexcept {
  return inner().empty() ? Variable() : inner().front().unchecked()->learning_rate_variable();
}

Variable LossScaleOptimizer::iterations() const noexcept {
  return inner().empty() ? Variable() : inner().front().unchecked()->iterations();
}

double LossScaleOptimizer::learning_rate() const {
  return inner().empty() ? inner_.make()->learning_rate() : inner().front()->learning_rate();
}

void LossScaleOptimizer::set_learning_rate(const LearningRate& value) {
  if (inner().empty())
    throw ValueError(
        "The learning rate of a LossScaleOptimizer that isn't live yet is that of its inner optimizer: set "
        "it there");
  inner().front()->set_learning_rate(value);
}

void LossScaleOptimizer::apply_all(std::span<const Tensor> gradients, std::span<const Variable> variables) {
  const Variable counter = slot({}, "step_counter");
  const Variable scale = slot({}, "dynamic_scale");
  const Tensor scale_now = scale;
  Tensor is_finite;
  std::vector<Tensor> unscaled;
  for (const Tensor& gradient : gradients) {
    const Tensor own = ops::all(ops::isfinite(gradient));
    is_finite = is_finite.is_empty() ? own : is_finite & own;
    unscaled.push_back(gradient / scale_now);
  }
  std::vector<Variable> changing = inner_optimizer()->variables();
  changing.insert(changing.end(), variables.begin(), variables.end());
  Kept kept(std::move(changing));
  inner_optimizer()->apply(unscaled, variables);
  kept.restore_unless(is_finite);
  const Tensor count = counter;
  const Tensor grows = ops::equal(count, options_.dynamic_growth_steps - 1);
  assign(counter, ops::where(is_finite & !grows, count + 1, 0));
  assign(scale, ops::where(is_finite, ops::where(grows, scale_now * 2.0, scale_now), scale_now * 0.5));
}

std::vector<Variable> LossScaleOptimizer::variables() const {
  std::vector<Variable> variables = OptimizerWrapper::variables();
  // Keras makes the counter and the scale with the slots: a file from before the first step lacks them.
  if (!is_built() && !inner().empty()) variables.erase(variables.begin() + 2, variables.begin() + 4);
  return variables;
}

Config LossScaleOptimizer::config() const {
  const Config described = OptimizerSpec::describe(inner().empty() ? *inner_.make() : *inner().front());
  return {{"name", name().empty() ? default_name() : name()},
          {"inner_optimizer", described},
          {"initial_scale", options_.initial_scale},
          {"dynamic_growth_steps", options_.dynamic_growth_steps}};
}

LossScaleOptimizer LossScaleOptimizer::from_config(const Config& config) {
  Config given = with_text_name(config);
  // Older files have the base's options too, each as if it weren't given.
  if (given.contains("ema_momentum") && given.at("ema_momentum").is_number() &&
      given.at("ema_momentum").as_floating() == BaseOptions().ema_momentum)
    given.set("ema_momentum", {});
  OptimizerSpec inner;
  LossScaleOptimizerOptions options;
  core::read_all(given, "LossScaleOptimizer", loss_scale_options, inner, options);
  return LossScaleOptimizer(std::move(inner), std::move(options));
}

}  // namespace keratin::inline v0::optimizers

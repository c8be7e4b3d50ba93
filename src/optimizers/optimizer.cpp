#include "keratin/optimizers/optimizer.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/optimizers/optimizers.h"

namespace keratin::inline v0 {
namespace optimizers {
namespace {

/// Keras's clip_by_global_norm over the gradients that are there. A norm that isn't finite makes all of them NaN.
void clip_together(std::vector<Tensor>& gradients, double limit) {
  Tensor squares;
  for (const Tensor& gradient : gradients) {
    if (gradient.is_empty()) continue;
    const Tensor own = ops::sum(ops::square(gradient));
    squares = squares.is_empty() ? own : squares + own;
  }
  const Tensor norm = ops::sqrt(squares);
  const Tensor scale = limit * ops::minimum(1.0 / norm, 1.0 / limit) + norm * 0.0;
  for (Tensor& gradient : gradients)
    if (!gradient.is_empty()) gradient = gradient * scale;
}

}  // namespace

Optimizer::Optimizer(std::string name, BaseOptions options) : Component(std::move(name)), options_(options) {
  const auto check = [this](const char* what, std::optional<double> value) {
    if (value && !(*value > 0.0))
      throw ValueError(this->name() + ": " + what + " must be above 0. Received: " + std::to_string(*value));
  };
  check("clipnorm", options.clipnorm);
  check("clipvalue", options.clipvalue);
  check("global_clipnorm", options.global_clipnorm);
  const int clippings =
      int{options.clipnorm.has_value()} + int{options.clipvalue.has_value()} + int{options.global_clipnorm.has_value()};
  if (clippings > 1)
    throw ValueError(this->name() + ": only one of clipnorm, clipvalue and global_clipnorm can be set. Received: " +
                     std::to_string(clippings));
  check_learning_rate(options.learning_rate);
}

Optimizer::Optimizer(const Optimizer& other) : Component(other), options_(other.options_) {}

Optimizer& Optimizer::operator=(const Optimizer& other) {
  Component::operator=(other);
  options_ = other.options_;
  return *this;
}

void Optimizer::became_live() {
  constexpr auto category = MemoryCategory::optimizer_state;
  iterations_ = add_variable("iteration", {}, {.dtype = int64, .trainable = false, .category = category});
  const auto initial = [rate = options_.learning_rate](const Shape& shape, DType dtype, std::uint64_t) {
    return Array::full(shape, rate, dtype);
  };
  learning_rate_ = add_variable("learning_rate", {}, {.initial = initial, .trainable = false, .category = category});
}

void Optimizer::check_learning_rate(double value) const {
  if (!std::isfinite(value))
    throw ValueError(name() + ": learning_rate must be a finite number. Received: " + std::to_string(value));
}

double Optimizer::learning_rate() const {
  return learning_rate_.is_empty() ? options_.learning_rate : learning_rate_.value().item<double>();
}

void Optimizer::set_learning_rate(double value) {
  check_learning_rate(value);
  options_.learning_rate = value;
  if (!learning_rate_.is_empty()) learning_rate_.assign(value);
}

bool Optimizer::is_built_for(const Variable& variable) const noexcept {
  return std::find(built_for_.begin(), built_for_.end(), variable) != built_for_.end();
}

void Optimizer::build(std::span<const Variable> variables) {
  std::vector<Variable> added;
  std::copy_if(variables.begin(), variables.end(), std::back_inserter(added),
               [this](const Variable& variable) { return !is_built_for(variable); });
  if (added.empty()) return;
  build_slots(added);
  built_for_.insert(built_for_.end(), added.begin(), added.end());
}

void Optimizer::add_slots(std::span<const Variable> variables, const std::string& slot) {
  for (const Variable& variable : variables) {
    std::string name = variable.path() + "_" + slot;
    std::replace(name.begin(), name.end(), '/', '_');
    slots_.push_back(
        {variable, slot,
         add_variable(name, variable.shape(),
                      {.dtype = variable.dtype(), .trainable = false, .category = MemoryCategory::optimizer_state})});
  }
}

Variable Optimizer::slot(const Variable& variable, std::string_view slot) const {
  for (const Slot& each : slots_)
    if (each.variable == variable && each.name == slot) return each.state;
  throw InternalError("The optimizer has no slot '" + std::string(slot) + "' for " + variable.path());
}

Tensor Optimizer::clipped(const Tensor& gradient) const {
  if (options_.clipvalue) return ops::clip(gradient, -*options_.clipvalue, *options_.clipvalue);
  if (!options_.clipnorm) return gradient;
  const Tensor norm = ops::sqrt(ops::sum(ops::square(gradient)));
  return gradient * *options_.clipnorm / ops::maximum(norm, *options_.clipnorm);
}

void Optimizer::apply(std::span<const Tensor> gradients, std::span<const Variable> variables) {
  if (gradients.size() != variables.size())
    throw ValueError("Optimizer '" + name() +
                     "' needs a gradient for each variable. Received: " + std::to_string(gradients.size()) +
                     " gradients for " + std::to_string(variables.size()) + " variables");
  if (gradients.empty()) return;
  if (std::all_of(gradients.begin(), gradients.end(), [](const Tensor& gradient) { return gradient.is_empty(); }))
    throw ValueError("Optimizer '" + name() + "' needs a gradient. Received: " + std::to_string(gradients.size()) +
                     " empty ones");
  build(variables);
  std::vector<Tensor> own(gradients.begin(), gradients.end());
  if (options_.global_clipnorm) clip_together(own, *options_.global_clipnorm);
  const Tensor rate = learning_rate_;
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (own[i].is_empty()) continue;
    const DType dtype = variables[i].dtype();
    const Tensor own_rate = ops::cast(rate, dtype);
    if (options_.weight_decay) {
      const Tensor value = variables[i];
      Variable(variables[i]).assign(value - value * (*options_.weight_decay * own_rate));
    }
    update_step(clipped(ops::cast(own[i], dtype)), variables[i], own_rate);
  }
  iterations_.assign_add(1);
}

}  // namespace optimizers

std::unique_ptr<optimizers::Optimizer> OptimizerSpec::make() const {
  if (is_empty()) throw ValueError("An optimizer was asked for where none is given");
  if (name() == nullptr) return clone();
  const std::string_view wanted = name();
  if (wanted == "sgd" || wanted == "SGD") return std::make_unique<optimizers::SGD>();
  if (wanted == "adam" || wanted == "Adam") return std::make_unique<optimizers::Adam>();
  return std::make_unique<optimizers::RMSprop>();
}

}  // namespace keratin::inline v0

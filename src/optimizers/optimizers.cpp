#include "keratin/optimizers/optimizers.h"

#include <cmath>
#include <string>

#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"

namespace keratin::inline v0::optimizers {
namespace {

template <class Options>
BaseOptions base_of(const Options& options) {
  return {.learning_rate = options.learning_rate,
          .weight_decay = options.weight_decay,
          .clipnorm = options.clipnorm,
          .clipvalue = options.clipvalue,
          .global_clipnorm = options.global_clipnorm};
}

/// A decay rate of a running mean.
void check_share(const char* optimizer, const char* what, double value) {
  if (std::isnan(value) || value < 0.0 || value > 1.0)
    throw ValueError(std::string(optimizer) + ": " + what + " must lie in [0, 1]. Received: " + std::to_string(value));
}

void assign(Variable variable, const Tensor& value) { variable.assign(value); }

}  // namespace

SGD::SGD(SGDOptions options) : Optimizer(options.name, base_of(options)), options_(std::move(options)) {
  check_share("SGD", "momentum", options_.momentum);
}

void SGD::build_slots(std::span<const Variable> variables) {
  if (options_.momentum != 0.0) add_slots(variables, "momentum");
}

void SGD::update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) {
  const Tensor value = variable;
  if (options_.momentum == 0.0) return assign(variable, value - learning_rate * gradient);
  const Variable slot = this->slot(variable, "momentum");
  const Tensor step = learning_rate * gradient;
  const Tensor momentum = Tensor(slot) * options_.momentum - step;
  assign(slot, momentum);
  assign(variable, value + (options_.nesterov ? momentum * options_.momentum - step : momentum));
}

Adam::Adam(AdamOptions options) : Optimizer(options.name, base_of(options)), options_(std::move(options)) {
  check_share("Adam", "beta_1", options_.beta_1);
  check_share("Adam", "beta_2", options_.beta_2);
}

void Adam::build_slots(std::span<const Variable> variables) {
  for (const Variable& variable : variables) {
    add_slots({&variable, 1}, "momentum");
    add_slots({&variable, 1}, "velocity");
  }
  if (options_.amsgrad) add_slots(variables, "velocity_hat");
}

void Adam::update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) {
  const Tensor step = ops::cast(Tensor(iterations()) + 1, variable.dtype());
  const Tensor alpha =
      learning_rate * ops::sqrt(1.0 - ops::power(options_.beta_2, step)) / (1.0 - ops::power(options_.beta_1, step));
  const Variable m_slot = slot(variable, "momentum");
  const Variable v_slot = slot(variable, "velocity");
  const Tensor m_before = m_slot;
  const Tensor v_before = v_slot;
  const Tensor m = m_before + (gradient - m_before) * (1.0 - options_.beta_1);
  Tensor v = v_before + (ops::square(gradient) - v_before) * (1.0 - options_.beta_2);
  assign(m_slot, m);
  assign(v_slot, v);
  if (options_.amsgrad) {
    const Variable hat_slot = slot(variable, "velocity_hat");
    v = ops::maximum(Tensor(hat_slot), v);
    assign(hat_slot, v);
  }
  assign(variable, Tensor(variable) - m * alpha / (ops::sqrt(v) + options_.epsilon));
}

RMSprop::RMSprop(RMSpropOptions options) : Optimizer(options.name, base_of(options)), options_(std::move(options)) {
  check_share("RMSprop", "rho", options_.rho);
  check_share("RMSprop", "momentum", options_.momentum);
}

void RMSprop::build_slots(std::span<const Variable> variables) {
  add_slots(variables, "velocity");
  if (options_.momentum > 0.0) add_slots(variables, "momentum");
  if (options_.centered) add_slots(variables, "average_gradient");
}

void RMSprop::update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) {
  const double rest = 1.0 - options_.rho;
  const Variable v_slot = slot(variable, "velocity");
  const Tensor v = Tensor(v_slot) * options_.rho + ops::square(gradient) * rest;
  assign(v_slot, v);
  Tensor denominator = v + options_.epsilon;
  if (options_.centered) {
    const Variable average_slot = slot(variable, "average_gradient");
    const Tensor average = Tensor(average_slot) * options_.rho + gradient * rest;
    assign(average_slot, average);
    denominator = v - ops::square(average) + options_.epsilon;
  }
  Tensor step = learning_rate * gradient / ops::sqrt(denominator);
  if (options_.momentum > 0.0) {
    const Variable momentum_slot = slot(variable, "momentum");
    step = Tensor(momentum_slot) * options_.momentum + step;
    assign(momentum_slot, step);
  }
  assign(variable, Tensor(variable) - step);
}

}  // namespace keratin::inline v0::optimizers

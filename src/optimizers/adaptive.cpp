#include "keratin/optimizers/adaptive.h"

#include <utility>

#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "optimizers/common.h"
#include "optimizers/options.h"
#include "optimizers/sparse.h"

namespace keratin::inline v0::optimizers {
RMSprop::RMSprop(RMSpropOptions options) : Optimizer(base_of(options)), options_(std::move(options)) {
  check_share("RMSprop", "rho", options_.rho);
  check_share("RMSprop", "momentum", options_.momentum);
  check_not_negative("RMSprop", "epsilon", options_.epsilon);
}

Config RMSprop::config() const { return joined(Optimizer::config(), core::written(rmsprop_options, options_)); }

RMSprop RMSprop::from_config(const Config& config) {
  return RMSprop(read_options<RMSpropOptions>(config, "RMSprop", rmsprop_options));
}

void RMSprop::build_slots(std::span<const Variable> variables) {
  add_slots(variables, "velocity");
  if (options_.momentum > 0.0) add_slots(variables, "momentum");
  if (options_.centered) add_slots(variables, "average_gradient");
}

void RMSprop::update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) {
  const double rest = 1.0 - options_.rho;
  const Variable v_slot = slot(variable, "velocity");
  const Tensor v = Tensor(v_slot) * options_.rho + squared(gradient) * rest;
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

Adagrad::Adagrad(AdagradOptions options) : Optimizer(base_of(options)), options_(std::move(options)) {
  check_not_negative("Adagrad", "initial_accumulator_value", options_.initial_accumulator_value);
  check_not_negative("Adagrad", "epsilon", options_.epsilon);
}

Config Adagrad::config() const { return joined(Optimizer::config(), core::written(adagrad_options, options_)); }

Adagrad Adagrad::from_config(const Config& config) {
  return Adagrad(read_options<AdagradOptions>(config, "Adagrad", adagrad_options));
}

void Adagrad::build_slots(std::span<const Variable> variables) {
  add_slots(variables, "accumulator", options_.initial_accumulator_value);
}

void Adagrad::update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) {
  const Variable slot = this->slot(variable, "accumulator");
  const Tensor accumulator = Tensor(slot) + squared(gradient);
  assign(slot, accumulator);
  assign(variable, Tensor(variable) - learning_rate * gradient / ops::sqrt(accumulator + options_.epsilon));
}

Adadelta::Adadelta(AdadeltaOptions options) : Optimizer(base_of(options)), options_(std::move(options)) {
  check_share("Adadelta", "rho", options_.rho);
  check_not_negative("Adadelta", "epsilon", options_.epsilon);
}

Config Adadelta::config() const { return joined(Optimizer::config(), core::written(adadelta_options, options_)); }

Adadelta Adadelta::from_config(const Config& config) {
  return Adadelta(read_options<AdadeltaOptions>(config, "Adadelta", adadelta_options));
}

void Adadelta::build_slots(std::span<const Variable> variables) {
  add_slot_pairs(variables, "accumulated_grad", "accumulated_delta_var");
}

void Adadelta::update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) {
  const Variable gradient_slot = slot(variable, "accumulated_grad");
  const Variable step_slot = slot(variable, "accumulated_delta_var");
  const Tensor steps = step_slot;
  const auto mean = [rho = options_.rho](const Tensor& before, const Tensor& value) {
    return rho * before + (1.0 - rho) * squared(value);
  };
  const auto root = [epsilon = options_.epsilon](const Tensor& x) { return ops::sqrt(x + epsilon); };
  const Tensor gradients = mean(gradient_slot, gradient);
  const Tensor step = -(root(steps) * gradient / root(gradients));
  assign(gradient_slot, gradients);
  assign(step_slot, mean(steps, step));
  assign(variable, Tensor(variable) + learning_rate * step);
}

Adafactor::Adafactor(AdafactorOptions options) : Optimizer(base_of(options)), options_(std::move(options)) {
  check_finite("Adafactor", "beta_2_decay", options_.beta_2_decay);
  check_not_negative("Adafactor", "epsilon_1", options_.epsilon_1);
  check_not_negative("Adafactor", "epsilon_2", options_.epsilon_2);
  check_positive("Adafactor", "clip_threshold", options_.clip_threshold);
}

Config Adafactor::config() const { return joined(Optimizer::config(), core::written(adafactor_options, options_)); }

Adafactor Adafactor::from_config(const Config& config) {
  return Adafactor(read_options<AdafactorOptions>(config, "Adafactor", adafactor_options));
}

void Adafactor::build_slots(std::span<const Variable> variables) {
  for (const Variable& variable : variables) {
    const Shape shape = variable.shape();
    if (shape.rank() < 2) {
      // Vectors aren't factored; Keras has scalars in these places.
      add_slot(variable, "row", {}, int32);
      add_slot(variable, "column", {}, int32);
    } else {
      Shape rows = shape;
      rows.erase(shape.rank() - 1);
      Shape columns = shape;
      columns.erase(shape.rank() - 2);
      add_slot(variable, "row", rows, variable.dtype());
      add_slot(variable, "column", columns, variable.dtype());
    }
    add_slots({&variable, 1}, "velocity");
  }
}

void Adafactor::update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) {
  const auto rms = [](const Tensor& x) { return ops::sqrt(ops::mean(ops::square(x))); };
  const Tensor number = update_number(variable.dtype());
  const Tensor value = variable;
  const Tensor rho = ops::minimum(learning_rate, 1.0 / ops::sqrt(number));
  const Tensor alpha = ops::maximum(options_.epsilon_2, rms(value)) * rho;
  const Tensor squares = squared(gradient) + options_.epsilon_1;
  const Tensor beta_2 = 1.0 - ops::power(number, options_.beta_2_decay);
  const auto update_mean = [&](const char* name, const Tensor& added) {
    const Variable slot = this->slot(variable, name);
    Tensor mean = beta_2 * slot + (1.0 - beta_2) * added;
    assign(slot, mean);
    return mean;
  };
  Tensor v;
  if (variable.shape().rank() < 2) {
    v = update_mean("velocity", squares);
  } else {
    const Tensor rows = update_mean("row", ops::mean(squares, -1));
    const Tensor columns = update_mean("column", ops::mean(squares, -2));
    v = ops::expand_dims(rows / ops::mean(rows, -1, true), -1) * ops::expand_dims(columns, -2);
    assign(slot(variable, "velocity"), v);
  }
  const Tensor step = gradient / ops::sqrt(v);
  assign(variable, value - alpha * (step / ops::maximum(1.0, rms(step) / options_.clip_threshold)));
}

Ftrl::Ftrl(FtrlOptions options) : Optimizer(base_of(options)), options_(std::move(options)) {
  check_not_negative("Ftrl", "initial_accumulator_value", options_.initial_accumulator_value);
  check_not_negative("Ftrl", "l1_regularization_strength", options_.l1_regularization_strength);
  check_not_negative("Ftrl", "l2_regularization_strength", options_.l2_regularization_strength);
  check_not_negative("Ftrl", "l2_shrinkage_regularization_strength", options_.l2_shrinkage_regularization_strength);
  check_finite("Ftrl", "beta", options_.beta);
  check_finite("Ftrl", "learning_rate_power", options_.learning_rate_power);
  if (options_.learning_rate_power > 0.0)
    throw ValueError("Ftrl: `learning_rate_power` must not be positive. Received: learning_rate_power=" +
                     to_string(ConfigValue(options_.learning_rate_power)));
}

Config Ftrl::config() const { return joined(Optimizer::config(), core::written(ftrl_options, options_)); }

Ftrl Ftrl::from_config(const Config& config) { return Ftrl(read_options<FtrlOptions>(config, "Ftrl", ftrl_options)); }

void Ftrl::build_slots(std::span<const Variable> variables) {
  for (const Variable& variable : variables) {
    add_slots({&variable, 1}, "accumulator", options_.initial_accumulator_value);
    add_slots({&variable, 1}, "linear");
  }
}

void Ftrl::update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) {
  const Variable accumulator_slot = slot(variable, "accumulator");
  const Variable linear_slot = slot(variable, "linear");
  const Tensor value = variable;
  const Tensor before = accumulator_slot;
  const Tensor accumulator = before + squared(gradient);
  const auto powered = [power = -options_.learning_rate_power](const Tensor& x) { return ops::power(x, power); };
  const Tensor l2 = options_.l2_regularization_strength + options_.beta / (2.0 * learning_rate);
  const Tensor shrunk = gradient + 2.0 * options_.l2_shrinkage_regularization_strength * value;
  const Tensor linear =
      Tensor(linear_slot) + (shrunk - (powered(accumulator) - powered(before)) / learning_rate * value);
  const Tensor quadratic = powered(accumulator) / learning_rate + 2.0 * l2;
  const double l1 = options_.l1_regularization_strength;
  assign(linear_slot, linear);
  assign(variable, (ops::clip(linear, -l1, l1) - linear) / quadratic);
  assign(accumulator_slot, accumulator);
}

}  // namespace keratin::inline v0::optimizers

#include "keratin/optimizers/descent.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "optimizers/adam_step.h"
#include "optimizers/common.h"
#include "optimizers/options.h"
#include "optimizers/patterns.h"

namespace keratin::inline v0::optimizers {
SGD::SGD(SGDOptions options) : Optimizer(base_of(options)), options_(std::move(options)) {
  check_share("SGD", "momentum", options_.momentum);
}

Config SGD::config() const { return joined(Optimizer::config(), core::written(sgd_options, options_)); }

SGD SGD::from_config(const Config& config) { return SGD(read_options<SGDOptions>(config, "SGD", sgd_options)); }

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

Lion::Lion(LionOptions options) : Optimizer(base_of(options)), options_(std::move(options)) {
  check_share("Lion", "beta_1", options_.beta_1);
  check_positive("Lion", "beta_1", options_.beta_1);
  check_share("Lion", "beta_2", options_.beta_2);
}

Config Lion::config() const { return joined(Optimizer::config(), core::written(lion_options, options_)); }

Lion Lion::from_config(const Config& config) { return Lion(read_options<LionOptions>(config, "Lion", lion_options)); }

void Lion::build_slots(std::span<const Variable> variables) { add_slots(variables, "momentum"); }

void Lion::update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) {
  const Variable slot = this->slot(variable, "momentum");
  const Tensor momentum = slot;
  const auto mixed = [&](double share) { return momentum * share + gradient * (1.0 - share); };
  assign(variable, Tensor(variable) - learning_rate * ops::sign(mixed(options_.beta_1)));
  assign(slot, mixed(options_.beta_2));
}

Muon::Muon(MuonOptions options) : Optimizer(base_of(options)), options_(std::move(options)) {
  check_share("Muon", "adam_beta_1", options_.adam_beta_1);
  check_share("Muon", "adam_beta_2", options_.adam_beta_2);
  check_not_negative("Muon", "epsilon", options_.epsilon);
  if (options_.adam_weight_decay) check_finite("Muon", "adam_weight_decay", *options_.adam_weight_decay);
  for (const std::string& pattern : options_.exclude_layers) check_pattern("Muon: exclude_layers", pattern);
  check_finite("Muon", "muon_a", options_.muon_a);
  check_finite("Muon", "muon_b", options_.muon_b);
  check_finite("Muon", "muon_c", options_.muon_c);
  check_finite("Muon", "adam_lr_ratio", options_.adam_lr_ratio);
  check_share("Muon", "momentum", options_.momentum);
  check_not_negative("Muon", "ns_steps", static_cast<double>(options_.ns_steps));
  if (options_.rms_rate) check_finite("Muon", "rms_rate", *options_.rms_rate);
}

Config Muon::config() const { return joined(Optimizer::config(), core::written(muon_options, options_)); }

Muon Muon::from_config(const Config& config) {
  Config given = config;
  // Keras writes an empty list, and takes None too.
  if (given.contains("exclude_layers") && given.at("exclude_layers").is_none())
    given.set("exclude_layers", ConfigValue::List());
  return Muon(read_options<MuonOptions>(given, "Muon", muon_options));
}

bool Muon::is_adams(const Variable& variable) const {
  if (variable.shape().rank() != 2) return true;
  std::string path = variable.path();
  if (std::any_of(options_.exclude_layers.begin(), options_.exclude_layers.end(),
                  [&](const std::string& pattern) { return is_found(pattern, path); }))
    return true;
  std::transform(path.begin(), path.end(), path.begin(),
                 [](char letter) { return static_cast<char>(std::tolower(static_cast<unsigned char>(letter))); });
  return options_.exclude_embeddings && path.find("embedding") != std::string::npos;
}

std::optional<double> Muon::weight_decay_of(const Variable& variable) const {
  if (!decays(variable)) return std::nullopt;
  return is_adams(variable) ? options_.adam_weight_decay : base_options().weight_decay;
}

void Muon::build_slots(std::span<const Variable> variables) {
  for (const Variable& variable : variables) {
    add_slots({&variable, 1}, "momentum");
    if (is_adams(variable)) add_slots({&variable, 1}, "velocity");
  }
}

Tensor Muon::orthogonal(const Tensor& momentum) const {
  const bool is_tall = momentum.shape()[0] > momentum.shape()[1];
  Tensor x = is_tall ? ops::transpose(momentum) : momentum;
  x = x / (ops::sqrt(ops::sum(ops::square(x))) + 1e-7);
  for (std::int64_t i = 0; i < options_.ns_steps; ++i) {
    const Tensor squares = ops::matmul(x, ops::transpose(x));
    const Tensor factor = options_.muon_b * squares + options_.muon_c * ops::matmul(squares, squares);
    x = options_.muon_a * x + ops::matmul(factor, x);
  }
  return is_tall ? ops::transpose(x) : x;
}

void Muon::update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) {
  const Variable slot = this->slot(variable, "momentum");
  if (is_adams(variable))
    return adam_step({.gradient = gradient,
                      .variable = variable,
                      .learning_rate = learning_rate * options_.adam_lr_ratio,
                      .number = update_number(variable.dtype()),
                      .momentum = slot,
                      .velocity = this->slot(variable, "velocity"),
                      .velocity_hat = {},
                      .beta_1 = options_.adam_beta_1,
                      .beta_2 = options_.adam_beta_2,
                      .epsilon = options_.epsilon});
  const Tensor before = slot;
  const Tensor momentum = before + (gradient + before * (options_.momentum - 1.0));
  assign(slot, momentum);
  Tensor step = learning_rate * orthogonal(options_.nesterov ? gradient + options_.momentum * momentum : momentum);
  if (options_.rms_rate) {
    const auto larger = static_cast<double>(std::max(variable.shape()[0], variable.shape()[1]));
    step = step * (std::sqrt(larger) * *options_.rms_rate);
  }
  assign(variable, Tensor(variable) - step);
}

}  // namespace keratin::inline v0::optimizers

#include "keratin/optimizers/adam.h"

#include <utility>

#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "optimizers/adam_step.h"
#include "optimizers/common.h"
#include "optimizers/options.h"
#include "optimizers/sparse.h"

namespace keratin::inline v0::optimizers {
namespace {

template <class Options>
void check_betas(const char* owner, const Options& options) {
  check_share(owner, "beta_1", options.beta_1);
  check_share(owner, "beta_2", options.beta_2);
  check_not_negative(owner, "epsilon", options.epsilon);
}

AdamOptions adam_of(AdamWOptions options) {
  if (!options.weight_decay) throw ValueError("AdamW: `weight_decay` must be given. Received: weight_decay=None");
  return {.learning_rate = std::move(options.learning_rate),
          .beta_1 = options.beta_1,
          .beta_2 = options.beta_2,
          .epsilon = options.epsilon,
          .amsgrad = options.amsgrad,
          .weight_decay = options.weight_decay,
          .clipnorm = options.clipnorm,
          .clipvalue = options.clipvalue,
          .global_clipnorm = options.global_clipnorm,
          .use_ema = options.use_ema,
          .ema_momentum = options.ema_momentum,
          .ema_overwrite_frequency = options.ema_overwrite_frequency,
          .loss_scale_factor = options.loss_scale_factor,
          .gradient_accumulation_steps = options.gradient_accumulation_steps,
          .name = std::move(options.name)};
}

}  // namespace

Moments update_moments(const Tensor& gradient, Variable momentum, Variable velocity, double beta_1, double beta_2) {
  const Tensor m_before = momentum;
  const Tensor v_before = velocity;
  const Tensor m = m_before + (gradient - m_before) * (1.0 - beta_1);
  const Tensor v = v_before + (squared(gradient) - v_before) * (1.0 - beta_2);
  momentum.assign(m);
  velocity.assign(v);
  return {m, v};
}

void adam_step(const AdamStep& step) {
  const Tensor alpha = step.learning_rate * ops::sqrt(1.0 - ops::power(step.beta_2, step.number)) /
                       (1.0 - ops::power(step.beta_1, step.number));
  auto [m, v] = update_moments(step.gradient, step.momentum, step.velocity, step.beta_1, step.beta_2);
  if (!step.velocity_hat.is_empty()) {
    v = ops::maximum(Tensor(step.velocity_hat), v);
    assign(step.velocity_hat, v);
  }
  assign(step.variable, Tensor(step.variable) - m * alpha / (ops::sqrt(v) + step.epsilon));
}

Adam::Adam(AdamOptions options) : Optimizer(base_of(options)), options_(std::move(options)) {
  check_betas("Adam", options_);
}

Config Adam::config() const { return joined(Optimizer::config(), core::written(adam_options, options_)); }

Adam Adam::from_config(const Config& config) { return Adam(read_options<AdamOptions>(config, "Adam", adam_options)); }

void Adam::build_slots(std::span<const Variable> variables) {
  add_slot_pairs(variables, "momentum", "velocity");
  if (options_.amsgrad) add_slots(variables, "velocity_hat");
}

void Adam::update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) {
  adam_step({.gradient = gradient,
             .variable = variable,
             .learning_rate = learning_rate,
             .number = update_number(variable.dtype()),
             .momentum = slot(variable, "momentum"),
             .velocity = slot(variable, "velocity"),
             .velocity_hat = options_.amsgrad ? slot(variable, "velocity_hat") : Variable(),
             .beta_1 = options_.beta_1,
             .beta_2 = options_.beta_2,
             .epsilon = options_.epsilon});
}

AdamW::AdamW(AdamWOptions options) : Adam(adam_of(std::move(options))) {}

AdamW AdamW::from_config(const Config& config) {
  return AdamW(read_options<AdamWOptions>(config, "AdamW", adam_options));
}

Adamax::Adamax(AdamaxOptions options) : Optimizer(base_of(options)), options_(std::move(options)) {
  check_betas("Adamax", options_);
}

Config Adamax::config() const { return joined(Optimizer::config(), core::written(beta_options, options_)); }

Adamax Adamax::from_config(const Config& config) {
  return Adamax(read_options<AdamaxOptions>(config, "Adamax", beta_options));
}

void Adamax::build_slots(std::span<const Variable> variables) { add_slot_pairs(variables, "momentum", "norm"); }

void Adamax::update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) {
  const Variable m_slot = slot(variable, "momentum");
  const Variable u_slot = slot(variable, "norm");
  const Tensor before = m_slot;
  const Tensor m = before + (gradient - before) * (1.0 - options_.beta_1);
  const Tensor u = ops::maximum(options_.beta_2 * Tensor(u_slot), ops::absolute(gradient));
  assign(m_slot, m);
  assign(u_slot, u);
  const Tensor rest = 1.0 - ops::power(options_.beta_1, update_number(variable.dtype()));
  assign(variable, Tensor(variable) - learning_rate * m / (rest * (u + options_.epsilon)));
}

Nadam::Nadam(NadamOptions options) : Optimizer(base_of(options)), options_(std::move(options)) {
  check_betas("Nadam", options_);
}

Config Nadam::config() const { return joined(Optimizer::config(), core::written(beta_options, options_)); }

Nadam Nadam::from_config(const Config& config) {
  return Nadam(read_options<NadamOptions>(config, "Nadam", beta_options));
}

void Nadam::build_slots(std::span<const Variable> variables) {
  add_slot_pairs(variables, "momentum", "velocity");
  // The product of all momenta so far: one for all variables.
  if (!has_slot({}, "u_product"))
    add_slot({}, "u_product", {}, variables.front().dtype(),
             [](const Shape& shape, DType dtype, std::uint64_t) { return Array::ones(shape, dtype); });
}

namespace {

/// Nadam's momentum of an update.
Tensor momentum_at(double beta_1, const Tensor& number) { return beta_1 * (1.0 - 0.5 * ops::power(0.96, number)); }

}  // namespace

void Nadam::begin_updates() {
  const Variable product = slot({}, "u_product");
  assign(product, Tensor(product) * momentum_at(options_.beta_1, update_number(product.dtype())));
}

void Nadam::update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) {
  const Tensor number = update_number(variable.dtype());
  const Tensor u_now = momentum_at(options_.beta_1, number);
  const Tensor u_next = momentum_at(options_.beta_1, number + 1);
  const Tensor product = ops::cast(slot({}, "u_product"), variable.dtype());
  const auto [m, v] = update_moments(gradient, slot(variable, "momentum"), slot(variable, "velocity"), options_.beta_1,
                                     options_.beta_2);
  const Tensor m_hat = m * (u_next / (1.0 - product * u_next)) + gradient * ((1.0 - u_now) / (1.0 - product));
  const Tensor v_hat = v / (1.0 - ops::power(options_.beta_2, number));
  assign(variable, Tensor(variable) - m_hat * learning_rate / (ops::sqrt(v_hat) + options_.epsilon));
}

Lamb::Lamb(LambOptions options) : Optimizer(base_of(options)), options_(std::move(options)) {
  check_betas("Lamb", options_);
}

Config Lamb::config() const { return joined(Optimizer::config(), core::written(beta_options, options_)); }

Lamb Lamb::from_config(const Config& config) { return Lamb(read_options<LambOptions>(config, "Lamb", beta_options)); }

void Lamb::build_slots(std::span<const Variable> variables) { add_slot_pairs(variables, "momentum", "velocity"); }

void Lamb::update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) {
  const Tensor number = update_number(variable.dtype());
  const auto [m, v] = update_moments(gradient, slot(variable, "momentum"), slot(variable, "velocity"), options_.beta_1,
                                     options_.beta_2);
  const Tensor m_hat = m / (1.0 - ops::power(options_.beta_1, number));
  const Tensor v_hat = v / (1.0 - ops::power(options_.beta_2, number));
  const Tensor update = m_hat / (ops::sqrt(v_hat) + options_.epsilon);
  const Tensor value = variable;
  const Tensor w_norm = ops::sqrt(ops::sum(ops::square(value)));
  const Tensor u_norm = ops::sqrt(ops::sum(ops::square(update)));
  const Tensor ratio = ops::where((w_norm > 0.0) & (u_norm > 0.0), w_norm / u_norm, 1.0);
  assign(variable, value - ratio * learning_rate * update);
}

ScheduleFreeAdamW::ScheduleFreeAdamW(ScheduleFreeAdamWOptions options)
    : Optimizer(base_of(options)), options_(std::move(options)) {
  check_betas("ScheduleFreeAdamW", options_);
  check_positive("ScheduleFreeAdamW", "beta_1", options_.beta_1);
  check_not_negative("ScheduleFreeAdamW", "warmup_steps", static_cast<double>(options_.warmup_steps));
}

Config ScheduleFreeAdamW::config() const {
  return joined(Optimizer::config(), core::written(schedule_free_options, options_));
}

ScheduleFreeAdamW ScheduleFreeAdamW::from_config(const Config& config) {
  return ScheduleFreeAdamW(read_options<ScheduleFreeAdamWOptions>(config, "ScheduleFreeAdamW", schedule_free_options));
}

void ScheduleFreeAdamW::build_slots(std::span<const Variable> variables) {
  for (const Variable& variable : variables) {
    add_slots_like({&variable, 1}, "momentum");
    add_slots({&variable, 1}, "velocity");
  }
}

void ScheduleFreeAdamW::update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) {
  const Tensor number = update_number(variable.dtype());
  const double beta_1 = options_.beta_1;
  Tensor rate = learning_rate;
  if (options_.warmup_steps > 0) rate = rate * ops::minimum(number / static_cast<double>(options_.warmup_steps), 1.0);
  const Variable z_slot = slot(variable, "momentum");
  const Variable v_slot = slot(variable, "velocity");
  const Tensor v_before = v_slot;
  const Tensor v = v_before + (squared(gradient) - v_before) * (1.0 - options_.beta_2);
  assign(v_slot, v);
  const Tensor v_hat = v / (1.0 - ops::power(options_.beta_2, number));
  const Tensor z = Tensor(z_slot) - rate * gradient / (ops::sqrt(v_hat) + options_.epsilon);
  assign(z_slot, z);
  // The mean of all z isn't kept: the weights tell it. Keras (on TensorFlow) takes the new z for that, the paper the
  // old.
  const Tensor x_before = (Tensor(variable) - (1.0 - beta_1) * z) / beta_1;
  const Tensor share = 1.0 / number;
  const Tensor x = (1.0 - share) * x_before + share * z;
  assign(variable, (1.0 - beta_1) * z + beta_1 * x);
}

}  // namespace keratin::inline v0::optimizers

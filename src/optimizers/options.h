#pragma once

#include "core/options.h"

// What the options of optimizers and schedules are called, in the order of Keras's get_config.
namespace keratin::inline v0::optimizers {

/// Those that every optimizer has.
inline constexpr auto shared_options = [](auto& option, auto& options) {
  option("name", options.name);
  option("learning_rate", options.learning_rate);
  option("weight_decay", options.weight_decay);
  option("clipnorm", options.clipnorm);
  option("global_clipnorm", options.global_clipnorm);
  option("clipvalue", options.clipvalue);
  option("use_ema", options.use_ema);
  option("ema_momentum", options.ema_momentum);
  option("ema_overwrite_frequency", options.ema_overwrite_frequency);
  option("loss_scale_factor", options.loss_scale_factor);
  option("gradient_accumulation_steps", options.gradient_accumulation_steps);
};

/// Those and an optimizer's own.
template <class List>
constexpr auto with_shared(const List& own) {
  return [own](auto& option, auto& options) {
    shared_options(option, options);
    own(option, options);
  };
}

inline constexpr auto sgd_options = [](auto& option, auto& options) {
  option("momentum", options.momentum);
  option("nesterov", options.nesterov);
};

inline constexpr auto lion_options = [](auto& option, auto& options) {
  option("beta_1", options.beta_1);
  option("beta_2", options.beta_2);
};

inline constexpr auto muon_options = [](auto& option, auto& options) {
  option("adam_beta_1", options.adam_beta_1);
  option("adam_beta_2", options.adam_beta_2);
  option("epsilon", options.epsilon);
  option("exclude_layers", options.exclude_layers);
  option("muon_a", options.muon_a);
  option("muon_b", options.muon_b);
  option("muon_c", options.muon_c);
  option("adam_lr_ratio", options.adam_lr_ratio);
  option("momentum", options.momentum);
  option("ns_steps", options.ns_steps);
  option("nesterov", options.nesterov);
  option("exclude_embeddings", options.exclude_embeddings);
  option("adam_weight_decay", options.adam_weight_decay);
  option("rms_rate", options.rms_rate);
};

inline constexpr auto beta_options = [](auto& option, auto& options) {
  option("beta_1", options.beta_1);
  option("beta_2", options.beta_2);
  option("epsilon", options.epsilon);
};

inline constexpr auto adam_options = [](auto& option, auto& options) {
  beta_options(option, options);
  option("amsgrad", options.amsgrad);
};

inline constexpr auto schedule_free_options = [](auto& option, auto& options) {
  beta_options(option, options);
  option("warmup_steps", options.warmup_steps);
};

inline constexpr auto rmsprop_options = [](auto& option, auto& options) {
  option("rho", options.rho);
  option("momentum", options.momentum);
  option("epsilon", options.epsilon);
  option("centered", options.centered);
};

inline constexpr auto adagrad_options = [](auto& option, auto& options) {
  option("initial_accumulator_value", options.initial_accumulator_value);
  option("epsilon", options.epsilon);
};

inline constexpr auto adadelta_options = [](auto& option, auto& options) {
  option("rho", options.rho);
  option("epsilon", options.epsilon);
};

inline constexpr auto adafactor_options = [](auto& option, auto& options) {
  option("beta_2_decay", options.beta_2_decay);
  option("epsilon_1", options.epsilon_1);
  option("epsilon_2", options.epsilon_2);
  option("clip_threshold", options.clip_threshold);
  option("relative_step", options.relative_step);
};

inline constexpr auto ftrl_options = [](auto& option, auto& options) {
  option("learning_rate_power", options.learning_rate_power);
  option("initial_accumulator_value", options.initial_accumulator_value);
  option("l1_regularization_strength", options.l1_regularization_strength);
  option("l2_regularization_strength", options.l2_regularization_strength);
  option("l2_shrinkage_regularization_strength", options.l2_shrinkage_regularization_strength);
  option("beta", options.beta);
};

inline constexpr auto loss_scale_options = [](auto& option, auto& inner_optimizer, auto& options) {
  option("name", options.name);
  option.required("inner_optimizer", inner_optimizer);
  option("initial_scale", options.initial_scale);
  option("dynamic_growth_steps", options.dynamic_growth_steps);
};

inline constexpr auto multi_options = [](auto& option, auto& optimizer_map, auto& options) {
  option.required("optimizer_map", optimizer_map);
  option("loss_scale_factor", options.loss_scale_factor);
  option("name", options.name);
};

namespace schedules {

inline constexpr auto rate_decay_options = [](auto& option, auto& options, auto& rate, auto& steps, auto& decay_rate) {
  option.required("initial_learning_rate", rate);
  option.required("decay_steps", steps);
  option.required("decay_rate", decay_rate);
  option("staircase", options.staircase);
  option("name", options.name);
};

inline constexpr auto polynomial_options = [](auto& option, auto& options, auto& rate, auto& steps) {
  option.required("initial_learning_rate", rate);
  option.required("decay_steps", steps);
  option("end_learning_rate", options.end_learning_rate);
  option("power", options.power);
  option("cycle", options.cycle);
  option("name", options.name);
};

inline constexpr auto piecewise_options = [](auto& option, auto& options, auto& boundaries, auto& values) {
  option.required("boundaries", boundaries);
  option.required("values", values);
  option("name", options.name);
};

inline constexpr auto cosine_options = [](auto& option, auto& options, auto& rate, auto& steps) {
  option.required("initial_learning_rate", rate);
  option.required("decay_steps", steps);
  option("alpha", options.alpha);
  option("name", options.name);
  option("warmup_target", options.warmup_target);
  option("warmup_steps", options.warmup_steps);
};

inline constexpr auto restarts_options = [](auto& option, auto& options, auto& rate, auto& steps) {
  option.required("initial_learning_rate", rate);
  option.required("first_decay_steps", steps);
  option("t_mul", options.t_mul);
  option("m_mul", options.m_mul);
  option("alpha", options.alpha);
  option("name", options.name);
};

}  // namespace schedules
}  // namespace keratin::inline v0::optimizers

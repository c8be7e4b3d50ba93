#include "keratin/optimizers/optimizer.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/class_name.h"
#include "core/text.h"
#include "graph/builder.h"
#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/session/session.h"
#include "optimizers/common.h"
#include "optimizers/kept.h"
#include "optimizers/patterns.h"
#include "session/core.h"
#include "session/eager_builder.h"

namespace keratin::inline v0::optimizers {
namespace {

constexpr auto category = MemoryCategory::optimizer_state;
constexpr const char* average_slot = "average";
constexpr const char* accumulator_slot = "gradient_accumulator";

/// Keras's clip_by_global_norm. A norm that isn't finite makes all gradients NaN.
void clip_together(std::vector<Tensor>& gradients, double limit) {
  Tensor squares;
  for (const Tensor& gradient : gradients) {
    const Tensor own = ops::sum(ops::square(gradient));
    squares = squares.is_empty() ? own : squares + own;
  }
  const Tensor norm = ops::sqrt(squares);
  const Tensor scale = limit * ops::minimum(1.0 / norm, 1.0 / limit) + norm * 0.0;
  for (Tensor& gradient : gradients) gradient = gradient * scale;
}

Tensor clipped_to_norm(const Tensor& gradient, double limit) {
  const Tensor norm = ops::sqrt(ops::sum(ops::square(gradient)));
  return gradient * limit / ops::maximum(norm, limit);
}

void check_clipping(const std::string& owner, const BaseOptions& options) {
  int given = 0;
  const auto check = [&](const char* option, const std::optional<double>& value) {
    if (!value) return;
    ++given;
    check_positive(owner, option, *value);
  };
  check("clipnorm", options.clipnorm);
  check("clipvalue", options.clipvalue);
  check("global_clipnorm", options.global_clipnorm);
  if (given > 1)
    throw ValueError(owner + ": only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. Received: " +
                     std::to_string(given) + " of them");
}

void check_steps(const std::string& owner, const char* option, std::optional<std::int64_t> value, std::int64_t least) {
  if (!value || *value == 0 || *value >= least) return;
  throw ValueError(owner + ": `" + option + "` must be at least " + std::to_string(least) +
                   ", or 0 for none. Received: " + option + "=" + std::to_string(*value));
}

/// What a schedule gives for a step, outside of functions.
double evaluated(const LearningRate& rate, std::int64_t step, session::Core& core, const std::string& owner) {
  const session::Core::Entry entry(core);
  session::EagerBuilder builder(core, owner, {}, "the learning rate of '" + owner + "'");
  const graph::Builder::Current scope(builder);
  return rate.at(builder.constant(Array::scalar(step))).item<double>();
}

}  // namespace

Optimizer::Optimizer(const Optimizer& other) = default;
Optimizer::Optimizer(Optimizer&& other) noexcept = default;
Optimizer& Optimizer::operator=(const Optimizer& other) = default;
Optimizer& Optimizer::operator=(Optimizer&& other) noexcept = default;
Optimizer::~Optimizer() = default;

Optimizer::Live::Live() noexcept = default;
Optimizer::Live::Live(const Live& /*other*/) noexcept {}
Optimizer::Live& Optimizer::Live::operator=(const Live& /*other*/) noexcept { return *this; }
Optimizer::Live::~Live() = default;

void Optimizer::apply(const std::vector<Tensor>& gradients, const std::vector<Variable>& variables) {
  apply(std::span<const Tensor>(gradients), std::span<const Variable>(variables));
}

Optimizer::Optimizer(BaseOptions options) : Component(options.name), options_(std::move(options)) {
  const std::string owner = name().empty() ? "An optimizer" : "The optimizer '" + name() + "'";
  if (!options_.learning_rate.is_schedule()) check_finite(owner, "learning_rate", options_.learning_rate.value());
  if (options_.weight_decay) check_finite(owner, "weight_decay", *options_.weight_decay);
  check_clipping(owner, options_);
  check_share(owner, "ema_momentum", options_.ema_momentum);
  check_steps(owner, "ema_overwrite_frequency", options_.ema_overwrite_frequency, 1);
  check_steps(owner, "gradient_accumulation_steps", options_.gradient_accumulation_steps, 2);
  if (options_.loss_scale_factor) check_positive(owner, "loss_scale_factor", *options_.loss_scale_factor);
}

std::string Optimizer::default_name() const { return core::snake_case(class_name()); }

std::string Optimizer::class_name() const { return core::class_name(typeid(*this)); }

void Optimizer::became_live() {
  live_.iterations = add_variable("iteration", {}, {.dtype = int64, .trainable = false, .category = category});
  if (options_.learning_rate.is_schedule()) return;
  const auto initial = [rate = options_.learning_rate.value()](const Shape& shape, DType dtype, std::uint64_t) {
    return Array::full(shape, rate, dtype);
  };
  live_.learning_rate =
      add_variable("learning_rate", {}, {.initial = initial, .trainable = false, .category = category});
}

Config Optimizer::config() const {
  BaseOptions now = options_;
  now.name = name().empty() ? default_name() : name();
  if (!now.learning_rate.is_schedule()) now.learning_rate = learning_rate();
  return core::written(shared_options, now);
}

// ---- the learning rate

double Optimizer::learning_rate() const {
  if (!live_.learning_rate.is_empty()) return live_.learning_rate.value().item<double>();
  if (!options_.learning_rate.is_schedule()) return options_.learning_rate.value();
  const std::string owner = path().empty() ? default_name() : path();
  if (is_live())
    return evaluated(options_.learning_rate, live_.iterations.value().item<std::int64_t>(), session::Inner::core(*this),
                     owner);
  const Session session({.threads = 1});
  return evaluated(options_.learning_rate, 0, *session::Inner::core(session), owner);
}

void Optimizer::set_learning_rate(const LearningRate& value) {
  if (value.is_schedule()) {
    options_.learning_rate = value;
    live_.learning_rate = {};
    if (is_live()) session::Inner::core(*this).structure_changed(*this);
    return;
  }
  if (options_.learning_rate.is_schedule())
    throw ValueError("The optimizer '" + name() + "' has a schedule as its learning rate (" +
                     options_.learning_rate.object()->class_name() +
                     "), which a number can't replace. Make the optimizer with a number to set it later. Received: " +
                     to_string(ConfigValue(value.value())));
  check_finite("The optimizer '" + name() + "'", "learning_rate", value.value());
  options_.learning_rate = value;
  if (!live_.learning_rate.is_empty()) live_.learning_rate.assign(value.value());
}

Tensor Optimizer::rate() const {
  if (options_.learning_rate.is_schedule()) return options_.learning_rate.at(live_.iterations);
  return live_.learning_rate;
}

// ---- slots

void Optimizer::build(std::span<const Variable> variables) {
  std::vector<Variable> added;
  std::copy_if(variables.begin(), variables.end(), std::back_inserter(added), [this](const Variable& variable) {
    return std::find(live_.built_for.begin(), live_.built_for.end(), variable) == live_.built_for.end();
  });
  if (added.empty()) return;
  if (options_.use_ema) add_slots_like(added, average_slot);
  if (accumulation_steps() > 0) add_slots(added, accumulator_slot);
  build_slots(added);
  live_.built_for.insert(live_.built_for.end(), added.begin(), added.end());
}

void Optimizer::add_slot(const Variable& variable, const std::string& slot, const Shape& shape, DType dtype,
                         InitialValue initial) {
  std::string name = variable.is_empty() ? slot : variable.path() + "_" + slot;
  std::replace(name.begin(), name.end(), '/', '_');
  live_.slots.push_back(
      {variable, slot,
       add_variable(name, shape,
                    {.dtype = dtype, .initial = std::move(initial), .trainable = false, .category = category})});
}

void Optimizer::add_slots(std::span<const Variable> variables, const std::string& slot, double initial) {
  InitialValue value;  // none: zeros
  if (initial != 0.0)
    value = [initial](const Shape& shape, DType dtype, std::uint64_t) { return Array::full(shape, initial, dtype); };
  for (const Variable& variable : variables) add_slot(variable, slot, variable.shape(), variable.dtype(), value);
}

void Optimizer::add_slot_pairs(std::span<const Variable> variables, const std::string& first,
                               const std::string& second) {
  for (const Variable& variable : variables) {
    add_slots({&variable, 1}, first);
    add_slots({&variable, 1}, second);
  }
}

void Optimizer::add_slots_like(std::span<const Variable> variables, const std::string& slot) {
  for (const Variable& variable : variables)
    add_slot(variable, slot, variable.shape(), variable.dtype(),
             [variable](const Shape&, DType, std::uint64_t) { return variable.value(); });
}

bool Optimizer::has_slot(const Variable& variable, std::string_view slot) const noexcept {
  return std::any_of(live_.slots.begin(), live_.slots.end(),
                     [&](const Slot& each) { return each.variable == variable && each.name == slot; });
}

Variable Optimizer::slot(const Variable& variable, std::string_view slot) const {
  for (const Slot& each : live_.slots)
    if (each.variable == variable && each.name == slot) return each.state;
  throw InternalError("The optimizer '" + name() + "' has no slot '" + std::string(slot) + "'" +
                      (variable.is_empty() ? "" : " for " + variable.path()));
}

std::vector<Variable> Optimizer::variables() const {
  std::vector<Variable> variables;
  for (const Variable& own : {live_.iterations, live_.learning_rate})
    if (!own.is_empty()) variables.push_back(own);
  for (const Slot& each : live_.slots) variables.push_back(each.state);
  return variables;
}

std::vector<std::pair<Variable, Variable>> Optimizer::averages() const {
  std::vector<std::pair<Variable, Variable>> averages;
  for (const Slot& each : live_.slots)
    if (options_.use_ema && each.name == average_slot) averages.emplace_back(each.variable, each.state);
  return averages;
}

// ---- weight decay

void Optimizer::exclude_from_weight_decay(std::vector<Variable> var_list, std::vector<std::string> var_names) {
  if (is_built())
    throw ValueError("exclude_from_weight_decay() must be called before the optimizer '" + name() +
                     "' has its slots, that is before its first step");
  for (const std::string& pattern : var_names) check_pattern("exclude_from_weight_decay()", pattern);
  not_decaying_ = std::move(var_list);
  not_decaying_patterns_ = std::move(var_names);
}

bool Optimizer::decays(const Variable& variable) const {
  if (std::find(not_decaying_.begin(), not_decaying_.end(), variable) != not_decaying_.end()) return false;
  return std::none_of(not_decaying_patterns_.begin(), not_decaying_patterns_.end(),
                      [&](const std::string& pattern) { return is_found(pattern, variable.path()); });
}

std::optional<double> Optimizer::weight_decay_of(const Variable& variable) const {
  return options_.weight_decay && decays(variable) ? options_.weight_decay : std::nullopt;
}

// ---- a step

Tensor Optimizer::scale_loss(const Tensor& loss) const {
  return options_.loss_scale_factor ? loss * *options_.loss_scale_factor : loss;
}

void Optimizer::apply(std::span<const Tensor> gradients, std::span<const Variable> variables) {
  if (gradients.size() != variables.size())
    throw ValueError("Optimizer '" + name() +
                     "' needs a gradient for each variable. Received: " + std::to_string(gradients.size()) +
                     " gradients for " + std::to_string(variables.size()) + " variables");
  if (gradients.empty()) return;
  std::vector<Tensor> own;
  std::vector<Variable> changing;
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (gradients[i].is_empty()) {
      missing.push_back(variables[i].path());
      continue;
    }
    own.push_back(gradients[i]);
    changing.push_back(variables[i]);
  }
  if (own.empty())
    throw ValueError("Optimizer '" + name() + "' needs a gradient. Received: " + std::to_string(gradients.size()) +
                     " empty ones");
  if (!missing.empty())
    log::write(log::Level::warning, "The optimizer '" + name() + "' was given no gradient for " +
                                        core::listed(missing, "'") + ": the loss doesn't depend on them");
  build(variables);
  // A slot that starts as its variable must do so before the first update, and eager updates run at once.
  if (const graph::Builder* const builder = graph::Builder::current(); builder != nullptr && builder->is_eager())
    for (const Slot& each : live_.slots) static_cast<void>(session::Inner::data(each.state));
  apply_all(own, changing);
}

void Optimizer::apply_all(std::span<const Tensor> gradients, std::span<const Variable> variables) {
  std::vector<Tensor> own;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const Tensor gradient = options_.loss_scale_factor ? gradients[i] / *options_.loss_scale_factor : gradients[i];
    own.push_back(ops::cast(gradient, variables[i].dtype()));
  }
  if (accumulation_steps() > 0) {
    accumulate(std::move(own), variables);
  } else {
    update(std::move(own), variables);
  }
  if (options_.use_ema) average();
  live_.iterations.assign_add(1);
}

void Optimizer::clip(std::vector<Tensor>& gradients) const {
  if (options_.global_clipnorm) return clip_together(gradients, *options_.global_clipnorm);
  for (Tensor& gradient : gradients) {
    if (options_.clipvalue) gradient = ops::clip(gradient, -*options_.clipvalue, *options_.clipvalue);
    if (options_.clipnorm) gradient = clipped_to_norm(gradient, *options_.clipnorm);
  }
}

void Optimizer::update(std::vector<Tensor> gradients, std::span<const Variable> variables) {
  clip(gradients);
  const Tensor rate = this->rate();
  begin_updates();
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const Variable& variable = variables[i];
    const Tensor own_rate = ops::cast(rate, variable.dtype());
    if (const std::optional<double> decay = weight_decay_of(variable)) {
      const Tensor value = variable;
      assign(variable, value - value * (*decay * own_rate));
    }
    update_step(gradients[i], variable, own_rate);
  }
}

void Optimizer::accumulate(std::vector<Tensor> gradients, std::span<const Variable> variables) {
  const auto steps = accumulation_steps();
  const Tensor is_due = ops::equal((Tensor(live_.iterations) + 1) % steps, 0);
  std::vector<Tensor> sums;
  for (std::size_t i = 0; i < gradients.size(); ++i)
    sums.push_back(gradients[i] + Tensor(slot(variables[i], accumulator_slot)));
  std::vector<Variable> changing(variables.begin(), variables.end());
  for (const Slot& each : live_.slots)
    if (each.name != accumulator_slot && each.name != average_slot) changing.push_back(each.state);
  Kept kept(std::move(changing));
  for (std::size_t i = 0; i < gradients.size(); ++i) gradients[i] = sums[i] / static_cast<double>(steps);
  update(std::move(gradients), variables);
  kept.restore_unless(is_due);
  for (std::size_t i = 0; i < sums.size(); ++i)
    slot(variables[i], accumulator_slot).assign(ops::where(is_due, 0.0, sums[i]));
}

Tensor Optimizer::update_number(DType dtype) const {
  const Tensor steps = live_.iterations;
  return ops::cast((accumulation_steps() > 0 ? ops::floor_divide(steps, accumulation_steps()) : steps) + 1, dtype);
}

void Optimizer::average() {
  const Tensor number = update_number(int64);
  const Tensor not_first = ops::not_equal(number, 1);
  for (const auto& [variable, average] : averages()) {
    const Tensor momentum = ops::cast(not_first, variable.dtype()) * options_.ema_momentum;
    const Tensor value = variable;
    const Tensor mean = momentum * average + (1.0 - momentum) * value;
    assign(average, mean);
    if (const std::int64_t frequency = options_.ema_overwrite_frequency.value_or(0); frequency > 0)
      assign(variable, ops::where(ops::equal(number % frequency, 0), mean, value));
  }
}

void Optimizer::finalize_variable_values(std::span<const Variable> variables) {
  for (const auto& [variable, average] : averages())
    if (std::find(variables.begin(), variables.end(), variable) != variables.end())
      Variable(variable).assign(average.value());
}

}  // namespace keratin::inline v0::optimizers

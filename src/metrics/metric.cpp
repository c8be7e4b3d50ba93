#include "keratin/metrics/metric.h"

#include <array>
#include <typeinfo>
#include <utility>
#include <vector>

#include "core/class_name.h"
#include "core/options.h"
#include "graph/builder.h"
#include "keratin/core/error.h"
#include "session/core.h"
#include "session/traced_function.h"

namespace keratin::inline v0 {

using session::Inner;

namespace {

/// Runs a body node by node, outside of functions, in the metric's session.
std::vector<Array> at_once(const Metric& metric, const char* what, std::span<const Array> inputs, FunctionBody body) {
  if (!metric.is_live())
    throw ValueError(metric.class_name() + ": " + what +
                     " needs a live metric. Give it to session.add() and use what that returns");
  if (graph::Builder::current() != nullptr)
    throw ValueError("'" + metric.path() + "': " + what +
                         " on arrays was called inside of a function. Use update_state and result on its tensors there",
                     metric.path());
  session::Core& core = Inner::core(metric);
  const auto function =
      core.make_function(std::move(body), {.name = what, .mode = ExecutionMode::eager}, metric.where());
  struct End {
    ~End() { core.remove(function, "the end of its only call"); }
    session::Core& core;
    const session::TracedFunction& function;
  };
  const End end{core, *function};
  return function->call(inputs);
}

/// What decides what a state means: class and options, but not the name.
std::string meaning(const Metric& metric) {
  Config config = metric.config();
  config.set("name", metric.class_name());
  return to_string(ConfigValue(std::move(config)));
}

void check_mergeable(const Metric& metric, const Metric& other) {
  const std::string own = meaning(metric);
  const std::string others = meaning(other);
  if (typeid(metric) != typeid(other) || own != others)
    throw ValueError("'" + metric.path() + "': merge_state takes metrics of the same class and options, as " + own +
                         ". Received: " + others,
                     metric.path());
}

}  // namespace

Metric::Metric(std::string name, std::optional<DType> dtype)
    : Component(std::move(name)), dtype_(dtype.value_or(float32)) {
  const bool is_computed_in = (is_floating(dtype_) && dtype_ != float16) || is_integer(dtype_);
  if (!is_computed_in)
    throw ValueError("The metric '" + this->name() + "': `dtype` must be a number's that is computed in, such as " +
                     "float32, bfloat16 or int64. Received: dtype='" + std::string(name_of(dtype_)) + "'");
}

std::string Metric::default_name() const { return core::snake_case(class_name()); }

std::string Metric::class_name() const { return core::class_name(typeid(*this)); }

Config Metric::config() const {
  return {{"name", name().empty() ? default_name() : name()}, {"dtype", core::OptionKind<DType>::written(dtype_)}};
}

void Metric::reset_state() {
  for (Variable state : variables()) state.assign(0.0);
}

void Metric::build_like(const Metric& /*other*/) {}

Variable Metric::add_state(const std::string& name, const Shape& shape, InitialValue initial, DType dtype) {
  return add_variable(
      name, shape,
      {.dtype = dtype, .initial = std::move(initial), .trainable = false, .category = MemoryCategory::metrics});
}

void Metric::update_state(const Array& y_true, const std::optional<Array>& y_pred,
                          const std::optional<Array>& sample_weight) {
  std::vector<Array> inputs{y_true};
  if (y_pred) inputs.push_back(*y_pred);
  if (sample_weight) inputs.push_back(*sample_weight);
  at_once(*this, "update_state", inputs, [&](std::span<const Tensor> x) -> std::vector<Tensor> {
    update_state(x.front(), y_pred ? x[1] : Tensor(), sample_weight ? x.back() : Tensor());
    return {};
  });
}

Array Metric::value() const {
  return at_once(*this, "value", {}, [this](std::span<const Tensor>) { return std::vector<Tensor>{result()}; }).front();
}

Tensor Metric::operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) {
  update_state(y_true, y_pred, sample_weight);
  return result();
}

void Metric::merge_state(std::span<const Handle<Metric>> metrics) {
  for (const Handle<Metric>& other : metrics) check_mergeable(*this, *other);
  for (const Handle<Metric>& other : metrics) {
    const std::vector<Variable> theirs = other->variables();
    if (variables().size() < theirs.size()) build_like(*other);
    std::vector<Variable> own = variables();
    if (theirs.size() < own.size()) continue;  // one that has seen no batch
    if (graph::Builder::current() != nullptr) {
      for (std::size_t i = 0; i < own.size(); ++i) own[i].assign_add(theirs[i]);
      continue;
    }
    std::vector<Array> values;
    values.reserve(theirs.size());
    for (const Variable& state : theirs) values.push_back(state.value());
    at_once(*this, "merge_state", values, [&](std::span<const Tensor> x) -> std::vector<Tensor> {
      for (std::size_t i = 0; i < own.size(); ++i) own[i].assign_add(x[i]);
      return {};
    });
  }
}

void Metric::merge_state(std::initializer_list<Handle<Metric>> metrics) {
  merge_state(std::span<const Handle<Metric>>(metrics.begin(), metrics.size()));
}

}  // namespace keratin::inline v0

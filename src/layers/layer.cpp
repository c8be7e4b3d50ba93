#include "keratin/layers/layer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/class_name.h"
#include "graph/builder.h"
#include "keratin/core/error.h"
#include "layers/call_stack.h"
#include "layers/checks.h"
#include "layers/errors.h"
#include "layers/layer_call.h"
#include "ops/apply.h"
#include "session/core.h"
#include "session/lives.h"
#include "session/session_builder.h"

namespace keratin::inline v0 {
namespace {

using graph::Builder;
using session::Core;
using session::Inner;

InitialValue initial_value(const WeightOptions& options, DType dtype) {
  InitializerSpec initializer = options.initializer;
  if (initializer.is_empty() && is_floating(dtype)) initializer = {detail::Known{}, "glorot_uniform"};
  if (initializer.is_empty()) return {};
  return [initializer = std::move(initializer)](const Shape& shape, DType type, std::uint64_t seed) {
    return initializer(shape, type, seed);
  };
}

}  // namespace

void Layer::build(const Shape& /*input*/) {}

void Layer::build(std::span<const Shape> inputs) { build(inputs.empty() ? Shape{} : inputs.front()); }

Tensor Layer::call(const Tensor& /*x*/, const CallContext& /*context*/) {
  throw ValueError("The class " + class_name() +
                   " overrides no call() for one input. Give it several inputs, or override " +
                   "call(const Tensor&, const CallContext&)");
}

Tensor Layer::call(std::span<const Tensor> inputs, const CallContext& context) {
  return call(only_input(inputs), context);
}

std::vector<Tensor> Layer::call_all(std::span<const Tensor> inputs, const CallContext& context) {
  return {call(inputs, context)};
}

const Tensor& Layer::only_input(std::span<const Tensor> inputs) const {
  if (inputs.size() == 1) return inputs.front();
  throw ValueError(class_name() + " '" + name() + "' takes one input. Received: " + std::to_string(inputs.size()));
}

Config Layer::config() const { return {}; }

std::string Layer::class_name() const { return core::class_name(typeid(*this)); }

std::string Layer::default_name() const { return core::snake_case(class_name()); }

Variable Layer::add_weight(const std::string& name, const Shape& shape, const WeightOptions& options) {
  if (!live_.building)
    throw ValueError("add_weight is for build() alone. Received: the weight '" + name + "' of layer '" + path() + "'");
  const DType dtype = options.dtype.value_or(float32);
  Variable variable = add_variable(name, shape,
                                   {.dtype = dtype,
                                    .initial = initial_value(options, dtype),
                                    .trainable = options.trainable && trainable_,
                                    .category = MemoryCategory::parameters});
  (options.trainable ? live_.trainable : live_.other).push_back(variable);
  return variable;
}

Layer& Layer::add_layer(std::unique_ptr<Layer> layer, const SourceLine& where) {
  Layer& added = *layer;
  Inner::set_where(added, where);
  adopt_child({}, std::move(layer));
  return added;
}

void Layer::ensure_built(std::span<const Shape> inputs) {
  if (live_.built) return;
  if (live_.building) throw ValueError("Layer '" + path() + "' was called in its own build()");
  live_.first_variable = Inner::own_variables(*this).size();
  live_.first_child = Inner::children(*this).size();
  live_.building = true;
  try {
    layers::in_layer(path(), where(), [&] { build(inputs); });
  } catch (...) {
    forget_build(*this);
    throw;
  }
  live_.building = false;
  live_.built = true;
}

void Layer::forget_build(Layer& layer) {
  constexpr std::string_view reason = "a build() that failed";
  Core& core = Inner::core(layer);
  // No lists of them: it may be memory that lacked.
  session::ComponentState& state = Inner::state(layer);
  for (std::size_t i = state.children.size(); i-- > 0;) {
    if (i >= layer.live_.first_child) {
      core.remove(*state.children[i], reason);
    } else if (auto* const child = dynamic_cast<Layer*>(state.children[i].get());
               child != nullptr && child->is_built()) {
      forget_build(*child);  // a model's layers are there before it is built
    }
  }
  for (std::size_t i = state.variables.size(); i-- > layer.live_.first_variable;)
    core.remove_variable(Inner::handle(*state.variables[i]), reason);
  layer.live_.reset();
}

Shape Layer::compute_output_shape(std::span<const Shape> inputs) {
  ensure_built(inputs);
  std::vector<graph::Spec> specs;
  specs.reserve(inputs.size());
  for (const Shape& shape : inputs) specs.push_back({float32, shape});
  return layers::symbolic_results(*this, specs).front().shape;
}

std::vector<Tensor> Layer::invoke_all(std::span<const Tensor> inputs, const CallOptions& options) {
  const Core::Entry entry(Inner::core(*this));
  Builder& builder = graph::builder_of(inputs, path());
  session::check_session(builder, Inner::core(*this), "layer '" + path() + "'");
  std::vector<Tensor> tensors;
  tensors.reserve(inputs.size());
  for (const Tensor& input : inputs) tensors.push_back(ops::in_graph(input, builder));
  ensure_built(layers::shapes_of(tensors));
  return layers::in_layer(path(), where(), [&] {
    if (dynamic_cast<session::FunctionalBuilder*>(&builder) != nullptr)
      return layers::append_layer_call(builder, *this, tensors, options);
    const bool training = options.training.value_or(layers::CallFrame::training());
    const Builder::Current current(builder);
    const Builder::Scope scope(builder, path(), where());
    const layers::CallFrame frame(training);
    return call_all(tensors, {.training = training, .mask = options.mask});
  });
}

Tensor Layer::invoke(std::span<const Tensor> inputs, const CallOptions& options) {
  std::vector<Tensor> results = invoke_all(inputs, options);
  if (results.size() == 1) return std::move(results.front());
  throw ValueError("Layer '" + path() + "' has " + std::to_string(results.size()) +
                   " results; take them all, with call() of a model or invoke_all() of a layer");
}

namespace detail {

Tensor call_temporary(std::unique_ptr<Layer> layer, std::span<const Tensor> inputs, const CallOptions& options,
                      std::source_location where) {
  const Builder& builder = graph::builder_of(inputs, layer->class_name());
  const auto* const ours = dynamic_cast<const session::SessionBuilder*>(&builder);
  const std::shared_ptr<Core> core =
      ours != nullptr ? ours->core().shared_from_this() : Core::current_or_throw("the call of a layer");
  Layer& live = *layer;
  core->adopt(std::move(layer), nullptr, where);
  try {
    return live.invoke(inputs, options);
  } catch (...) {
    core->remove(live, "a call that failed");
    throw;
  }
}

}  // namespace detail
}  // namespace keratin::inline v0

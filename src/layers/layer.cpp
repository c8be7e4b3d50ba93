#include "keratin/layers/layer.h"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "core/class_name.h"
#include "core/heap.h"
#include "graph/builder.h"
#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "layers/batch_rows.h"
#include "layers/call_observer.h"
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

Layer::Layer(std::string name) : Component(std::move(name)) {}
Layer::Layer(const Layer& other) = default;
Layer::Layer(Layer&& other) noexcept = default;
Layer& Layer::operator=(const Layer& other) = default;
Layer& Layer::operator=(Layer&& other) noexcept = default;
Layer::~Layer() = default;

Layer::Live::Live() noexcept = default;
Layer::Live::Live(const Live& /*other*/) noexcept {}
Layer::Live& Layer::Live::operator=(const Live& /*other*/) noexcept { return *this; }
Layer::Live::~Live() = default;

void Layer::Live::reset() noexcept {
  built = building = false;
  trainable.clear();
  other.clear();
  shared.clear();
  regularized.clear();
  constrained.clear();
  saved_names.clear();
  build_shapes.clear();
}

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

Config Layer::get_config() const {
  Config all{{"name", name().empty() ? ConfigValue() : ConfigValue(name())},
             {"trainable", trainable_},
             {"dtype", dtype_policy().config()}};
  if (!activity_regularizer_.is_empty()) all.set("activity_regularizer", activity_regularizer_.config());
  for (const Config own = config(); const auto& [key, value] : own.entries()) all.set(key, value);
  return all;
}

void Layer::take_common(const Config& config) {
  if (config.contains("name") && config.at("name").is_text()) set_name(config.get<std::string>("name"));
  trainable_ = config.get_or("trainable", trainable_);
  // An InputLayer's own dtype is no policy.
  if (config.contains("dtype") && !this->config().contains("dtype"))
    dtype_policy_ = DTypePolicy::from_config(config.at("dtype"));
  if (config.contains("activity_regularizer"))
    activity_regularizer_ = RegularizerSpec::from_config(config.at("activity_regularizer"));
}

void Layer::set_common(bool trainable, DTypePolicy dtype) {
  trainable_ = trainable;
  dtype_policy_ = std::move(dtype);
}

void Layer::set_activity_regularizer(RegularizerSpec regularizer) { activity_regularizer_ = std::move(regularizer); }

DTypePolicy Layer::dtype_policy() const {
  if (!dtype_policy_.is_empty() || !is_live()) return dtype_policy_;
  const auto* const around = dynamic_cast<const Layer*>(Inner::parent(*this));
  return around == nullptr ? Inner::core(*this).dtype_policy() : around->dtype_policy();
}

std::string Layer::class_name() const { return core::class_name(typeid(*this)); }

std::string Layer::default_name() const { return core::snake_case(class_name()); }

Variable Layer::add_weight(const std::string& name, const Shape& shape, const WeightOptions& options) {
  if (!live_.building)
    throw ValueError("add_weight is for build() alone. Received: the weight '" + name + "' of layer '" + path() + "'");
  const DType dtype = options.dtype.value_or(variable_dtype());
  Variable variable = add_variable(name, shape,
                                   {.dtype = dtype,
                                    .initial = initial_value(options, dtype),
                                    .trainable = options.trainable && trainable_,
                                    .category = MemoryCategory::parameters,
                                    .autocast = options.autocast});
  (options.trainable ? live_.trainable : live_.other).push_back(variable);
  if (!options.regularizer.is_empty()) live_.regularized.emplace_back(variable, options.regularizer);
  if (!options.constraint.is_empty()) live_.constrained.emplace_back(variable, options.constraint);
  return variable;
}

Layer& Layer::add_layer(std::unique_ptr<Layer> layer, const SourceLine& where) {
  Layer& added = *layer;
  Inner::set_where(added, where);
  adopt_child({}, std::move(layer));
  return added;
}

std::vector<Handle<Layer>> Layer::add_list(const std::string& attribute, const std::vector<LayerSpec>& specs) {
  std::vector<Handle<Layer>> handles;
  for (const LayerSpec& spec : specs) {
    Layer& layer = add_layer(spec.clone(), where());
    const std::string key = attribute + "/" + core::snake_case(layer.class_name());
    std::string unique = key;
    for (int number = 1; std::any_of(live_.saved_names.begin(), live_.saved_names.end(),
                                     [&](const auto& each) { return each.second == unique; });
         ++number)
      unique = key + "_" + std::to_string(number);
    live_.saved_names.emplace_back(&layer, unique);
    handles.emplace_back(Inner::life(layer), &layer);
  }
  return handles;
}

void Layer::ensure_built(std::span<const Shape> inputs) {
  if (live_.built) return;
  if (live_.building) throw ValueError("Layer '" + path() + "' was called in its own build()");
  live_.first_variable = Inner::own_variables(*this).size();
  live_.first_child = Inner::children(*this).size();
  live_.building = true;
  try {
    layers::in_layer(path(), where(), [&] { build(inputs); });
    live_.build_shapes.assign(inputs.begin(), inputs.end());
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

std::vector<Tensor> Layer::compute_mask(std::span<const Tensor> /*inputs*/, const CallContext& context) {
  return supports_masking() ? context.masks : std::vector<Tensor>();
}

CallContext Layer::context_of(std::span<const Tensor> inputs, const CallOptions& options) const {
  CallContext context{.training = layers::CallFrame::training().value_or(false),
                      .masks = options.masks,
                      .initial_state = options.initial_state,
                      .attention_mask = options.attention_mask,
                      .use_causal_mask = options.use_causal_mask,
                      .return_attention_scores = options.return_attention_scores,
                      .reverse = options.reverse,
                      .count_weights = options.count_weights};
  context.masks.resize(inputs.size());
  if (!inputs.empty() && context.masks.front().is_empty()) context.masks.front() = options.mask;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (context.masks[i].is_empty()) context.masks[i] = graph::builder_of(inputs[i], path()).mask(inputs[i]);
  if (!inputs.empty()) context.mask = context.masks.front();
  return context;
}

void Layer::attach_masks(std::span<const Tensor> inputs, const CallContext& context, std::span<const Tensor> results) {
  const auto has_mask = [](const Tensor& mask) { return !mask.is_empty(); };
  const std::vector<Tensor> masks = compute_mask(inputs, context);
  Builder& builder = graph::builder_of(results, path());
  for (std::size_t i = 0; i < std::min(masks.size(), results.size()); ++i)
    if (has_mask(masks[i]) && !has_mask(builder.mask(results[i])))
      builder.set_mask(results[i], ops::in_graph(masks[i], builder));
  const bool ends =
      masks.empty() && !supports_masking() && std::any_of(context.masks.begin(), context.masks.end(), has_mask);
  if (ends && !std::exchange(live_.warned_of_mask, true))
    log::write(log::Level::warning, "Layer '" + path() + "' (" + class_name() +
                                        ") does not support masking: the mask of its input ends here");
}

void Layer::add_loss(const Tensor& loss) const { layers::LossScope::add(loss); }

void Layer::add_activity_losses(std::span<const Tensor> results) const {
  if (activity_regularizer_.is_empty()) return;
  for (const Tensor& result : results) {
    const Tensor loss = activity_regularizer_(result);
    // By the row, so that it does not depend on the batch's size.
    add_loss(result.rank() == 0 ? loss : loss / layers::batch_rows(result));
  }
}

std::vector<Tensor> Layer::run(std::span<const Tensor> inputs, const CallOptions& options) {
  Builder& builder = graph::builder_of(inputs, path());
  const Builder::Current current(builder);
  const Builder::Scope scope(builder, path(), where());
  const layers::CallFrame frame(options.training);
  const CallContext context = context_of(inputs, options);
  if (auto* const observer = layers::CallObserver::current()) observer->called(*this, inputs, context);
  const DType dtype = compute_dtype();
  // A weight of a dtype of its own is read as it is, unless the layer, or one around it, computes in another than it
  // keeps.
  std::optional<Builder::Autocast> autocast;
  if (dtype != variable_dtype() || builder.autocast()) autocast.emplace(builder, dtype);
  std::vector<Tensor> given(inputs.begin(), inputs.end());
  if (casts_inputs_)
    for (Tensor& tensor : given)
      if (is_floating(tensor.dtype())) tensor = ops::cast(tensor, dtype);
  std::vector<Tensor> results = call_all(given, context);
  attach_masks(given, context, results);
  add_activity_losses(results);
  return results;
}

std::vector<Tensor> Layer::invoke_all(std::span<const Tensor> inputs, const CallOptions& options) try {
  const Core::Entry entry(Inner::core(*this));
  Builder& builder = graph::builder_of(inputs, path());
  session::check_session(builder, Inner::core(*this), "layer '" + path() + "'");
  std::vector<Tensor> tensors;
  tensors.reserve(inputs.size());
  for (const Tensor& input : inputs) tensors.push_back(ops::in_graph(input, builder));
  ensure_built(layers::shapes_of(tensors));
  return layers::in_layer(path(), where(), [&] {
    if (options.masks.size() > inputs.size())
      throw ValueError("Layer '" + path() +
                       "' got more masks than inputs. Received: " + std::to_string(options.masks.size()) +
                       " masks for " + std::to_string(inputs.size()) + " inputs");
    if (dynamic_cast<session::FunctionalBuilder*>(&builder) != nullptr)
      return layers::append_layer_call(builder, *this, tensors, options);
    return run(tensors, options);
  });
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("the layer '" + path() + "'", where());
}

Tensor Layer::invoke(std::span<const Tensor> inputs, const CallOptions& options) {
  std::vector<Tensor> results = invoke_all(inputs, options);
  if (results.size() == 1) return std::move(results.front());
  throw ValueError("Layer '" + path() + "' has " + std::to_string(results.size()) +
                   " results; take them all, with call() of a model or invoke_all() of a layer");
}

namespace detail {

namespace {

/// Makes a temporary live in the session of its inputs, and calls it.
template <class F>
auto call_live(std::unique_ptr<Layer> layer, std::span<const Tensor> inputs, std::source_location where,
               const F& call) try {
  const Builder& builder = graph::builder_of(inputs, layer->class_name());
  const auto* const ours = dynamic_cast<const session::SessionBuilder*>(&builder);
  const std::shared_ptr<Core> core =
      ours != nullptr ? ours->core().shared_from_this() : Core::current_or_throw("the call of a layer");
  Layer& live = *layer;
  core->adopt(std::move(layer), nullptr, where);
  try {
    return call(live);
  } catch (...) {
    core->remove(live, "a call that failed");
    throw;
  }
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("the call of a layer", where);
}

}  // namespace

Tensor call_temporary(std::unique_ptr<Layer> layer, std::span<const Tensor> inputs, const CallOptions& options,
                      std::source_location where) {
  return call_live(std::move(layer), inputs, where, [&](Layer& live) { return live.invoke(inputs, options); });
}

std::vector<Tensor> call_temporary_all(std::unique_ptr<Layer> layer, std::span<const Tensor> inputs,
                                       const CallOptions& options, std::source_location where) {
  return call_live(std::move(layer), inputs, where, [&](Layer& live) { return live.invoke_all(inputs, options); });
}

}  // namespace detail
}  // namespace keratin::inline v0

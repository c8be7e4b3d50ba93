#include "layers/network.h"

#include <algorithm>
#include <utility>

#include "core/text.h"
#include "graph/builder.h"
#include "keratin/core/error.h"
#include "keratin/layers/core.h"
#include "keratin/ops/math.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"
#include "layers/functional.h"
#include "layers/functional_recipe.h"
#include "layers/layer_call.h"
#include "layers/shared_layers.h"
#include "session/core.h"
#include "session/session_builder.h"

namespace keratin::inline v0::layers {
namespace {

using graph::Builder;

std::vector<Shape> shapes_of(std::span<const graph::Spec> specs) {
  std::vector<Shape> shapes;
  shapes.reserve(specs.size());
  for (const graph::Spec& spec : specs) shapes.push_back(spec.shape);
  return shapes;
}

/// True if data of one shape can be what a symbolic input of the other stands for.
bool fits(const Shape& given, const Shape& wanted) {
  if (given.rank() != wanted.rank()) return false;
  for (std::size_t i = 0; i < given.rank(); ++i)
    if (given.dims()[i] != wanted.dims()[i] && given.dims()[i] >= 0 && wanted.dims()[i] >= 0) return false;
  return true;
}

Tensor ranked_as(const Tensor& x, const Shape& wanted) {
  const std::size_t rank = with_rank_of(x.shape(), wanted).rank();
  if (rank > x.rank()) return ops::expand_dims(x, -1);
  return rank < x.rank() ? ops::squeeze(x, {-1}) : x;
}

std::string names_of(std::span<Layer* const> layers) {
  std::string names;
  for (const Layer* const layer : layers) names += (names.empty() ? "" : ", ") + layer->name();
  return names.empty() ? "none" : names;
}

}  // namespace

Shape with_rank_of(Shape shape, const Shape& wanted) {
  if (shape.rank() + 1 == wanted.rank() && wanted.back() == 1) {
    shape.push_back(1);
  } else if (shape.rank() == wanted.rank() + 1 && shape.back() == 1) {
    shape.erase(shape.rank() - 1);
  }
  return shape;
}

Network::Network(std::vector<LayerSpec> layers, std::string name)
    : Layer(std::move(name)), is_sequential_(true), specs_(std::move(layers)) {
  set_casts_inputs(false);
}

Network::Network(std::vector<Tensor> inputs, std::vector<Tensor> outputs, std::string name)
    : Layer(std::move(name)), is_sequential_(false), inputs_(std::move(inputs)), outputs_(std::move(outputs)) {
  set_casts_inputs(false);
  if (inputs_.empty() || outputs_.empty())
    throw ValueError("A model has one input and one output at least. Received: " + std::to_string(inputs_.size()) +
                     " inputs and " + std::to_string(outputs_.size()) + " outputs");
}

Network::Network(std::shared_ptr<const FunctionalRecipe> recipe, std::string name)
    : Layer(std::move(name)), is_sequential_(false), recipe_(std::move(recipe)) {
  set_casts_inputs(false);
  set_keys(recipe_->input_names(), recipe_->output_names());
}

void Network::set_keys(std::vector<std::string> inputs, std::vector<std::string> outputs) {
  input_keys_ = std::move(inputs);
  output_keys_ = std::move(outputs);
}

void Network::became_live() {
  if (is_sequential_) {
    const SharedLayers shared;
    const std::vector<std::optional<std::int64_t>> ids = std::exchange(shared_ids_, {});
    const std::vector<LayerSpec> specs = std::exchange(specs_, {});
    for (std::size_t i = 0; i < specs.size(); ++i) append_described(specs[i], i < ids.size() ? ids[i] : std::nullopt);
    if (inputs_.empty()) return;
  } else if (recipe_ != nullptr) {
    make_layers();
  } else {
    find_layers();
  }
  ensure_built(shapes_of(inputs_));
}

void Network::make_layers() {
  Builder& functional = session::Inner::core(*this).functional_builder();
  const Builder::Current current(functional);
  const Builder::Scope scope(functional, {}, where());
  const SharedLayers shared;
  FunctionalRecipe::Made made =
      recipe_->make([this](const LayerSpec& spec) -> Layer& { return add_layer(spec.clone(), where()); });
  inputs_ = std::move(made.inputs);
  outputs_ = std::move(made.outputs);
  nodes_ = nodes_between(functional, inputs_, outputs_, name());
  for (Layer* const layer : made.layers) add_found(*layer);
}

void Network::find_layers() {
  const Builder& builder = graph::builder_of(inputs_.front(), "a model");
  if (dynamic_cast<const session::FunctionalBuilder*>(&builder) == nullptr)
    throw ValueError("A model is made of session.input()'s tensors and what layers and ops make of them. Received: " +
                     builder.describe(builder.id(inputs_.front())) + ", in " + builder.name());
  session::check_session(builder, session::Inner::core(*this), "model '" + name() + "'");
  nodes_ = nodes_between(builder, inputs_, outputs_, name());
  for (Layer* const layer : layers_by_depth(builder, nodes_, outputs_)) add_found(*layer);
}

void Network::add_found(Layer& layer) {
  take_name(layer);
  layers_.push_back(&layer);
  handles_.emplace_back(session::Inner::life(layer), &layer);
  shapes_.emplace_back();
  const graph::Graph& graph = graph::builder_of(inputs_.front(), "a model").graph();
  for (const graph::NodeId id : nodes_) {
    const graph::Node& node = graph.node(id);
    if (!is_call_of(node, layer)) continue;
    for (std::uint32_t i = 0; i < node.outputs; ++i) shapes_.back().push_back(graph.spec(node.first_output + i).shape);
    return;
  }
}

void Network::take_name(const Layer& layer) const {
  for (const Layer* const other : layers_)
    if (other->name() == layer.name())
      throw ValueError("The names of a model's layers must differ. Received: two layers '" + layer.name() + "' in '" +
                       name() + "'");
}

void Network::start_with(const Layer& layer) {
  const auto& input = static_cast<const Input&>(layer);
  if (!layers_.empty() || !inputs_.empty())
    throw ValueError("An Input comes first in a sequential model, and once. Received: another one in '" + name() + "'");
  session::Core& core = session::Inner::core(*this);
  Builder& functional = core.functional_builder();
  const Builder::Scope scope(functional, {}, where());
  const std::string own_name = input.name().empty() ? core.unique_name("input_layer") : input.name();
  inputs_ = {functional.input({input.dtype(), input.batch_shape()}, own_name)};
  outputs_ = inputs_;
}

void Network::build_with_input(const graph::Spec& spec) {
  if (!inputs_.empty()) return;
  session::Core& core = session::Inner::core(*this);
  Builder& functional = core.functional_builder();
  const Builder::Scope scope(functional, {}, where());
  std::vector<Tensor> inputs{functional.input(spec, core.unique_name("input_layer"))};
  std::vector<Tensor> tensors = inputs;
  std::vector<std::vector<Shape>> shapes;
  for (Layer* const layer : layers_) {
    tensors = layer->invoke_all(tensors);
    shapes.push_back(shapes_of(tensors));
  }
  inputs_ = std::move(inputs);
  outputs_ = std::move(tensors);
  shapes_ = std::move(shapes);
  ensure_built(shapes_of(inputs_));
}

void Network::append(const LayerSpec& spec) { append_described(spec, std::nullopt); }

void Network::append_described(const LayerSpec& spec, std::optional<std::int64_t> shared_id) {
  if (!is_sequential_) throw ValueError("A layer can be added to a sequential model alone. Received: '" + name() + "'");
  std::unique_ptr<Layer> layer = spec.clone();
  if (dynamic_cast<const Input*>(layer.get()) != nullptr) return start_with(*layer);
  if (is_built() && inputs_.empty())
    throw ValueError("The sequential model '" + name() + "' was built without an Input, and can't get another layer");
  Layer* const before = shared_id ? SharedLayers::find(*shared_id) : nullptr;
  Layer& added = before == nullptr ? add_layer(std::move(layer), spec.where()) : *before;
  try {
    take_name(added);
    std::vector<Tensor> outputs = outputs_.empty() ? outputs_ : added.invoke_all(outputs_);
    std::vector<Shape> shapes = shapes_of(outputs);
    layers_.reserve(layers_.size() + 1);
    shapes_.reserve(shapes_.size() + 1);
    if (shared_id && before == nullptr) SharedLayers::add(*shared_id, added);
    // Nothing can fail from here on.
    layers_.push_back(&added);
    shapes_.push_back(std::move(shapes));
    outputs_ = std::move(outputs);
  } catch (...) {
    if (before == nullptr) session::Inner::core(*this).remove(added, "an exception while it was added to a model");
    throw;
  }
}

void Network::build(std::span<const Shape> inputs) {
  if (!inputs_.empty()) return;  // its layers were built when they were called on the symbolic inputs
  std::vector<graph::Spec> specs;
  for (const Shape& shape : inputs) specs.push_back({float32, shape});
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    layers_[i]->ensure_built(shapes_of(specs));
    specs = symbolic_results(*layers_[i], specs);
    shapes_[i] = shapes_of(specs);
  }
}

std::vector<Tensor> Network::fitted(std::span<const Tensor> inputs) const {
  std::vector<Tensor> given(inputs.begin(), inputs.end());
  if (inputs_.empty()) return given;
  if (given.size() != inputs_.size()) {
    throw ValueError("The model '" + name() + "' takes " + std::to_string(inputs_.size()) +
                     " inputs: " + core::listed(input_names()) + ". Received: " + std::to_string(given.size()));
  }
  for (std::size_t i = 0; i < given.size(); ++i) {
    const Shape wanted = inputs_[i].shape();
    const Tensor ranked = ranked_as(given[i], wanted);
    if (!fits(ranked.shape(), wanted))
      throw ShapeError("The input '" + input_names()[i] + "' of the model '" + name() + "' has the shape " +
                       to_string(wanted) + ". Received: " + to_string(given[i].shape()));
    const Tensor cast = ranked.dtype() == inputs_[i].dtype() ? ranked : ops::cast(ranked, inputs_[i].dtype());
    Builder& builder = graph::builder_of(cast, "a model's call");
    if (const Tensor mask = builder.mask(given[i]); !mask.is_empty()) builder.set_mask(cast, mask);
    given[i] = cast;
  }
  return given;
}

std::vector<Tensor> Network::call_all(std::span<const Tensor> inputs, const CallContext& context) {
  std::vector<Tensor> tensors = fitted(inputs);
  for (std::size_t i = 0; i < tensors.size(); ++i)
    if (!context.masks[i].is_empty())
      graph::builder_of(tensors[i], "a model's call").set_mask(tensors[i], context.masks[i]);
  if (is_sequential_) {
    for (Layer* const layer : layers_) tensors = layer->invoke_all(tensors);
    return tensors;
  }
  for (const Handle<Layer>& handle : handles_) static_cast<void>(*handle);  // throws if the layer has ended
  return repeat_nodes(graph::builder_of(outputs_.front(), "a model"), nodes_, inputs_, outputs_, tensors);
}

std::vector<std::string> Network::input_names() const {
  if (!input_keys_.empty()) return input_keys_;
  std::vector<std::string> names;
  for (const Tensor& input : inputs_) {
    const Builder& builder = graph::builder_of(input, "a model");
    names.push_back(input_name(builder.graph(), builder.id(input)));
  }
  return names;
}

std::vector<std::string> Network::output_names() const {
  if (!output_keys_.empty()) return output_keys_;
  std::vector<std::string> names;
  for (const Tensor& output : outputs_) {
    const Builder& builder = graph::builder_of(output, "a model");
    const graph::Node& node = builder.graph().producer(builder.id(output));
    const Layer* const layer = called_layer(node);
    names.push_back(unlike(layer != nullptr ? layer->name() : std::string(node.op->name), names));
  }
  if (outputs_.empty() && !layers_.empty()) names.push_back(layers_.back()->name());
  return names;
}

Layer& Network::layer(std::string_view name) const {
  for (Layer* const each : layers_)
    if (each->name() == name) return *each;
  throw KeyError("The model '" + this->name() + "' has no layer of this name. It has: " + names_of(layers_) +
                 ". Received: '" + std::string(name) + "'");
}

Layer& Network::layer(std::int64_t index) const {
  const auto count = static_cast<std::int64_t>(layers_.size());
  if (index >= -count && index < count) return *layers_[static_cast<std::size_t>(index < 0 ? index + count : index)];
  throw KeyError("The model '" + name() + "' has " + std::to_string(count) + " layers: " + names_of(layers_) +
                 ". Received: index " + std::to_string(index));
}

std::vector<LayerSummary> Network::summary() const {
  std::vector<LayerSummary> lines;
  if (!is_sequential_)
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      lines.push_back(
          {.name = input_names()[i], .class_name = "InputLayer", .outputs = {inputs_[i].shape()}, .built = true});
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    Layer& layer = *layers_[i];
    lines.push_back({.name = layer.name(),
                     .class_name = layer.class_name(),
                     .outputs = shapes_[i],
                     .params = layer.is_built() ? layer.count_params() : 0,
                     .built = layer.is_built(),
                     .trainable = layer.trainable(),
                     .layer = &layer});
  }
  return lines;
}

}  // namespace keratin::inline v0::layers

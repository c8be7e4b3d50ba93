#include "layers/layer_call.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "graph/builder.h"
#include "graph/op.h"
#include "keratin/core/error.h"
#include "layers/call_stack.h"
#include "ops/apply.h"
#include "session/core.h"
#include "session/lives.h"
#include "session/session_builder.h"

namespace keratin::inline v0::layers {
namespace {

using graph::Attribute;
using graph::Attributes;
using graph::Builder;
using graph::Spec;

constexpr std::size_t max_outputs = 16;

Layer& layer_in(const Attributes& attributes) {
  return *reinterpret_cast<Layer*>(static_cast<std::intptr_t>(attributes.get<std::int64_t>("_layer")));
}

std::int64_t number_of(const Layer& layer) { return static_cast<std::int64_t>(session::Inner::life(layer)->number); }

/// How the tensors of a call stand in a node's inputs: the layer's inputs, masks of some of them, states, and what else
/// is there; flags are attributes.
struct CallInputs {
  std::vector<Tensor> tensors;
  std::vector<Attribute> attributes;

  CallInputs(std::span<const Tensor> inputs, const CallOptions& options) : tensors(inputs.begin(), inputs.end()) {
    const auto put = [&](const char* name, const Tensor& tensor) {
      if (tensor.is_empty()) return;
      attributes.push_back({name, true});
      tensors.push_back(tensor);
    };
    const auto put_flag = [&](const char* name, bool flag) {
      if (flag) attributes.push_back({name, true});
    };
    if (options.training) attributes.push_back({"training", *options.training});
    put_flag("use_causal_mask", options.use_causal_mask);
    put_flag("return_attention_scores", options.return_attention_scores);
    put_flag("reverse", options.reverse);
    std::vector<Tensor> masks = options.masks;
    if (!options.mask.is_empty()) {
      masks.resize(std::max<std::size_t>(masks.size(), 1));
      if (masks.front().is_empty()) masks.front() = options.mask;
    }
    std::int64_t masked = 0;  // bit i: input i has one
    for (std::size_t i = 0; i < masks.size(); ++i) {
      if (masks[i].is_empty()) continue;
      if (i >= 63)
        throw ValueError("Masks can be given for the first 63 inputs. Received: one for input " + std::to_string(i));
      masked |= std::int64_t{1} << i;
      tensors.push_back(masks[i]);
    }
    attributes.push_back({"_inputs", static_cast<std::int64_t>(inputs.size())});
    if (masked != 0) attributes.push_back({"masks", masked});
    if (!options.initial_state.empty()) {
      attributes.push_back({"initial_state", static_cast<std::int64_t>(options.initial_state.size())});
      tensors.insert(tensors.end(), options.initial_state.begin(), options.initial_state.end());
    }
    put("attention_mask", options.attention_mask);
    put("count_weights", options.count_weights);
  }
};

/// The other way round: what a node's inputs are to the layer.
LayerCall call_of(const Attributes& attributes, std::span<const Tensor> tensors) {
  const auto has = [&](const char* name) { return attributes.find(name) != nullptr; };
  std::size_t next = static_cast<std::size_t>(attributes.get<std::int64_t>("_inputs"));
  LayerCall call;
  CallOptions& options = call.options;
  call.inputs.assign(tensors.begin(), tensors.begin() + static_cast<std::ptrdiff_t>(next));
  if (has("training")) options.training = attributes.get<bool>("training");
  options.use_causal_mask = has("use_causal_mask");
  options.return_attention_scores = has("return_attention_scores");
  options.reverse = has("reverse");
  if (has("masks")) {
    options.masks.resize(call.inputs.size());
    for (std::size_t i = 0; i < std::min<std::size_t>(call.inputs.size(), 63); ++i)
      if ((attributes.get<std::int64_t>("masks") >> i & 1) != 0) options.masks[i] = tensors[next++];
  }
  if (has("initial_state"))
    for (std::int64_t count = attributes.get<std::int64_t>("initial_state"); count > 0; --count)
      options.initial_state.push_back(tensors[next++]);
  if (has("attention_mask")) options.attention_mask = tensors[next++];
  if (has("count_weights")) options.count_weights = tensors[next++];
  return call;
}

/// Runs the layer's call() on symbolic tensors, in a graph that is then dropped. `make` makes the call of the tensors.
template <class F>
std::vector<Spec> results_of(Layer& layer, std::span<const Spec> inputs, const F& make) {
  session::Core& core = session::Inner::core(layer);
  session::SessionBuilder scratch(core, layer.path(), layer.where(),
                                  "the symbolic call of layer '" + layer.path() + "'");
  const Builder::Current current(scratch);
  std::vector<Tensor> tensors;
  tensors.reserve(inputs.size());
  for (const Spec& spec : inputs) tensors.push_back(scratch.input(spec, {}));
  const LossScope dropped;
  std::vector<Spec> results;
  for (const Tensor& result : make(std::span<const Tensor>(tensors)))
    results.push_back({result.dtype(), result.shape()});
  return results;
}

std::vector<Spec> results_of_node(const graph::Attributes& attributes, std::span<const Spec> inputs) {
  Layer& layer = layer_in(attributes);
  return results_of(layer, inputs, [&](std::span<const Tensor> tensors) {
    const LayerCall call = call_of(attributes, tensors);
    return layer.invoke_all(call.inputs, call.options);
  });
}

void infer_layer_call(const graph::InferContext& context) {
  const std::vector<Spec> results = results_of_node(context.attributes, context.inputs);
  std::copy(results.begin(), results.end(), context.outputs.begin());
}

/// An op for each number of outputs, as that is a part of an op's contract.
template <std::size_t... I>
constexpr std::array<graph::OpDef, sizeof...(I)> ops_of(std::index_sequence<I...> /*outputs*/) {
  return {graph::OpDef{.name = "layer_call",
                       .inputs = -1,
                       .outputs = static_cast<std::int16_t>(I + 1),
                       .infer = infer_layer_call,
                       .random = true}...};
}
constexpr std::array<graph::OpDef, max_outputs> layer_call_ops = ops_of(std::make_index_sequence<max_outputs>());

}  // namespace

std::vector<Spec> symbolic_results(Layer& layer, std::span<const Spec> inputs, const CallOptions& options) {
  return results_of(layer, inputs, [&](std::span<const Tensor> tensors) { return layer.invoke_all(tensors, options); });
}

std::vector<Tensor> append_layer_call(Builder& functional, Layer& layer, std::span<const Tensor> inputs,
                                      const CallOptions& options) {
  const std::string path = layer.path();
  CallInputs call(inputs, options);
  for (Tensor& tensor : call.tensors) tensor = ops::in_graph(tensor, functional);
  call.attributes.push_back({"name", std::string_view(path)});
  call.attributes.push_back({"_layer", static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(&layer))});
  call.attributes.push_back({"_number", number_of(layer)});
  std::vector<Spec> specs;
  specs.reserve(call.tensors.size());
  for (const Tensor& tensor : call.tensors) specs.push_back({tensor.dtype(), tensor.shape()});
  const std::size_t outputs = results_of_node(Attributes(call.attributes), specs).size();
  if (outputs == 0 || outputs > max_outputs)
    throw ValueError("A layer has between 1 and " + std::to_string(max_outputs) +
                     " results. Received: " + std::to_string(outputs) + " of layer '" + path + "'");
  const Builder::Scope scope(functional, path, layer.where());
  return functional.append(layer_call_ops[outputs - 1], call.tensors, call.attributes);
}

Layer* called_layer(const graph::Node& node) noexcept {
  const bool is_call =
      std::any_of(layer_call_ops.begin(), layer_call_ops.end(), [&](const graph::OpDef& op) { return &op == node.op; });
  return is_call ? &layer_in(Attributes(node.attributes)) : nullptr;
}

bool is_call_of(const graph::Node& node, const Layer& layer) {
  return called_layer(node) == &layer && Attributes(node.attributes).get<std::int64_t>("_number") == number_of(layer);
}

std::size_t input_count(const graph::Node& node) {
  return static_cast<std::size_t>(Attributes(node.attributes).get<std::int64_t>("_inputs"));
}

LayerCall call_in(const graph::Node& node, std::span<const Tensor> tensors) {
  return call_of(Attributes(node.attributes), tensors);
}

std::vector<Tensor> repeat_layer_call(const graph::Node& node, std::span<const Tensor> inputs) {
  const Attributes attributes(node.attributes);
  LayerCall call = call_of(attributes, inputs);
  // As in Keras, what the model around it was called with counts more than what the graph was made with.
  if (CallFrame::training()) call.options.training = CallFrame::training();
  return layer_in(attributes).invoke_all(call.inputs, call.options);
}

}  // namespace keratin::inline v0::layers

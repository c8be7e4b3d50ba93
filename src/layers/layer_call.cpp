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
#include "session/core.h"
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

std::size_t mask_count(const Attributes& attributes) { return attributes.find("mask") == nullptr ? 0 : 1; }

CallOptions options_in(const Attributes& attributes) {
  CallOptions options;
  if (attributes.find("training") != nullptr) options.training = attributes.get<bool>("training");
  return options;
}

/// The mask, if there is one, is the last input.
std::vector<Spec> results_with_mask(Layer& layer, std::span<const Spec> inputs, CallOptions options,
                                    std::size_t masks) {
  session::Core& core = session::Inner::core(layer);
  session::SessionBuilder scratch(core, layer.path(), layer.where(),
                                  "the symbolic call of layer '" + layer.path() + "'");
  const Builder::Current current(scratch);
  std::vector<Tensor> tensors;
  tensors.reserve(inputs.size());
  for (const Spec& spec : inputs) tensors.push_back(scratch.input(spec, {}));
  if (masks > 0) options.mask = tensors.back();
  const CallFrame outermost(false);
  std::vector<Spec> results;
  for (const Tensor& result : layer.invoke_all(std::span(tensors).first(tensors.size() - masks), options))
    results.push_back({result.dtype(), result.shape()});
  return results;
}

void infer_layer_call(const graph::InferContext& context) {
  const std::vector<Spec> results = results_with_mask(layer_in(context.attributes), context.inputs,
                                                      options_in(context.attributes), mask_count(context.attributes));
  if (results.size() != context.outputs.size())
    throw InternalError("A layer's output_count() must be the number of its results. Received: " +
                        std::to_string(context.outputs.size()) + " for " + std::to_string(results.size()));
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
  return results_with_mask(layer, inputs, options, 0);
}

std::vector<Tensor> append_layer_call(Builder& functional, Layer& layer, std::span<const Tensor> inputs,
                                      const CallOptions& options) {
  const std::size_t outputs = layer.output_count();
  if (outputs == 0 || outputs > max_outputs)
    throw ValueError("A layer has between 1 and " + std::to_string(max_outputs) +
                     " results. Received: output_count() = " + std::to_string(outputs));
  const std::string path = layer.path();
  const auto identity = static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(&layer));
  std::vector<Attribute> attributes{{"name", std::string_view(path)}, {"_layer", identity}};
  std::vector<Tensor> all(inputs.begin(), inputs.end());
  if (options.training) attributes.push_back({"training", *options.training});
  if (!options.mask.is_empty()) {
    attributes.push_back({"mask", true});
    all.push_back(options.mask);
  }
  const Builder::Scope scope(functional, path, layer.where());
  return functional.append(layer_call_ops[outputs - 1], all, attributes);
}

Layer* called_layer(const graph::Node& node) noexcept {
  const bool is_call =
      std::any_of(layer_call_ops.begin(), layer_call_ops.end(), [&](const graph::OpDef& op) { return &op == node.op; });
  return is_call ? &layer_in(Attributes(node.attributes)) : nullptr;
}

std::vector<Tensor> repeat_layer_call(const graph::Node& node, std::span<const Tensor> inputs) {
  const Attributes attributes(node.attributes);
  CallOptions options = options_in(attributes);
  const std::size_t masks = mask_count(attributes);
  if (masks > 0) options.mask = inputs.back();
  return layer_in(attributes).invoke_all(inputs.first(inputs.size() - masks), options);
}

}  // namespace keratin::inline v0::layers

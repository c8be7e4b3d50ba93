#pragma once

#include <span>
#include <vector>

#include "graph/builder.h"
#include "graph/graph.h"
#include "graph/spec.h"
#include "keratin/graph/tensor.h"
#include "keratin/layers/layer.h"

namespace keratin::inline v0::layers {

/// Results of a layer for inputs of these specs: its call() runs on symbolic inputs, in a graph that is then dropped.
/// The layer must be built.
std::vector<graph::Spec> symbolic_results(Layer& layer, std::span<const graph::Spec> inputs,
                                          const CallOptions& options = {});

// In a functional graph one node, of the op `layer_call`, stands for a layer's call: a network that is made of the
// graph calls the layer anew, in training as in inference. Its inputs are the layer's, and then what else the call
// was given: masks, states.

/// Appends the node; its outputs.
std::vector<Tensor> append_layer_call(graph::Builder& functional, Layer& layer, std::span<const Tensor> inputs,
                                      const CallOptions& options);
/// The layer that a node stands for; nullptr for any other node.
Layer* called_layer(const graph::Node& node) noexcept;
/// True if the node is a call of this very layer, and not of one that has ended and was at the same address.
bool is_call_of(const graph::Node& node, const Layer& layer);
/// How many of its inputs are the layer's; the first ones.
std::size_t input_count(const graph::Node& node);
/// What a layer was called with, as a node has it.
struct LayerCall {
  std::vector<Tensor> inputs;
  CallOptions options;
};
/// Of a node that stands for a layer's call, whose inputs are `tensors`.
LayerCall call_in(const graph::Node& node, std::span<const Tensor> tensors);
/// Calls the node's layer on other inputs.
std::vector<Tensor> repeat_layer_call(const graph::Node& node, std::span<const Tensor> inputs);

}  // namespace keratin::inline v0::layers

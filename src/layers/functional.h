#pragma once

#include <span>
#include <string>
#include <vector>

#include "graph/builder.h"
#include "graph/graph.h"
#include "keratin/graph/tensor.h"
#include "keratin/layers/layer.h"

namespace keratin::inline v0::layers {

/// The nodes that lead from `inputs` to `outputs`, in an order in which they can run. Throws ValueError if an output
/// depends on a symbolic input that isn't among the inputs; `model` is for messages.
std::vector<graph::NodeId> nodes_between(const graph::Builder& builder, std::span<const Tensor> inputs,
                                         std::span<const Tensor> outputs, const std::string& model);

/// What Keras calls an operation: a layer with all of its calls, or another node by itself.
struct GraphOperation {
  Layer* layer = nullptr;
  std::vector<graph::NodeId> nodes;  ///< in the order of their making
};

/// The operations among these nodes (constants are none), in the order that Keras gives them: by their greatest
/// distance from the outputs, and where that is the same, by when the way back from the outputs meets them.
std::vector<GraphOperation> operations_by_depth(const graph::Builder& builder, std::span<const graph::NodeId> nodes,
                                                std::span<const Tensor> outputs);
/// The layers among them.
std::vector<Layer*> layers_by_depth(const graph::Builder& builder, std::span<const graph::NodeId> nodes,
                                    std::span<const Tensor> outputs);

/// Adds these nodes to the graph that the current builder builds, with `given` in place of `inputs`; what takes the
/// place of the outputs. Calls of layers are made anew.
std::vector<Tensor> repeat_nodes(const graph::Builder& builder, std::span<const graph::NodeId> nodes,
                                 std::span<const Tensor> inputs, std::span<const Tensor> outputs,
                                 std::span<const Tensor> given);

/// The name itself, or with a number where it is taken: "dense_1".
std::string unlike(const std::string& name, std::span<const std::string> taken);

/// The name of a symbolic input, or an empty one.
std::string input_name(const graph::Graph& graph, graph::ValueId value);

}  // namespace keratin::inline v0::layers

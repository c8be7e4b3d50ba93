#pragma once

#include <span>
#include <string>
#include <vector>

#include "graph/builder.h"
#include "graph/graph.h"
#include "keratin/core/config.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0::layers {

/// A model that is made of a functional graph.
struct ModelGraph {
  const graph::Builder& builder;
  std::span<const graph::NodeId> nodes;
  std::span<const Tensor> inputs;
  std::span<const Tensor> outputs;
  std::span<const std::string> input_keys;   ///< of a dictionary, or empty
  std::span<const std::string> output_keys;  ///< of a dictionary, or empty
  std::span<const std::string> output_names;
};

/// "layers", "input_layers" and "output_layers" of Keras's config of it. Throws ValueError, naming layer or op and the
/// user's line, for what Keras can't load.
Config graph_config(const ModelGraph& model);

/// Keras's object of an InputLayer.
Config input_object(const std::string& name, const graph::Spec& spec);

}  // namespace keratin::inline v0::layers

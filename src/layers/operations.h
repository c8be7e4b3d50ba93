#pragma once

#include <string>
#include <vector>

#include "keratin/core/config.h"
#include "keratin/graph/tensor.h"
#include "layers/call_arguments.h"

namespace keratin::inline v0::layers {

/// An operation that stands in a functional graph: `a + 1` is Add, `ops.relu(x)` is Relu. By Keras's class name and
/// config.
struct Operation {
  std::string class_name;
  Config config;
};

/// Throws ValueError, naming it, for an operation that isn't known.
void check_operation(const Operation& operation, const std::string& name);

/// Adds it to the current graph, for a node ({"args", "kwargs"}) whose tensors are all there; its results.
std::vector<Tensor> apply_operation(const Operation& operation, const Config& node, const TensorOf& tensor_of);

}  // namespace keratin::inline v0::layers

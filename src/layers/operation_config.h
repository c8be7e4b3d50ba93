#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "graph/graph.h"
#include "keratin/core/config.h"

namespace keratin::inline v0::layers {

/// A value of the graph as a file refers to it.
using ValueConfig = std::function<ConfigValue(graph::ValueId value)>;

/// A node of a functional graph as an operation of Keras's.
struct OperationConfig {
  std::string module;  ///< "keras.src.ops.numpy"
  std::string class_name;
  Config config;           ///< without its name
  ConfigValue::List args;  ///< of its only call
};

/// Throws ValueError, naming the op and the user's line, for one that Keras has no operation for.
OperationConfig operation_config(const graph::Graph& graph, const graph::Node& node, const ValueConfig& config_of);

/// "LogicalNot" for "logical_not": the class that Keras has for a function of keras.ops.
std::string operation_class(std::string_view op);

/// A number, or Keras's object of an array, for a node that is a constant; None for another one.
ConfigValue constant_config(const graph::Graph& graph, const graph::Node& node);

}  // namespace keratin::inline v0::layers

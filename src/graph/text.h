#pragma once

#include <string>

#include "graph/graph.h"

namespace keratin::inline v0::graph {

bool is_leaf(const Node& node) noexcept;
/// How a value is named where it is read: an input's or a variable's name, a scalar's number, else "%3".
std::string operand(const Graph& graph, ValueId value);
/// "sum(%3){axes=(0)}", "fused{add, relu}(%1, %2)".
std::string call_text(const Graph& graph, const Node& node);

}  // namespace keratin::inline v0::graph

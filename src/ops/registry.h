#pragma once

#include <span>
#include <string_view>

#include "graph/gradients.h"
#include "graph/op.h"

namespace keratin::inline v0::ops {

/// Every op but the graph's leaves.
std::span<const graph::OpDef* const> registry();
/// The op of that name; nullptr if there is none.
const graph::OpDef* find(std::string_view name);

/// What graph::gradients() needs.
const graph::GradientOps& gradient_ops();

}  // namespace keratin::inline v0::ops

#pragma once

#include <span>

#include "graph/op.h"
#include "graph/program.h"

namespace keratin::inline v0::ops {

/// The op that applies a scalar op to each element; its inputs broadcast and have one dtype (but for select's
/// condition). Not for ScalarOp::none and ::immediate.
const graph::OpDef& elementwise_op(graph::ScalarOp op) noexcept;
/// All of them, in the order of ScalarOp.
std::span<const graph::OpDef> elementwise_ops() noexcept;

/// Several elementwise ops as one node, made by a pass that fuses them. Attribute: program (Program). Outputs: one for
/// each output of the program, in the shape that the inputs broadcast to.
extern const graph::OpDef fused_op;

}  // namespace keratin::inline v0::ops

#pragma once

#include <span>
#include <vector>

#include "keratin/graph/tensor.h"

namespace keratin::inline v0::graph {

/// The few ops that building a gradient itself needs; ops/ hands them over, as the graph room lies below it.
struct GradientOps {
  Tensor (*ones_like)(const Tensor& x);
  Tensor (*add)(const Tensor& a, const Tensor& b);
};

/// Adds the nodes of d sum(target) / d source for each source (a tensor of the target's graph; a variable's value is
/// one too) in one reverse walk. Sources that the target does not depend on get an empty Tensor.
/// Throws NotDifferentiableError (naming op, owner and line) where the way leads through an op without gradient,
/// DTypeError if the target isn't floating.
std::vector<Tensor> gradients(const Tensor& target, std::span<const Tensor> sources, const GradientOps& ops);

}  // namespace keratin::inline v0::graph

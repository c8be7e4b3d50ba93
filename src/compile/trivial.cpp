#include <algorithm>

#include "compile/rules.h"

namespace keratin::inline v0::compile {

using graph::Graph;
using graph::ScalarOp;
using graph::Spec;
using graph::ValueId;

namespace {

/// Specs that are the same for every batch: a single unknown size is the same on both sides of a node that keeps the
/// number of elements.
bool surely_equal(const Spec& a, const Spec& b, std::ptrdiff_t unknown_allowed) {
  return a == b && std::count(a.shape.begin(), a.shape.end(), -1) <= unknown_allowed;
}

/// One that gives back a single number as it is. With the shape unchanged, no axis or axes of size 1 alone are reduced.
bool is_plain_reduction(const graph::OpDef& op) {
  return op.name == "sum" || op.name == "mean" || op.name == "prod" || op.name == "max" || op.name == "min";
}

/// The input itself, if the other one is the number and broadcasting doesn't change the shape.
ValueId if_number(const Graph& graph, const Candidate& candidate, std::size_t kept, double number) {
  const ValueId other = candidate.inputs[1 - kept];
  double found = 0.0;
  const Spec& spec = graph.spec(candidate.inputs[kept]);
  const bool keeps_shape = graph.spec(other).shape.rank() <= spec.shape.rank() && spec == candidate.specs[0];
  return keeps_shape && graph.as_scalar(other, found) && found == number ? candidate.inputs[kept] : graph::no_value;
}

}  // namespace

ValueId unchanged(const Graph& graph, const Candidate& candidate) {
  const graph::OpDef& op = *candidate.node.op;
  if (candidate.specs.size() != 1 || candidate.inputs.empty()) return graph::no_value;
  const Spec& given = graph.spec(candidate.inputs[0]);
  const bool keeps_elements =
      op.view || (candidate.inputs.size() == 1 && (op.scalar == ScalarOp::identity || op.scalar == ScalarOp::cast));
  const bool fits_shape = op.name == "sum_like" || op.name == "broadcast_like" || op.name == "broadcast_to";
  // It checks the batch once that is known.
  if (op.name == "initial_state" && !given.shape.is_static()) return graph::no_value;
  if (is_plain_reduction(op)) return given == candidate.specs[0] ? candidate.inputs[0] : graph::no_value;
  if (!keeps_elements && !fits_shape) return graph::no_value;
  return surely_equal(given, candidate.specs[0], keeps_elements ? 1 : 0) ? candidate.inputs[0] : graph::no_value;
}

ValueId trivial(const Graph& graph, const Candidate& candidate) {
  const auto first_if = [&](double number) { return if_number(graph, candidate, 0, number); };
  const auto either_if = [&](double number) {
    const ValueId first = first_if(number);
    return first != graph::no_value ? first : if_number(graph, candidate, 1, number);
  };
  switch (candidate.node.op->scalar) {
    case ScalarOp::multiply:
      return either_if(1.0);
    case ScalarOp::add:
      return either_if(0.0);
    case ScalarOp::divide:
    case ScalarOp::power:
      return first_if(1.0);
    case ScalarOp::subtract:
      return first_if(0.0);
    case ScalarOp::negative: {
      const graph::Node& inner = graph.producer(candidate.inputs[0]);
      return inner.op->scalar == ScalarOp::negative ? inner.inputs[0] : graph::no_value;
    }
    default:
      return graph::no_value;
  }
}

}  // namespace keratin::inline v0::compile

#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "compile/evaluate.h"
#include "compile/rules.h"

namespace keratin::inline v0::compile {
namespace {

using graph::Graph;
using graph::ScalarOp;
using graph::Spec;
using graph::ValueId;

constexpr std::size_t largest_folded = 64 << 10;

bool is_shape_only(const graph::OpDef& op, std::size_t input) {
  return input < 32 && (op.shape_only >> input & 1u) != 0;
}

/// Numbers become scalars: they print, and elementwise programs take them as immediates.
ValueId add_constant(Scalars& scalars, const Array& array) {
  if (array.rank() == 0 && array.dtype() != string && array.dtype() != complex64) {
    const auto number = array.item<double>();
    const bool exact = !is_integer(array.dtype()) || std::abs(number) < 0x1p53;
    if (exact) return scalars.add(number, array.dtype());
  }
  return scalars.graph().add_constant(array);
}

/// True if all elements have the same bytes.
bool is_uniform(const Array& array) {
  if (array.size() < 1 || array.dtype() == string || !array.is_contiguous()) return false;
  const auto* const bytes = static_cast<const std::byte*>(array.raw());
  const std::size_t element = size_of(array.dtype());
  return std::memcmp(bytes, bytes + element, static_cast<std::size_t>(array.nbytes()) - element) == 0;
}

/// The value that was broadcast to this one, or the number that fills it; no_value if it is neither.
ValueId narrower(Scalars& scalars, ValueId value) {
  const Graph& graph = scalars.graph();
  const graph::Node& from = graph.producer(value);
  if (from.op->name == "broadcast_like" || from.op->name == "broadcast_to") return from.inputs[0];
  if (from.op->scalar == ScalarOp::immediate)
    return scalars.add(graph::Attributes(from.attributes).get<double>("value"), graph.spec(value).dtype);
  if (from.op != &graph::constant_op || graph.spec(value).shape.empty()) return graph::no_value;
  const Array array = *constant_value(graph, value);
  if (static_cast<std::size_t>(array.nbytes()) > largest_folded || !is_uniform(array)) return graph::no_value;
  return scalars.add(array.reshaped({-1}).rows(0, 1).item<double>(), array.dtype());
}

/// True if these shapes broadcast to `shape`.
bool broadcast_to(const Graph& graph, std::span<const ValueId> values, const Shape& shape) {
  for (std::size_t back = 1; back <= shape.rank(); ++back) {
    std::int64_t size = -1;
    for (const ValueId value : values) {
      const Shape& given = graph.spec(value).shape;
      if (given.rank() >= back && (size < 0 || size == 1)) size = given.dims()[given.rank() - back];
    }
    if (size != shape.dims()[shape.rank() - back]) return false;
  }
  return true;
}

}  // namespace

ValueId Scalars::add(double number, DType dtype) {
  const std::pair key{std::bit_cast<std::uint64_t>(number), dtype};
  if (const auto found = values_.find(key); found != values_.end()) return found->second;
  // In this order: where memory ends between the two, folding is left out and the graph goes on being simplified.
  return values_.emplace(key, graph_.add_scalar(number, dtype)).first->second;
}

ValueId folded(Scalars& scalars, const Candidate& candidate) {
  const Graph& graph = scalars.graph();
  const graph::OpDef& op = *candidate.node.op;
  if (op.random || candidate.specs.size() != 1 || !candidate.specs[0].shape.is_static()) return graph::no_value;
  if (candidate.specs[0].bytes() > largest_folded || (op.kernel == nullptr && !op.view)) return graph::no_value;
  if (candidate.inputs.empty()) return graph::no_value;
  std::vector<Array> inputs;
  std::vector<Spec> specs;
  for (std::size_t i = 0; i < candidate.inputs.size(); ++i) {
    specs.push_back(graph.spec(candidate.inputs[i]));
    if (!specs.back().shape.is_static()) return graph::no_value;
    if (is_shape_only(op, i)) {
      inputs.emplace_back();
      continue;
    }
    const std::optional<Array> known = constant_value(graph, candidate.inputs[i]);
    if (!known) return graph::no_value;
    inputs.push_back(*known);
  }
  try {
    return add_constant(scalars, evaluate(op, candidate.node.attributes, inputs, specs, candidate.specs)[0]);
  } catch (const Error&) {
    return graph::no_value;  // the run will say what is wrong
  }
}

void unbroadcast(Scalars& scalars, const Candidate& candidate) {
  const Graph& graph = scalars.graph();
  if (candidate.node.op->scalar == ScalarOp::none || candidate.inputs.size() < 2) return;
  if (candidate.node.op->shape_only != 0 || !candidate.specs[0].shape.is_static()) return;
  for (ValueId& input : candidate.inputs) {
    const ValueId narrow = narrower(scalars, input);
    if (narrow == graph::no_value || graph.spec(narrow).dtype != graph.spec(input).dtype) continue;
    const ValueId before = std::exchange(input, narrow);
    if (!broadcast_to(graph, candidate.inputs, candidate.specs[0].shape)) input = before;
  }
}

}  // namespace keratin::inline v0::compile

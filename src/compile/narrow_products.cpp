#include <array>
#include <vector>

#include "compile/passes.h"
#include "compile/rewriting.h"
#include "kernels/matmul.h"
#include "ops/matmul.h"

namespace keratin::inline v0::compile {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::Spec;
using graph::ValueId;

class NarrowProducts final : public Rewriting {
 public:
  using Rewriting::Rewriting;

 private:
  bool replaces(NodeId /*id*/, const Node& node) override { return narrow(node) || is_done(node); }
  bool narrow(const Node& node);
  bool was_narrow(ValueId value) const;
  ValueId narrowed(ValueId value);
  bool becomes_narrow(ValueId value) const;
  bool is_done(const Node& node);
};

/// Whether the value is a cast from bfloat16 to float32, or that in another shape.
bool NarrowProducts::was_narrow(ValueId value) const {
  const Node* node = &graph_.producer(value);
  while (node->op->view) node = &graph_.producer(node->inputs[0]);
  return node->op->scalar == graph::ScalarOp::cast && graph_.spec(node->inputs[0]).dtype == bfloat16 &&
         graph_.spec(node->first_output).dtype == float32;
}

/// What was cast, in the value's shape.
ValueId NarrowProducts::narrowed(ValueId value) {
  const Node& node = graph_.producer(value);
  if (!node.op->view) return copier_.at(node.inputs[0]);
  std::vector<ValueId> inputs{narrowed(node.inputs[0])};
  for (const ValueId other : node.inputs.subspan(1)) inputs.push_back(copier_.at(other));
  const Spec spec{bfloat16, graph_.spec(value).shape};
  return copier_.append(node, *node.op, inputs, node.attributes, {&spec, 1});
}

bool NarrowProducts::narrow(const Node& node) {
  if (node.op != &ops::matmul_op || !was_narrow(node.inputs[0]) || !was_narrow(node.inputs[1])) return false;
  const std::array<Spec, 2> operands{graph_.spec(node.inputs[0]), graph_.spec(node.inputs[1])};
  const graph::Attributes attributes(node.attributes);
  if (!kernels::gains_by_bfloat16(attributes, operands, graph_.spec(node.first_output))) return false;
  const ValueId inputs[] = {narrowed(node.inputs[0]), narrowed(node.inputs[1])};
  Spec result = graph_.spec(node.first_output);
  std::vector<graph::Attribute> given(node.attributes.begin(), node.attributes.end());
  if (becomes_narrow(node.first_output)) {
    result.dtype = bfloat16;
    given.push_back({"dtype", bfloat16});
  }
  copier_.set(node.first_output, copier_.append(node, *node.op, inputs, given, {&result, 1}));
  return true;
}

/// Whether all that is done with the value is a cast to bfloat16.
bool NarrowProducts::becomes_narrow(ValueId value) const {
  if (!users_.is_read_once(value)) return false;
  const Node& user = graph_.node(users_.of(value).front());
  return user.op->scalar == graph::ScalarOp::cast && graph_.spec(user.first_output).dtype == bfloat16;
}

/// A cast of a product that gives bfloat16 itself.
bool NarrowProducts::is_done(const Node& node) {
  if (node.op->scalar != graph::ScalarOp::cast) return false;
  const ValueId now = copier_.at(node.inputs[0]);
  if (copier_.to().spec(now) != graph_.spec(node.first_output)) return false;
  copier_.set(node.first_output, now);
  return true;
}

}  // namespace

std::unique_ptr<Graph> with_narrow_products(const Graph& graph, std::pmr::memory_resource* memory) {
  return rewritten<NarrowProducts>(graph, memory);
}

}  // namespace keratin::inline v0::compile

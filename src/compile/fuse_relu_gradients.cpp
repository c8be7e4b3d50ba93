#include <vector>

#include "compile/passes.h"
#include "compile/rewriting.h"
#include "ops/batch_normalization.h"
#include "ops/conv.h"

namespace keratin::inline v0::compile {
namespace {

using graph::Attribute;
using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ScalarOp;
using graph::ValueId;

/// What a gradient of relu is: select(y > 0, flow, 0).
struct ReluGradient {
  ValueId y = graph::no_value;
  ValueId flow = graph::no_value;
};

bool is_zero(const Graph& graph, ValueId value) {
  double number = 1.0;
  return graph.as_scalar(value, number) && number == 0.0;
}

/// Without a y if the node is none.
ReluGradient relu_gradient(const Graph& graph, const Node& node) {
  if (node.op->scalar != ScalarOp::select || !is_zero(graph, node.inputs[2])) return {};
  const Node& condition = graph.producer(node.inputs[0]);
  if (condition.op->scalar != ScalarOp::greater || !is_zero(graph, condition.inputs[1])) return {};
  const graph::Spec& spec = graph.spec(node.first_output);
  if (graph.spec(condition.inputs[0]) != spec || graph.spec(node.inputs[1]) != spec) return {};
  return {condition.inputs[0], node.inputs[1]};
}

class ReluGradientFusion final : public Rewriting {
 public:
  using Rewriting::Rewriting;

 private:
  bool replaces(NodeId /*id*/, const Node& node) override { return before_normalization(node) || after_pooling(node); }
  bool before_normalization(const Node& node);
  bool after_pooling(const Node& node);
};

bool ReluGradientFusion::before_normalization(const Node& node) {
  if (node.op != &ops::batch_normalization_gradient_op || node.inputs.size() != 5) return false;
  const ReluGradient relu = relu_gradient(graph_, graph_.producer(node.inputs[0]));
  if (relu.y == graph::no_value || !users_.is_read_once(node.inputs[0])) return false;
  const std::span<const ValueId> before = copier_.inputs(node);
  std::vector<ValueId> inputs(before.begin(), before.end());
  inputs[0] = copier_.at(relu.flow);
  inputs.push_back(copier_.at(relu.y));
  copier_.replace(node, *node.op, inputs, node.attributes);
  return true;
}

bool ReluGradientFusion::after_pooling(const Node& node) {
  const ReluGradient relu = relu_gradient(graph_, node);
  if (relu.y == graph::no_value || !users_.is_read_once(relu.flow)) return false;
  const Node& pooling = graph_.producer(relu.flow);
  if (pooling.op != &ops::max_pool_gradient_op || pooling.inputs[0] != relu.y) return false;
  const ValueId inputs[] = {copier_.at(relu.y), copier_.at(pooling.inputs[1])};
  std::vector<Attribute> attributes(pooling.attributes.begin(), pooling.attributes.end());
  attributes.push_back({"relu", true});
  copier_.replace(node, *pooling.op, inputs, attributes);
  return true;
}

}  // namespace

std::unique_ptr<Graph> with_fused_relu_gradients(const Graph& graph, std::pmr::memory_resource* memory) {
  return rewritten<ReluGradientFusion>(graph, memory);
}

}  // namespace keratin::inline v0::compile

#include "graph/gradients.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "graph/builder.h"

namespace keratin::inline v0::graph {
namespace {

/// One reverse walk from a target to its sources.
class Walk {
 public:
  Walk(Builder& builder, const GradientOps& ops) : builder_(builder), graph_(builder.graph()), ops_(ops) {}

  std::vector<Tensor> run(ValueId target, std::span<const ValueId> sources);

 private:
  void mark_dependent(NodeId last, std::span<const ValueId> sources);
  bool flows_into(const Node& node, std::size_t input) const;
  bool is_reached(const Node& node) const;
  void visit(const Node& node);
  void accumulate(const Node& node, std::size_t input, const Tensor& gradient);
  [[noreturn]] static void fail(const Node& node);

  Builder& builder_;
  const Graph& graph_;
  const GradientOps& ops_;
  std::vector<char> depends_;      ///< by value: a floating function of a source
  std::vector<Tensor> gradients_;  ///< by value: the sum of what has arrived
};

/// True if a gradient may flow from the node's outputs to this input, and leads to a source.
bool Walk::flows_into(const Node& node, std::size_t input) const {
  const bool shape_only = input < 32 && (node.op->shape_only >> input & 1u) != 0;
  return !shape_only && depends_[node.inputs[input]] != 0;
}

void Walk::mark_dependent(NodeId last, std::span<const ValueId> sources) {
  const Node& end = graph_.node(last);
  depends_.assign(std::size_t{end.first_output} + end.outputs, 0);
  NodeId first = last;
  for (const ValueId source : sources) {
    if (source >= depends_.size() || !is_floating(graph_.spec(source).dtype)) continue;
    depends_[source] = 1;
    first = std::min(first, graph_.producer_id(source));
  }
  for (NodeId id = first; id <= last; ++id) {
    const Node& node = graph_.node(id);
    if (node.op->gradient == nullptr && node.op->zero_gradient) continue;
    bool any = false;
    for (std::size_t i = 0; i < node.inputs.size() && !any; ++i) any = flows_into(node, i);
    if (!any) continue;
    for (ValueId value = node.first_output; value < node.first_output + node.outputs; ++value)
      if (is_floating(graph_.spec(value).dtype)) depends_[value] = 1;
  }
}

bool Walk::is_reached(const Node& node) const {
  for (ValueId value = node.first_output; value < node.first_output + node.outputs; ++value)
    if (!gradients_[value].is_empty()) return true;
  return false;
}

std::vector<Tensor> Walk::run(ValueId target, std::span<const ValueId> sources) {
  const NodeId last = graph_.producer_id(target);
  mark_dependent(last, sources);
  gradients_.resize(depends_.size());
  if (depends_[target] != 0) {
    gradients_[target] = ops_.ones_like(builder_.tensor(target));
    const auto first = static_cast<ValueId>(std::find(depends_.begin(), depends_.end(), 1) - depends_.begin());
    // Counted with one added, as node 0 is visited too.
    for (NodeId id = last + 1; id > graph_.producer_id(first); --id)
      if (is_reached(graph_.node(id - 1))) visit(graph_.node(id - 1));
  }
  std::vector<Tensor> result;
  result.reserve(sources.size());
  for (const ValueId source : sources)
    result.push_back(source < gradients_.size() && depends_[source] != 0 ? gradients_[source] : Tensor());
  return result;
}

/// Takes a copy of the node: the rule appends to the graph's nodes.
void Walk::visit(const Node& in_graph) {
  const Node node = in_graph;
  const std::size_t count = node.inputs.size();
  const auto needed = std::make_unique<bool[]>(count);
  std::vector<Tensor> inputs;
  inputs.reserve(count);
  bool any = false;
  for (std::size_t i = 0; i < count; ++i) {
    inputs.push_back(builder_.tensor(node.inputs[i]));
    needed[i] = flows_into(node, i);
    any = any || needed[i];
  }
  if (!any || (node.op->gradient == nullptr && node.op->zero_gradient)) return;
  if (node.op->gradient == nullptr) fail(node);

  std::vector<Tensor> outputs;
  outputs.reserve(node.outputs);
  for (std::uint32_t i = 0; i < node.outputs; ++i) outputs.push_back(builder_.tensor(node.first_output + i));
  std::vector<Tensor> input_gradients(count);
  const Builder::Scope scope(builder_, node.owner, node.where);
  GradientContext context{Attributes(node.attributes),
                          inputs,
                          outputs,
                          std::span<const Tensor>(gradients_).subspan(node.first_output, node.outputs),
                          {needed.get(), count},
                          input_gradients};
  node.op->gradient(context);
  for (std::size_t i = 0; i < count; ++i)
    if (needed[i] && !input_gradients[i].is_empty()) accumulate(node, i, input_gradients[i]);
}

void Walk::accumulate(const Node& node, std::size_t input, const Tensor& gradient) {
  const Spec& given = graph_.spec(builder_.id(gradient));
  const Spec& wanted = graph_.spec(node.inputs[input]);
  if (given.dtype != wanted.dtype || given.shape.rank() != wanted.shape.rank())
    throw InternalError(std::string(node.op->name) + ": the gradient of input " + std::to_string(input) + " is " +
                            to_string(given) + ", where the input is " + to_string(wanted),
                        std::string(node.owner), node.where);
  Tensor& sum = gradients_[node.inputs[input]];
  sum = sum.is_empty() ? gradient : ops_.add(sum, gradient);
}

void Walk::fail(const Node& node) {
  std::string from = std::string(node.op->name);
  if (!node.owner.empty()) from += " in layer '" + std::string(node.owner) + "'";
  throw NotDifferentiableError("A gradient was asked for whose way leads through " + from +
                                   ", which has none. Put ops::stop_gradient around its input if nothing is to flow "
                                   "there, or use another op",
                               std::string(node.owner), node.where);
}

}  // namespace

std::vector<Tensor> gradients(const Tensor& target, std::span<const Tensor> sources, const GradientOps& ops) {
  Builder& builder = builder_of(target, "gradients");
  const ValueId id = builder.id(target);
  const Spec& spec = builder.graph().spec(id);
  if (!is_floating(spec.dtype))
    throw DTypeError("gradients: the target must be floating. Received: " + builder.describe(id));
  std::vector<ValueId> ids;
  ids.reserve(sources.size());
  for (const Tensor& source : sources) ids.push_back(builder.id(source));
  const Builder::GradientScope marked(builder);
  return Walk(builder, ops).run(id, ids);
}

}  // namespace keratin::inline v0::graph

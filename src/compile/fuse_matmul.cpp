#include <vector>

#include "compile/copier.h"
#include "compile/passes.h"
#include "compile/users.h"
#include "kernels/matmul.h"
#include "ops/matmul.h"
#include "ops/movement.h"

namespace keratin::inline v0::compile {
namespace {

using graph::Attribute;
using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ValueId;

bool flag(const Node& node, std::string_view name) {
  const graph::Attributes attributes(node.attributes);
  return attributes.find(name) != nullptr && attributes.get<bool>(name);
}

/// True for a transpose that swaps the last two dimensions alone.
bool swaps_last_two(const Node& node) {
  if (node.op != &ops::transpose_op) return false;
  const auto& axes = graph::Attributes(node.attributes).get<graph::Ints>("axes");
  if (axes.size() < 2) return false;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    std::size_t from = i;
    if (i + 2 == axes.size()) from = i + 1;
    if (i + 1 == axes.size()) from = i - 1;
    if (axes[i] != static_cast<std::int64_t>(from)) return false;
  }
  return true;
}

class MatmulFusion {
 public:
  MatmulFusion(const Graph& from, Graph& to)
      : graph_(from), live_(live_nodes(from)), users_(from, live_), copier_(from, to) {}

  void run() {
    for (NodeId id = 0; id < graph_.nodes().size(); ++id) {
      const Node& node = graph_.node(id);
      if (live_[id] == 0 || add_matmul(node) || add_bias(node) || add_activation(node)) continue;
      copier_.copy(node);
    }
    copier_.finish();
  }

 private:
  /// The product in the new graph that only this input of an old node reads; nullptr if it isn't one.
  const Node* product(const Node& node, std::size_t input);
  bool add_matmul(const Node& node);
  bool add_bias(const Node& node);
  bool add_activation(const Node& node);
  void add(const graph::OpDef& op, std::span<const ValueId> inputs, std::span<const Attribute> attributes,
           const Node& instead_of);

  const Graph& graph_;
  std::vector<char> live_;
  Users users_;
  Copier copier_;
};

void MatmulFusion::add(const graph::OpDef& op, std::span<const ValueId> inputs, std::span<const Attribute> attributes,
                       const Node& instead_of) {
  const NodeId id = copier_.to().append(op, inputs, attributes, copier_.specs(instead_of), instead_of.owner,
                                        instead_of.where, instead_of.is_gradient);
  copier_.set(instead_of.first_output, copier_.to().node(id).first_output);
}

const Node* MatmulFusion::product(const Node& node, std::size_t input) {
  const ValueId value = node.inputs[input];
  const Node& now = copier_.to().producer(copier_.at(value));
  const bool is_product = now.op == &ops::matmul_op || now.op == &ops::fused_matmul_op;
  const bool same_spec = graph_.spec(value) == graph_.spec(node.first_output);
  return is_product && same_spec && users_.is_read_once(value) ? &now : nullptr;
}

bool MatmulFusion::add_matmul(const Node& node) {
  if (node.op != &ops::matmul_op) return false;
  ValueId inputs[2];
  Attribute attributes[2] = {{"transpose_a", flag(node, "transpose_a")}, {"transpose_b", flag(node, "transpose_b")}};
  bool any = false;
  for (std::size_t i = 0; i < 2; ++i) {
    const Node& source = graph_.producer(node.inputs[i]);
    const bool swapped = swaps_last_two(source);
    any = any || swapped;
    inputs[i] = copier_.at(swapped ? source.inputs[0] : node.inputs[i]);
    attributes[i].value = std::get<bool>(attributes[i].value) != swapped;
  }
  if (any) add(ops::matmul_op, inputs, attributes, node);
  return any;
}

bool MatmulFusion::add_bias(const Node& node) {
  if (node.op->scalar != graph::ScalarOp::add) return false;
  for (std::size_t i = 0; i < 2; ++i) {
    const Node* const before = product(node, i);
    if (before == nullptr || before->op != &ops::matmul_op) continue;
    const graph::Spec& sum = graph_.spec(node.first_output);
    const graph::Spec& bias = graph_.spec(node.inputs[1 - i]);
    if (bias.shape.rank() != 1 || bias.shape.front() != sum.shape.back()) continue;
    const ValueId inputs[] = {before->inputs[0], before->inputs[1], copier_.at(node.inputs[1 - i])};
    // A copy: the node may move when one is appended, what it points to doesn't.
    const std::span<const Attribute> attributes = before->attributes;
    add(ops::fused_matmul_op, inputs, attributes, node);
    return true;
  }
  return false;
}

bool MatmulFusion::add_activation(const Node& node) {
  if (node.inputs.size() != 1 || !node.attributes.empty() || !kernels::fuses_activation(node.op->name)) return false;
  const Node* const before = product(node, 0);
  if (before == nullptr || graph::Attributes(before->attributes).find("activation") != nullptr) return false;
  if (!is_floating(graph_.spec(node.first_output).dtype)) return false;
  std::vector<Attribute> attributes(before->attributes.begin(), before->attributes.end());
  attributes.push_back({"activation", node.op->name});
  const std::span<const ValueId> inputs = before->inputs;
  add(ops::fused_matmul_op, inputs, attributes, node);
  return true;
}

}  // namespace

std::unique_ptr<Graph> with_fused_matmuls(const Graph& graph, std::pmr::memory_resource* memory) {
  auto result = std::make_unique<Graph>(memory);
  MatmulFusion(graph, *result).run();
  return result;
}

}  // namespace keratin::inline v0::compile

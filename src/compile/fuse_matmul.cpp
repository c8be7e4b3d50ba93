#include <algorithm>
#include <initializer_list>
#include <vector>

#include "compile/passes.h"
#include "compile/rewriting.h"
#include "graph/flag.h"
#include "kernels/conv/conv.h"
#include "kernels/matmul.h"
#include "ops/conv.h"
#include "ops/elementwise.h"
#include "ops/matmul.h"
#include "ops/movement.h"

namespace keratin::inline v0::compile {
namespace {

using graph::Attribute;
using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ScalarOp;
using graph::ValueId;

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

/// The op that does what this product or convolution does, with a bias and an activation; nullptr if there is none.
const graph::OpDef* fused(const graph::OpDef* op) {
  if (op == &ops::matmul_op || op == &ops::fused_matmul_op) return &ops::fused_matmul_op;
  if (op == &ops::conv_op || op == &ops::fused_conv_op) return &ops::fused_conv_op;
  return nullptr;
}

/// A product or convolution that nothing is fused with yet.
bool is_bare(const graph::OpDef* op) { return fused(op) != nullptr && fused(op) != op; }

class MatmulFusion final : public Rewriting {
 public:
  using Rewriting::Rewriting;

 private:
  bool replaces(NodeId /*id*/, const Node& node) override {
    return add_matmul(node) || add_bias(node) || add_channels(node) || add_activation(node);
  }
  /// The product or convolution in the new graph that only this input of an old node reads; nullptr if it isn't one.
  const Node* product(const Node& node, std::size_t input);
  /// The old node that gives the value, through views of it that nobody else reads.
  const Node* behind_views(ValueId value) const;
  bool add_matmul(const Node& node);
  bool add_bias(const Node& node);
  bool add_bias(const Node& node, std::size_t input);
  bool add_channels(const Node& node);
  bool add_channels(const Node& node, std::size_t input);
  bool add_activation(const Node& node);
  /// The product of the new graph with these inputs and attributes in the place of an old node that reads it alone. It
  /// stays its own layer's, whose time and memory it mostly is.
  void extend(const Node& product, const Node& node, std::span<const ValueId> inputs,
              std::span<const Attribute> attributes);
  /// An elementwise node of the new graph, with the spec of its last input.
  ValueId elementwise(ScalarOp op, std::initializer_list<ValueId> inputs, const Node& owner);
  /// The new graph's value in another shape.
  ValueId reshaped(ValueId value, const Shape& shape, const Node& owner);
};

const Node* MatmulFusion::product(const Node& node, std::size_t input) {
  const ValueId value = node.inputs[input];
  const Node& now = copier_.to().producer(copier_.at(value));
  const bool same_spec = graph_.spec(value) == graph_.spec(node.first_output);
  return fused(now.op) != nullptr && same_spec && users_.is_read_once(value) ? &now : nullptr;
}

const Node* MatmulFusion::behind_views(ValueId value) const {
  while (users_.is_read_once(value)) {
    const Node& node = graph_.producer(value);
    if (!node.op->view) return is_bare(node.op) ? &node : nullptr;
    value = node.inputs[0];
  }
  return nullptr;
}

ValueId MatmulFusion::reshaped(ValueId value, const Shape& shape, const Node& owner) {
  const graph::Spec spec{copier_.to().spec(value).dtype, shape};
  if (copier_.to().spec(value) == spec) return value;
  const Attribute attribute{"shape", shape};
  const NodeId id = copier_.to().append(ops::reshape_op, {&value, 1}, {&attribute, 1}, {&spec, 1}, owner.owner,
                                        owner.where, owner.is_gradient);
  return copier_.to().node(id).first_output;
}

bool MatmulFusion::add_matmul(const Node& node) {
  if (node.op != &ops::matmul_op) return false;
  ValueId inputs[2];
  const graph::Attributes given(node.attributes);
  Attribute attributes[2] = {{"transpose_a", graph::flag(given, "transpose_a")},
                             {"transpose_b", graph::flag(given, "transpose_b")}};
  bool any = false;
  for (std::size_t i = 0; i < 2; ++i) {
    const Node& source = graph_.producer(node.inputs[i]);
    const bool swapped = swaps_last_two(source);
    any = any || swapped;
    inputs[i] = copier_.at(swapped ? source.inputs[0] : node.inputs[i]);
    attributes[i].value = std::get<bool>(attributes[i].value) != swapped;
  }
  if (any) copier_.replace(node, ops::matmul_op, inputs, attributes);
  return any;
}

bool MatmulFusion::add_bias(const Node& node) {
  return node.op->scalar == graph::ScalarOp::add && (add_bias(node, 0) || add_bias(node, 1));
}

/// The sum may see the product in another shape: a bias of its last dimensions is then one for each column.
bool MatmulFusion::add_bias(const Node& node, std::size_t input) {
  const Node* const before = behind_views(node.inputs[input]);
  if (before == nullptr) return false;
  const Shape& sum = graph_.spec(node.first_output).shape;
  const graph::Spec product = graph_.spec(before->first_output);
  const graph::Spec& bias = graph_.spec(node.inputs[1 - input]);
  const std::size_t rank = bias.shape.rank();
  if (rank == 0 || rank > sum.rank() || bias.elements() != product.shape.back() ||
      graph_.spec(node.inputs[input]).shape != sum ||
      !std::ranges::equal(bias.shape.dims(), sum.dims().subspan(sum.rank() - rank)))
    return false;
  const ValueId now = copier_.at(before->first_output);
  const Node& matmul = copier_.to().producer(now);
  if (!is_bare(matmul.op)) return false;
  // Copies: the node may move when one is appended, what it points to doesn't.
  const graph::OpDef& op = *fused(matmul.op);
  const std::span<const Attribute> attributes = matmul.attributes;
  const std::span<const ValueId> operands = matmul.inputs;
  const ValueId columns = reshaped(copier_.at(node.inputs[1 - input]), Shape{product.shape.back()}, node);
  const ValueId inputs[] = {operands[0], operands[1], columns};
  const NodeId id =
      copier_.to().append(op, inputs, attributes, {&product, 1}, node.owner, node.where, node.is_gradient);
  copier_.set(node.first_output, reshaped(copier_.to().node(id).first_output, sum, node));
  return true;
}

ValueId MatmulFusion::elementwise(ScalarOp op, std::initializer_list<ValueId> inputs, const Node& owner) {
  const graph::Spec spec = copier_.to().spec(*(inputs.end() - 1));
  const NodeId id =
      copier_.to().append(ops::elementwise_op(op), inputs, {}, {&spec, 1}, owner.owner, owner.where, owner.is_gradient);
  return copier_.to().node(id).first_output;
}

void MatmulFusion::extend(const Node& product, const Node& node, std::span<const ValueId> inputs,
                          std::span<const Attribute> attributes) {
  const NodeId id = copier_.to().append(*fused(product.op), inputs, attributes, copier_.specs(node), product.owner,
                                        product.where, node.is_gradient);
  copier_.set(node.first_output, copier_.to().node(id).first_output);
}

/// Numbers of the channels that are added to a convolution's results, taken off or multiplied with them, as a batch's
/// normalization does with its moving statistics: they become part of its bias and scale.
bool MatmulFusion::add_channels(const Node& node) {
  const ScalarOp op = node.op->scalar;
  if (op == ScalarOp::subtract) return add_channels(node, 0);
  return (op == ScalarOp::add || op == ScalarOp::multiply) && (add_channels(node, 0) || add_channels(node, 1));
}

bool MatmulFusion::add_channels(const Node& node, std::size_t input) {
  const ScalarOp op = node.op->scalar;
  const Node* const found = product(node, input);
  if (found == nullptr || fused(found->op) != &ops::fused_conv_op) return false;
  const Node conv = *found;  // a copy: the node may move when one is appended, what it points to doesn't
  const graph::Attributes attributes(conv.attributes);
  const std::span<const ValueId> operands = conv.inputs;
  const graph::Spec result = graph_.spec(node.first_output);
  const graph::Spec& given = graph_.spec(node.inputs[1 - input]);
  const std::int64_t channels = result.shape.back();
  if (attributes.find("activation") != nullptr || given.dtype != result.dtype || given.shape.empty() ||
      given.shape.back() != channels || given.elements() != channels)
    return false;
  const Graph& now = copier_.to();
  const bool has_bias = operands.size() > 2;
  if (op == ScalarOp::multiply &&
      (!has_bias || !kernels::conv_gains_by_scale(attributes, now.spec(operands[0]), now.spec(operands[1]), result)))
    return false;
  const ValueId vector = reshaped(copier_.at(node.inputs[1 - input]), Shape{channels}, node);
  std::vector<ValueId> inputs(operands.begin(), operands.end());
  if (!has_bias) {
    inputs.push_back(op == ScalarOp::subtract ? elementwise(ScalarOp::negative, {vector}, node) : vector);
  } else {
    inputs[2] = elementwise(op, {inputs[2], vector}, node);
    if (op == ScalarOp::multiply && inputs.size() == 4) inputs[3] = elementwise(op, {inputs[3], vector}, node);
    if (op == ScalarOp::multiply && inputs.size() == 3) inputs.push_back(vector);
  }
  extend(conv, node, inputs, conv.attributes);
  return true;
}

bool MatmulFusion::add_activation(const Node& node) {
  if (node.inputs.size() != 1 || !node.attributes.empty() || !kernels::fuses_activation(node.op->name)) return false;
  const Node* const before = product(node, 0);
  if (before == nullptr || graph::Attributes(before->attributes).find("activation") != nullptr) return false;
  if (!is_floating(graph_.spec(node.first_output).dtype)) return false;
  std::vector<Attribute> attributes(before->attributes.begin(), before->attributes.end());
  attributes.push_back({"activation", node.op->name});
  const Node copy = *before;
  extend(copy, node, copy.inputs, attributes);
  return true;
}

}  // namespace

std::unique_ptr<Graph> with_fused_matmuls(const Graph& graph, std::pmr::memory_resource* memory) {
  return rewritten<MatmulFusion>(graph, memory);
}

}  // namespace keratin::inline v0::compile

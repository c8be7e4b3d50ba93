#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <vector>

#include "compile/passes.h"
#include "compile/rewriting.h"
#include "graph/flag.h"
#include "ops/matmul.h"
#include "ops/movement.h"
#include "ops/recurrent.h"
#include "ops/reduce.h"

namespace keratin::inline v0::compile {
namespace {

using graph::Attribute;
using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::Spec;
using graph::ValueId;

/// What is summed over the batch and the steps of one recurrence's gradients. Nodes that aren't there are the first.
struct Sums {
  NodeId recurrent;             ///< the gradient of the recurrent kernel
  NodeId bias;                  ///< that of the bias
  NodeId kernel;                ///< that of the kernel
  ValueId x = graph::no_value;  ///< what the kernel multiplied

  bool has_bias() const noexcept { return bias != recurrent; }
  bool has_kernel() const noexcept { return kernel != recurrent; }
  NodeId first() const noexcept { return std::min({recurrent, bias, kernel}); }
};

class RecurrentGradientFusion final : public Rewriting {
 public:
  RecurrentGradientFusion(const Graph& from, Graph& to) : Rewriting(from, to), group_of_(live_.size(), none) {
    for (NodeId id = 0; id < live_.size(); ++id)
      if (live_[id] != 0 && graph_.node(id).op == &ops::recurrent_kernel_gradient_op) find(id);
  }

 private:
  bool replaces(NodeId id, const Node& /*node*/) override {
    if (group_of_[id] == none) return false;
    if (const Sums& sums = groups_[group_of_[id]]; sums.first() == id) put(sums);
    return true;
  }

  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  void find(NodeId id);
  void find_kernel(ValueId gradients, Sums& sums) const;
  void put(const Sums& sums);

  std::vector<Sums> groups_;
  std::vector<std::size_t> group_of_;  ///< by node
};

void RecurrentGradientFusion::find(NodeId id) {
  const Node& node = graph_.node(id);
  const ValueId gradients = node.inputs[2];
  Sums sums{.recurrent = id, .bias = id, .kernel = id};
  find_kernel(gradients, sums);
  // An inner gradient has other sums; those of the projection's are made with the projection's gradient.
  if (sums.has_kernel() || !graph::flag(graph::Attributes(node.attributes), "inner")) {
    const Shape bias{graph_.spec(gradients).shape.back()};
    for (const NodeId user : users_.of(gradients)) {
      const Node& sum = graph_.node(user);
      if (sum.op != &ops::sum_like_op || sum.inputs[0] != gradients) continue;
      if (graph_.spec(sum.first_output).shape == bias) sums.bias = user;
    }
  }
  if (!sums.has_kernel() && !sums.has_bias()) return;
  for (const NodeId of_group : {sums.recurrent, sums.bias, sums.kernel}) group_of_[of_group] = groups_.size();
  groups_.push_back(sums);
}

/// A product xᵀ·gradients, of both as matrices.
void RecurrentGradientFusion::find_kernel(ValueId gradients, Sums& sums) const {
  const Spec& spec = graph_.spec(gradients);
  for (const NodeId flattened : users_.of(gradients)) {
    const Node& reshape = graph_.node(flattened);
    if (reshape.op != &ops::reshape_op || graph_.spec(reshape.first_output).shape.rank() != 2) continue;
    for (const NodeId user : users_.of(reshape.first_output)) {
      const Node& product = graph_.node(user);
      if (product.op != &ops::matmul_op || product.inputs[1] != reshape.first_output) continue;
      const graph::Attributes of_product(product.attributes);
      if (!graph::flag(of_product, "transpose_a") || graph::flag(of_product, "transpose_b")) continue;
      const Node& of_x = graph_.producer(product.inputs[0]);
      if (of_x.op != &ops::reshape_op || graph_.spec(of_x.inputs[0]).shape.rank() != 3) continue;
      const Shape& x = graph_.spec(of_x.inputs[0]).shape;
      if (x[0] != spec.shape[0] || x[1] != spec.shape[1] || x[2] == 0) continue;
      if (graph_.spec(product.first_output).shape != Shape{x[2], spec.shape[2]}) continue;
      sums.kernel = user;
      sums.x = of_x.inputs[0];
      return;
    }
  }
}

void RecurrentGradientFusion::put(const Sums& sums) {
  const Node& node = graph_.node(sums.recurrent);
  const std::span<const ValueId> before = copier_.inputs(node);
  std::vector<ValueId> inputs(before.begin(), before.end());
  const std::span<const Spec> specs_before = copier_.specs(node);
  std::vector<Spec> specs(specs_before.begin(), specs_before.end());
  const graph::Attributes given(node.attributes);
  const bool inner = graph::flag(given, "inner");
  if (sums.has_kernel()) {
    inputs.push_back(copier_.at(sums.x));
    specs[2] = graph_.spec(graph_.node(sums.kernel).first_output);
    if (inner) specs[3] = specs[1];
  }
  const std::array<Attribute, 4> attributes{{{"backwards", graph::flag(given, "backwards")},
                                             {"inner", inner},
                                             {"drops", graph::flag(given, "drops")},
                                             {"projects", sums.has_kernel()}}};
  const ValueId made = copier_.append(node, *node.op, inputs, attributes, specs);
  copier_.set(node.first_output, made);
  copier_.set(node.first_output + 1, made + 1);
  if (sums.has_kernel()) copier_.set(graph_.node(sums.kernel).first_output, made + 2);
  if (sums.has_bias()) copier_.set(graph_.node(sums.bias).first_output, made + (inner ? 3 : 1));
}

}  // namespace

std::unique_ptr<Graph> with_fused_recurrent_gradients(const Graph& graph, std::pmr::memory_resource* memory) {
  return rewritten<RecurrentGradientFusion>(graph, memory);
}

}  // namespace keratin::inline v0::compile

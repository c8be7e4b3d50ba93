#include <memory_resource>
#include <string>
#include <vector>

#include "compile/frozen.h"
#include "compile/passes.h"
#include "compile/rewriting.h"
#include "graph/variable_of.h"
#include "kernels/matmul.h"
#include "kernels/recurrent/recurrent.h"
#include "ops/matmul.h"
#include "ops/recurrent.h"

namespace keratin::inline v0::compile {
namespace {

using graph::Attribute;
using graph::Attributes;
using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::Spec;
using graph::ValueId;

/// How what a kernel copies together of its second input at each run can be made once.
struct Packing {
  bool (*applies)(const graph::KernelRequest& request);
  void (*pack)(const graph::KernelRequest& request, const float* weights, float* to);
};
constexpr Packing of_products{&kernels::packs_operand, &kernels::pack_operand};
constexpr Packing of_recurrences{&kernels::packs_recurrent_kernel, &kernels::pack_recurrent_kernel};

/// nullptr: the op's kernels copy nothing.
const Packing* packing_of(const graph::OpDef* op) {
  if (op == &ops::matmul_op || op == &ops::fused_matmul_op) return &of_products;
  if (op == &ops::lstm_op || op == &ops::gru_op || op == &ops::simple_rnn_op) return &of_recurrences;
  return nullptr;
}

class FrozenPacking final : public Rewriting {
 public:
  FrozenPacking(const Graph& from, Graph& to, FrozenVariables& frozen, int threads)
      : Rewriting(from, to), frozen_(frozen), threads_(threads), packs_(live_.size(), 0) {
    for (NodeId id = 0; id < packs_.size(); ++id) packs_[id] = can_pack(graph_.node(id)) ? 1 : 0;
    // What is packed isn't read as it is, unless somebody else reads it.
    live_ = live_nodes(graph_, [&](NodeId id, std::size_t input) { return packs_[id] == 0 || input != 1; });
  }

 private:
  bool replaces(NodeId id, const Node& node) override {
    if (packs_[id] != 0) pack(node);
    return packs_[id] != 0;
  }

  const std::byte* memory_of(ValueId value) const;
  bool can_pack(const Node& node);
  graph::KernelRequest request_of(const Node& node);
  void pack(const Node& node);

  FrozenVariables& frozen_;
  int threads_;
  std::vector<char> packs_;  ///< by node: takes its second input packed
  std::vector<Spec> specs_;  ///< of the last request
};

/// Where the value lies, if it is a variable or one in another shape; else nullptr.
const std::byte* FrozenPacking::memory_of(ValueId value) const {
  const Node* node = &graph_.producer(value);
  while (node->op->view) node = &graph_.producer(node->inputs[0]);
  if (node->op != &graph::variable_op) return nullptr;
  return frozen_.memory(graph::variable_of(*node));
}

graph::KernelRequest FrozenPacking::request_of(const Node& node) {
  specs_.clear();
  for (const ValueId input : node.inputs) specs_.push_back(graph_.spec(input));
  return {Attributes(node.attributes), specs_, copier_.specs(node), threads_, std::pmr::new_delete_resource()};
}

bool FrozenPacking::can_pack(const Node& node) {
  const Packing* const packing = packing_of(node.op);
  return packing != nullptr && memory_of(node.inputs[1]) != nullptr && packing->applies(request_of(node));
}

void FrozenPacking::pack(const Node& node) {
  const Spec& spec = graph_.spec(node.inputs[1]);
  Array packed = Array::empty(spec.shape, float32);
  const auto* const weights = reinterpret_cast<const float*>(memory_of(node.inputs[1]));
  packing_of(node.op)->pack(request_of(node), weights, packed.mutable_data<float>().data());
  std::vector<ValueId> inputs;
  for (const ValueId input : node.inputs) inputs.push_back(copier_.at(input));
  inputs[1] = copier_.to().add_variable(frozen_.keep(packed, node), spec, std::string(node.owner) + "/packed");
  std::vector<Attribute> attributes(node.attributes.begin(), node.attributes.end());
  attributes.push_back({"packed", true});
  copier_.replace(node, *node.op, inputs, attributes);
}

}  // namespace

std::unique_ptr<Graph> with_packed_variables(const Graph& graph, FrozenVariables& frozen, int threads,
                                             std::pmr::memory_resource* memory) {
  return rewritten<FrozenPacking>(graph, memory, frozen, threads);
}

}  // namespace keratin::inline v0::compile

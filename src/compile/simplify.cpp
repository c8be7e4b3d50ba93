#include <memory>
#include <vector>

#include "compile/compiler.h"
#include "compile/copier.h"
#include "compile/rewriting.h"
#include "compile/rules.h"

namespace keratin::inline v0::compile {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ValueId;

/// One walk in which every node's inputs have been simplified before it is looked at.
class Simplifier {
 public:
  Simplifier(const Graph& from, Graph& to) : copier_(from, to), scalars_(to), equal_(to) {}

  void run() {
    const std::vector<char> live = live_nodes(copier_.from());
    for (std::size_t id = 0; id < live.size(); ++id)
      if (live[id] != 0) visit(copier_.from().node(static_cast<NodeId>(id)));
    copier_.finish();
  }

 private:
  ValueId by_rule(const Candidate& candidate);
  void visit(const Node& node);

  Copier copier_;
  Scalars scalars_;
  EqualNodes equal_;
  std::vector<ValueId> inputs_;
};

ValueId Simplifier::by_rule(const Candidate& candidate) {
  const Graph& graph = copier_.to();
  ValueId value = unchanged(graph, candidate);
  if (value == graph::no_value) value = trivial(graph, candidate);
  if (value == graph::no_value) value = folded(scalars_, candidate);
  return value;
}

void Simplifier::visit(const Node& node) {
  if (node.op == &graph::scalar_op) {
    const double number = graph::Attributes(node.attributes).get<double>("value");
    copier_.set(node.first_output, scalars_.add(number, copier_.from().spec(node.first_output).dtype));
    return;
  }
  const auto inputs = copier_.inputs(node);
  inputs_.assign(inputs.begin(), inputs.end());
  const Candidate candidate{node, inputs_, copier_.specs(node)};
  if (!node.inputs.empty()) {
    unbroadcast(scalars_, candidate);
    if (const ValueId value = by_rule(candidate); value != graph::no_value) {
      copier_.set(node.first_output, value);
      return;
    }
  }
  if (const Node* const earlier = equal_.find(candidate)) {
    for (std::uint32_t i = 0; i < node.outputs; ++i) copier_.set(node.first_output + i, earlier->first_output + i);
    return;
  }
  if (node.inputs.empty()) {
    copier_.copy(node);
  } else {
    copier_.copy(node, inputs_, candidate.specs);
  }
  equal_.add(copier_.to().producer_id(copier_.at(node.first_output)));
}

}  // namespace

std::unique_ptr<Graph> simplified(const Graph& trace, std::pmr::memory_resource* memory) {
  return rewritten<Simplifier>(trace, memory);
}

}  // namespace keratin::inline v0::compile

#include <memory>
#include <string>
#include <vector>

#include "compile/compiler.h"
#include "compile/copier.h"
#include "graph/text.h"
#include "runtime/errors.h"

namespace keratin::inline v0::compile {
namespace {

using graph::Graph;
using graph::Node;
using graph::Spec;

void check_inputs(const Graph& graph, std::span<const Spec> inputs) {
  if (graph.inputs().size() != inputs.size())
    throw InternalError("A graph of " + std::to_string(graph.inputs().size()) + " inputs was to be planned for " +
                        std::to_string(inputs.size()));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Spec& traced = graph.spec(graph.inputs()[i]);
    bool fits = traced.dtype == inputs[i].dtype && traced.shape.rank() == inputs[i].shape.rank();
    for (std::size_t d = 0; fits && d < traced.shape.rank(); ++d) {
      const std::int64_t size = inputs[i].shape.dims()[d];
      fits = size >= 0 && (traced.shape.dims()[d] < 0 || traced.shape.dims()[d] == size);
    }
    if (!fits)
      throw ShapeError("Input " + std::to_string(i) + " of the graph was traced as " + to_string(traced) +
                       "; give it an array that fits. Received: " + to_string(inputs[i]));
  }
}

void copy_inferred(Copier& copier, const Node& node, std::vector<Spec>& given, std::vector<Spec>& made) {
  const std::span<const graph::ValueId> inputs = copier.inputs(node);
  given.clear();
  for (const graph::ValueId value : inputs) given.push_back(copier.to().spec(value));
  made.assign(node.outputs, {});
  try {
    graph::infer(*node.op, node.attributes, given, made);
  } catch (...) {
    runtime::rethrow_at(node.owner, node.where);
  }
  copier.copy(node, inputs, made);
}

/// Where a trace assigns a value whose first size it doesn't know, the variable's own shows only here.
void check_updates(const Graph& graph) {
  for (const graph::Update& update : graph.updates()) {
    const Spec& given = graph.spec(update.value);
    if (given.shape == update.shape) continue;
    const Node& node = graph.producer(update.value);
    throw ShapeError("The variable '" + std::string(update.name) + "' has the shape " + to_string(update.shape) +
                         ", and what is assigned to it must have it too, for each size of the batch. Received: " +
                         to_string(given) + " of " + std::string(node.op->name),
                     std::string(node.owner), node.where);
  }
}

}  // namespace

std::unique_ptr<Graph> specialized(const Graph& graph, std::span<const Spec> inputs,
                                   std::pmr::memory_resource* memory) {
  check_inputs(graph, inputs);
  auto result = std::make_unique<Graph>(memory);
  Copier copier(graph, *result);
  const std::vector<char> live = live_nodes(graph);
  std::vector<Spec> given;
  std::vector<Spec> made;
  std::size_t next_input = 0;
  for (const Node& node : graph.nodes()) {
    if (node.op == &graph::input_op) {
      const auto name = graph::Attributes(node.attributes).get<std::string_view>("name");
      copier.set(node.first_output, result->add_input(inputs[next_input++], name, node.where));
    } else if (live[graph.producer_id(node.first_output)] != 0) {
      if (graph::is_leaf(node)) {
        copier.copy(node);
      } else {
        copy_inferred(copier, node, given, made);
      }
    }
  }
  copier.finish();
  check_updates(*result);
  return result;
}

}  // namespace keratin::inline v0::compile

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "compile/copier.h"
#include "compile/groups.h"
#include "compile/layout.h"
#include "graph/text.h"
#include "ops/elementwise.h"

namespace keratin::inline v0::compile {
namespace {

using graph::Graph;
using graph::Instruction;
using graph::Node;
using graph::NodeId;
using graph::ScalarOp;
using graph::ValueId;

/// The program of a group of elementwise nodes.
class ProgramOf {
 public:
  ProgramOf(const Graph& graph, const Users& users, std::span<const NodeId> members);

  std::span<const ValueId> inputs() const noexcept { return inputs_; }
  std::span<const ValueId> outputs() const noexcept { return outputs_; }
  std::span<const Instruction> code() const noexcept { return code_; }

 private:
  void find_inputs();
  void add(const Node& node);
  std::int16_t argument(ValueId value);
  std::int16_t immediate(double number, DType dtype);
  std::int16_t push(const Instruction& instruction);
  bool is_output(ValueId value) const;

  const Graph& graph_;
  const Users& users_;
  std::span<const NodeId> members_;
  std::vector<ValueId> inputs_;
  std::vector<ValueId> outputs_;
  std::vector<Instruction> code_;
  std::map<ValueId, std::int16_t> arguments_;
  std::map<std::pair<std::uint64_t, DType>, std::int16_t> immediates_;
};

ProgramOf::ProgramOf(const Graph& graph, const Users& users, std::span<const NodeId> members)
    : graph_(graph), users_(users), members_(members) {
  find_inputs();
  for (const NodeId member : members_) add(graph_.node(member));
}

void ProgramOf::find_inputs() {
  for (const NodeId member : members_) {
    const Node& node = graph_.node(member);
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId value = node.inputs[i];
      const bool inside = std::binary_search(members_.begin(), members_.end(), graph_.producer_id(value));
      if (inside || !is_program_input(graph_, node, i)) continue;
      if (arguments_.emplace(value, static_cast<std::int16_t>(inputs_.size())).second) inputs_.push_back(value);
    }
  }
}

std::int16_t ProgramOf::push(const Instruction& instruction) {
  code_.push_back(instruction);
  return static_cast<std::int16_t>(inputs_.size() + code_.size() - 1);
}

std::int16_t ProgramOf::immediate(double number, DType dtype) {
  const auto [found, added] = immediates_.try_emplace({std::bit_cast<std::uint64_t>(number), dtype});
  if (added) {
    Instruction instruction;
    instruction.op = ScalarOp::immediate;
    instruction.dtype = instruction.result = dtype;
    instruction.immediate = number;
    found->second = push(instruction);
  }
  return found->second;
}

std::int16_t ProgramOf::argument(ValueId value) {
  const Node& from = graph_.producer(value);
  if (from.op != &graph::scalar_op) return arguments_.at(value);
  return immediate(graph::Attributes(from.attributes).get<double>("value"), graph_.spec(value).dtype);
}

bool ProgramOf::is_output(ValueId value) const {
  const std::span<const NodeId> readers = users_.of(value);
  return users_.escapes(value) || !std::all_of(readers.begin(), readers.end(), [&](NodeId reader) {
           return std::binary_search(members_.begin(), members_.end(), reader);
         });
}

void ProgramOf::add(const Node& node) {
  Instruction instruction;
  instruction.op = node.op->scalar;
  instruction.result = graph_.spec(node.first_output).dtype;
  instruction.dtype = instruction.result;
  if (instruction.op == ScalarOp::immediate) {
    instruction.immediate = graph::Attributes(node.attributes).get<double>("value");
  } else {
    instruction.dtype = graph_.spec(node.inputs[instruction.op == ScalarOp::select ? 1 : 0]).dtype;
    for (std::size_t i = 0; i < static_cast<std::size_t>(arguments_of(instruction.op)); ++i)
      instruction.arguments[i] = argument(node.inputs[i]);
  }
  if (is_output(node.first_output)) {
    instruction.output = static_cast<std::int8_t>(outputs_.size());
    outputs_.push_back(node.first_output);
  }
  arguments_.emplace(node.first_output, push(instruction));
}

void emit_fused(Copier& copier, const ProgramOf& program, std::span<const NodeId> members) {
  const Graph& graph = copier.from();
  std::vector<ValueId> inputs;
  std::vector<graph::Spec> specs;
  for (const ValueId value : program.inputs()) inputs.push_back(copier.at(value));
  for (const ValueId value : program.outputs()) specs.push_back(graph.spec(value));
  const graph::Attribute attribute{"program", graph::Program{program.code()}};
  const Node& last = graph.producer(program.outputs().back());
  // One that the forward pass runs for itself is part of it, whatever else it makes for the backward pass.
  const bool is_gradient =
      std::all_of(members.begin(), members.end(), [&](NodeId member) { return graph.node(member).is_gradient; });
  const NodeId id =
      copier.to().append(ops::fused_op, inputs, {&attribute, 1}, specs, last.owner, last.where, is_gradient);
  for (std::size_t i = 0; i < specs.size(); ++i)
    copier.set(program.outputs()[i], copier.to().node(id).first_output + static_cast<ValueId>(i));
}

}  // namespace

std::unique_ptr<Graph> emitted(const Graph& graph, const Users& users, const Groups& groups,
                               std::span<const GroupId> order, std::pmr::memory_resource* memory) {
  auto result = std::make_unique<Graph>(memory);
  Copier copier(graph, *result);
  const std::vector<char> live = live_nodes(graph);
  for (NodeId id = 0; id < graph.nodes().size(); ++id)
    if (live[id] != 0 && graph::is_leaf(graph.node(id))) copier.copy(graph.node(id));
  for (const GroupId group : order) {
    const std::vector<NodeId>& members = groups.members[group];
    if (members.size() > 1) {
      const ProgramOf program(graph, users, members);
      if (!program.inputs().empty()) {
        emit_fused(copier, program, members);
        continue;
      }
    }
    for (const NodeId member : members) copier.copy(graph.node(member));
  }
  copier.finish();
  return result;
}

}  // namespace keratin::inline v0::compile

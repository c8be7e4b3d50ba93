#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "compile/copier.h"
#include "compile/evaluate.h"
#include "compile/frozen.h"
#include "compile/layout.h"
#include "compile/passes.h"
#include "compile/rewriting.h"
#include "core/element_convert.h"
#include "graph/text.h"
#include "graph/variable_of.h"

namespace keratin::inline v0::compile {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::Spec;
using graph::ValueId;

/// What may always be kept.
constexpr std::size_t small_bytes = 64 << 10;
/// Above that, times the bytes of what it is computed of: a cast to twice the width may be, a broadcast may not.
constexpr std::size_t most_growth = 2;

Array borrowed(const std::byte* memory, const Spec& spec) {
  return core::visit_element_type(spec.dtype, [&]<class T>(std::type_identity<T>) -> Array {
    if constexpr (std::is_same_v<T, std::string>)
      throw InternalError("A variable of strings");
    else
      return Array::borrow(
          std::span<const T>(reinterpret_cast<const T*>(memory), static_cast<std::size_t>(spec.elements())),
          spec.shape);
  });
}

class FrozenFolding {
 public:
  FrozenFolding(const Graph& from, Graph& to, FrozenVariables& frozen, int threads)
      : graph_(from), copier_(from, to), frozen_(frozen), threads_(threads) {}

  void run() {
    find_known();
    decide();
    for (NodeId id = 0; id < graph_.nodes().size(); ++id) emit(id);
    copier_.finish();
  }

 private:
  void find_known();
  void find_known(NodeId id);
  void decide();
  void decide(NodeId id);
  bool is_worth_keeping(const Node& node) const;
  bool fold(const Node& node);
  std::vector<Array> outputs_of(const Node& node);
  Array value_of(ValueId value);
  void emit(NodeId id);

  const Graph& graph_;
  Copier copier_;
  FrozenVariables& frozen_;
  int threads_;
  std::vector<char> known_;                               ///< by node: computed of leaves that never change
  std::vector<std::vector<ValueId>> read_;                ///< by node that is known: those leaves, sorted
  std::vector<char> wanted_;                              ///< by value: read when the plan runs
  std::vector<std::optional<graph::VariableId>> folded_;  ///< by value
  std::unordered_map<ValueId, Array> computed_;           ///< on the way to what is folded now
};

void FrozenFolding::find_known() {
  known_.assign(graph_.nodes().size(), 0);
  read_.resize(graph_.nodes().size());
  for (NodeId id = 0; id < graph_.nodes().size(); ++id) find_known(id);
}

void FrozenFolding::find_known(NodeId id) {
  const Node& node = graph_.node(id);
  if (node.op == &graph::input_op || node.op->random) return;
  if (graph::is_leaf(node)) {
    known_[id] = 1;
    if (node.op != &graph::scalar_op) read_[id] = {node.first_output};
    return;
  }
  if (node.op->kernel == nullptr && !node.op->view) return;
  for (std::uint32_t i = 0; i < node.outputs; ++i) {
    const Spec& spec = graph_.spec(node.first_output + i);
    if (spec.dtype == string || spec.elements() < 1) return;
  }
  std::vector<ValueId> read;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (!reads_data(*node.op, i)) continue;
    const NodeId from = graph_.producer_id(node.inputs[i]);
    if (known_[from] == 0) return;
    std::vector<ValueId> both;
    std::set_union(read.begin(), read.end(), read_[from].begin(), read_[from].end(), std::back_inserter(both));
    read = std::move(both);
  }
  known_[id] = 1;
  read_[id] = std::move(read);
}

/// From the end, so that it is known of each value whether anybody reads it when its node is decided on.
void FrozenFolding::decide() {
  wanted_.assign(graph_.value_count(), 0);
  folded_.resize(graph_.value_count());
  for (const ValueId value : graph_.outputs()) wanted_[value] = 1;
  for (const graph::Update& update : graph_.updates()) wanted_[update.value] = 1;
  for (std::size_t id = graph_.nodes().size(); id-- > 0;) decide(static_cast<NodeId>(id));
}

void FrozenFolding::decide(NodeId id) {
  const Node& node = graph_.node(id);
  const auto* const first = wanted_.data() + node.first_output;
  if (std::none_of(first, first + node.outputs, [](char wanted) { return wanted != 0; })) return;
  const bool can_fold = known_[id] != 0 && !graph::is_leaf(node) && !node.op->view;
  if (can_fold && is_worth_keeping(node) && fold(node)) return;
  for (const ValueId input : node.inputs) wanted_[input] = 1;
}

bool FrozenFolding::is_worth_keeping(const Node& node) const {
  std::size_t kept = 0;
  for (std::uint32_t i = 0; i < node.outputs; ++i)
    if (wanted_[node.first_output + i] != 0) kept += graph_.spec(node.first_output + i).bytes();
  std::size_t read = 0;
  for (const ValueId value : read_[graph_.producer_id(node.first_output)]) read += graph_.spec(value).bytes();
  return kept <= small_bytes || kept <= most_growth * read;
}

/// False where it can't be computed: the run will say what is wrong.
bool FrozenFolding::fold(const Node& node) {
  std::vector<Array> outputs;
  try {
    outputs = outputs_of(node);
  } catch (const Error&) {
    computed_.clear();
    return false;
  }
  computed_.clear();
  for (std::uint32_t i = 0; i < node.outputs; ++i)
    if (wanted_[node.first_output + i] != 0) folded_[node.first_output + i] = frozen_.keep(outputs[i], node);
  return true;
}

std::vector<Array> FrozenFolding::outputs_of(const Node& node) {
  std::vector<Array> inputs;
  std::vector<Spec> input_specs;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    input_specs.push_back(graph_.spec(node.inputs[i]));
    inputs.push_back(reads_data(*node.op, i) ? value_of(node.inputs[i]) : Array());
  }
  const auto specs = copier_.specs(node);
  const std::vector<Spec> output_specs(specs.begin(), specs.end());
  return evaluate(*node.op, node.attributes, inputs, input_specs, output_specs, threads_);
}

Array FrozenFolding::value_of(ValueId value) {
  const Node& node = graph_.producer(value);
  if (node.op == &graph::variable_op) return borrowed(frozen_.memory(graph::variable_of(node)), graph_.spec(value));
  if (graph::is_leaf(node)) return *constant_value(graph_, value);
  if (const auto found = computed_.find(value); found != computed_.end()) return found->second;
  const std::vector<Array> outputs = outputs_of(node);
  for (std::uint32_t i = 0; i < node.outputs; ++i) computed_.emplace(node.first_output + i, outputs[i]);
  return outputs[value - node.first_output];
}

void FrozenFolding::emit(NodeId id) {
  const Node& node = graph_.node(id);
  bool is_folded = false;
  bool is_wanted = node.op == &graph::input_op;
  for (ValueId value = node.first_output; value < node.first_output + node.outputs; ++value) {
    is_wanted = is_wanted || wanted_[value] != 0;
    if (!folded_[value]) continue;
    is_folded = true;
    std::string name(node.owner);
    name.append(name.empty() ? "" : "/").append(node.op->name);
    copier_.set(value, copier_.to().add_variable(*folded_[value], graph_.spec(value), name));
  }
  if (is_wanted && !is_folded) copier_.copy(node);
}

}  // namespace

std::unique_ptr<Graph> with_folded_variables(const Graph& graph, FrozenVariables& frozen, int threads,
                                             std::pmr::memory_resource* memory) {
  return rewritten<FrozenFolding>(graph, memory, frozen, threads);
}

}  // namespace keratin::inline v0::compile

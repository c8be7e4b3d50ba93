#include "compile/recompute.h"

#include <algorithm>
#include <array>
#include <vector>

#include "compile/copier.h"
#include "compile/layout.h"
#include "compile/placement.h"
#include "compile/segments.h"
#include "graph/text.h"

namespace keratin::inline v0::compile {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ValueId;

/// A value of less than this share of the largest one is kept: a mean or a variance costs a pass over all that it is
/// of.
constexpr std::size_t small_share = 64;

/// Copies a graph; each segment's lost values come once more before the first of their late readers.
class Repetition {
 public:
  Repetition(const ForwardPass& forward, const std::vector<NodeId>& starts, Graph& to)
      : forward_(forward), starts_(starts), copier_(forward.graph, to), done_(starts.size(), 0) {
    done_.back() = 1;  // the backward pass begins right after the last segment
    for (const ValueUse& use : forward.uses)
      if (is_candidate(use)) small_ = std::max(small_, use.bytes / small_share);
  }

  void run() {
    const Graph& graph = forward_.graph;
    for (NodeId id = 0; id < graph.nodes().size(); ++id) {
      if (id >= forward_.begin_backward) repeat_for(graph.node(id));
      copier_.copy(graph.node(id));
    }
    copier_.finish();
  }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  bool is_candidate(const ValueUse& use) const {
    return !use.is_lasting && use.is_read_late && use.producer < forward_.begin_backward;
  }
  std::size_t segment_of(NodeId node) const {
    return static_cast<std::size_t>(std::upper_bound(starts_.begin(), starts_.end(), node) - starts_.begin()) - 1;
  }
  NodeId end_of(std::size_t segment) const {
    return segment + 1 < starts_.size() ? starts_[segment + 1] : forward_.begin_backward;
  }
  /// Not there any more when the backward pass comes to its segment.
  bool is_lost(const ValueUse& use) const {
    return !use.is_lasting && use.bytes > small_ && use.last_forward < end_of(segment_of(use.producer));
  }
  void repeat_for(const Node& reader);
  void repeat(std::size_t segment);
  void mark_inputs(const Node& node, NodeId first, std::vector<char>& marked) const;
  void copy_again(const Node& node);

  const ForwardPass& forward_;
  const std::vector<NodeId>& starts_;
  Copier copier_;
  std::vector<char> done_;  ///< by segment
  std::size_t small_ = 0;
  std::size_t bytes_ = 0;
};

void Repetition::repeat_for(const Node& reader) {
  for (std::size_t i = 0; i < reader.inputs.size(); ++i) {
    const ValueUse& use = forward_.use(reader.inputs[i]);
    if (!reads_data(*reader.op, i) || use.producer >= forward_.begin_backward || !is_lost(use)) continue;
    const std::size_t segment = segment_of(use.producer);
    if (done_[segment] != 0) continue;
    done_[segment] = 1;
    repeat(segment);
  }
}

/// Marks what makes a node's inputs, as far as that is lost.
void Repetition::mark_inputs(const Node& node, NodeId first, std::vector<char>& marked) const {
  const Graph& graph = forward_.graph;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const NodeId producer = graph.producer_id(node.inputs[i]);
    if (producer >= first && reads_data(*node.op, i) && is_lost(forward_.use(node.inputs[i])))
      marked[producer - first] = 1;
  }
}

void Repetition::repeat(std::size_t segment) {
  const Graph& graph = forward_.graph;
  const NodeId first = starts_[segment];
  const NodeId end = end_of(segment);
  std::vector<char> marked(end - first, 0);
  for (NodeId id = forward_.begin_backward; id < graph.nodes().size(); ++id) {
    const Node& reader = graph.node(id);
    for (std::size_t i = 0; i < reader.inputs.size(); ++i) {
      const NodeId producer = graph.producer_id(reader.inputs[i]);
      if (producer >= first && producer < end && reads_data(*reader.op, i) && is_lost(forward_.use(reader.inputs[i])))
        marked[producer - first] = 1;
    }
  }
  for (NodeId id = end; id-- > first;)
    if (marked[id - first] != 0) mark_inputs(graph.node(id), first, marked);
  for (NodeId id = first; id < end; ++id)
    if (marked[id - first] != 0) copy_again(graph.node(id));
}

/// What was kept of its outputs stays what is read.
void Repetition::copy_again(const Node& node) {
  std::vector<ValueId> before;
  for (ValueId value = node.first_output; value < node.first_output + node.outputs; ++value)
    before.push_back(copier_.at(value));
  copier_.copy(node);
  for (ValueId value = node.first_output; value < node.first_output + node.outputs; ++value) {
    const ValueUse& use = forward_.use(value);
    if (!is_lost(use)) {
      copier_.set(value, before[value - node.first_output]);
    } else if (use.is_read_late && forward_.root[value] == value) {
      bytes_ += use.bytes;
    }
  }
}

std::size_t live_bytes(const Graph& graph, bool in_place) { return most_live(lay_out(graph, in_place).units); }

}  // namespace

Recomputed recomputed(const Graph& ordered, bool in_place, std::pmr::memory_resource* memory) {
  const ForwardPass forward(ordered);
  Recomputed best;
  if (forward.begin_backward == ordered.nodes().size()) return best;
  std::size_t least = live_bytes(ordered, in_place);
  std::vector<NodeId> before;
  for (const std::size_t parts : std::array<std::size_t, 14>{2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64}) {
    std::vector<NodeId> starts = segment_starts(forward, parts);
    if (starts.size() < 2 || starts == before) continue;
    auto graph = std::make_unique<Graph>(memory);
    Repetition repetition(forward, starts, *graph);
    repetition.run();
    before = std::move(starts);
    const std::size_t live = live_bytes(*graph, in_place);
    if (live >= least) continue;
    least = live;
    best = {std::move(graph), repetition.bytes()};
  }
  return best;
}

}  // namespace keratin::inline v0::compile

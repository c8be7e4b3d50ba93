#include <algorithm>
#include <vector>

#include "compile/layout.h"

namespace keratin::inline v0::compile {
namespace {

using graph::Node;
using runtime::Base;

class Units {
 public:
  Units(Layout& layout, bool in_place) : layout_(layout), in_place_(in_place) {}

  void make() {
    // What is staged is there before the first step.
    for (StorageId id = 0; id < layout_.storages.size(); ++id)
      if (layout_.storages[id].content != id) add(id);
    for (const graph::NodeId id : layout_.steps) visit(layout_.graph.node(id));
  }

 private:
  void add(StorageId id);
  void visit(const Node& node);
  bool may_overlay(const Node& node, std::size_t input, const Storage& output) const;

  Layout& layout_;
  bool in_place_;
};

void Units::add(StorageId id) {
  Storage& storage = layout_.storages[id];
  storage.unit = static_cast<std::uint32_t>(layout_.units.size());
  const auto first = static_cast<std::uint32_t>(storage.first + 1);
  layout_.units.push_back({storage.bytes, first, static_cast<std::uint32_t>(storage.last + 1)});
}

/// True if the input's memory is the workspace's, of the same size and not needed any more, and the kernel allows it
/// wherever it reads it.
bool Units::may_overlay(const Node& node, std::size_t input, const Storage& output) const {
  const StorageId id = layout_.storage[node.inputs[input]];
  const Storage& given = layout_.storages[id];
  if (given.home != Base::workspace || given.unit == no_unit) return false;
  if (given.bytes != output.bytes || given.last != output.first) return false;
  // Taken over already: its unit then lives on.
  if (layout_.units[given.unit].last != static_cast<std::uint32_t>(given.last + 1)) return false;
  for (std::size_t i = 0; i < node.inputs.size(); ++i)
    if (layout_.storage[node.inputs[i]] == id && (i >= 32 || (in_place_bits(node) >> i & 1u) == 0)) return false;
  return true;
}

void Units::visit(const Node& node) {
  std::vector<std::uint32_t> taken;
  for (std::uint32_t o = 0; o < node.outputs; ++o) {
    const StorageId id = layout_.storage[node.first_output + o];
    Storage& output = layout_.storages[id];
    const bool needs_unit = output.home == Base::workspace || output.home == Base::output;
    if (!needs_unit || output.bytes == 0) continue;
    const bool overlays = in_place_ && output.home == Base::workspace && o < overlaid_outputs(node);
    for (std::size_t i = 0; overlays && output.unit == no_unit && i < node.inputs.size(); ++i) {
      if (!reads_data(*node.op, i) || !may_overlay(node, i, output)) continue;
      const Storage& given = layout_.storages[layout_.storage[node.inputs[i]]];
      if (std::find(taken.begin(), taken.end(), given.unit) != taken.end()) continue;
      output.unit = given.unit;
      output.in_place_of = layout_.storage[node.inputs[i]];
      taken.push_back(given.unit);
      layout_.units[given.unit].last = static_cast<std::uint32_t>(output.last + 1);
    }
    if (output.unit == no_unit) add(id);
  }
}

}  // namespace

void make_units(Layout& layout, bool in_place) { Units(layout, in_place).make(); }

}  // namespace keratin::inline v0::compile

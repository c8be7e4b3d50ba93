#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "compile/placement.h"
#include "graph/graph.h"
#include "runtime/plan.h"

namespace keratin::inline v0::compile {

using StorageId = std::uint32_t;
inline constexpr StorageId no_storage = ~StorageId{0};
inline constexpr std::uint32_t no_unit = ~std::uint32_t{0};

/// The memory of one value and of the views on it. Times are places in Layout::steps; −1 stands for before the first
/// step, the number of steps for after the last.
struct Storage {
  runtime::Base home = runtime::Base::workspace;
  std::uint32_t index = 0;  ///< of the variable, input, constant or output that is its home
  std::size_t bytes = 0;
  std::int32_t first = -1;                 ///< the step that writes it
  std::int32_t last = -1;                  ///< the last step that reads it
  graph::ValueId value = graph::no_value;  ///< that is written there first
  StorageId content = no_storage;          ///< what its bytes are a copy of: itself, mostly
  StorageId in_place_of = no_storage;      ///< whose bytes it takes over
  std::uint32_t unit = no_unit;            ///< its place in the workspace (an output's: if it isn't wanted)
};

/// A copy before the first step, or after the last: into a variable, an output or another storage (workspace).
struct Copy {
  StorageId from = no_storage;
  runtime::Base to = runtime::Base::workspace;
  std::uint32_t index = 0;
};

/// Where every value of a graph lives, but for the offsets.
struct Layout {
  explicit Layout(const graph::Graph& of) : graph(of) {}

  const graph::Graph& graph;
  std::vector<graph::NodeId> steps;  ///< nodes that run
  std::vector<StorageId> storage;    ///< by value
  std::vector<Storage> storages;
  std::vector<graph::VariableId> variables;
  std::vector<StorageId> before;  ///< by variable: its content before the run …
  std::vector<StorageId> after;   ///< … and after it
  std::vector<Copy> first_copies;
  std::vector<Copy> last_copies;
  std::vector<Interval> units;  ///< pieces of the workspace; times are places in `steps`, plus 1

  std::int32_t end() const noexcept { return static_cast<std::int32_t>(steps.size()); }
  const Storage& of(graph::ValueId value) const noexcept { return storages[storage[value]]; }
};

/// Bit i: outputs of the node may lie on input i's memory; `overlaid`: how many of them.
std::uint32_t in_place_bits(const graph::Node& node) noexcept;
std::uint16_t overlaid_outputs(const graph::Node& node) noexcept;
bool reads_data(const graph::OpDef& op, std::size_t input) noexcept;

/// Storages of all values and their lifetimes; variables and outputs as homes where values can be written there
/// directly, copies where they can't; units for the rest, shared where a kernel may run in place.
Layout lay_out(const graph::Graph& graph, bool in_place);

// The parts of it, in this order.
void find_storages(Layout& layout);
void give_homes(Layout& layout, bool in_place);
void make_units(Layout& layout, bool in_place);

}  // namespace keratin::inline v0::compile

#pragma once

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <vector>

#include "compile/users.h"
#include "graph/graph.h"

namespace keratin::inline v0::compile {

using GroupId = std::uint32_t;
inline constexpr GroupId no_group = ~GroupId{0};

/// What a group of elementwise nodes may take to stay one program.
inline constexpr std::size_t max_program_inputs = 24;
inline constexpr std::size_t max_program_outputs = 8;
inline constexpr std::size_t max_program_code = 64;

/// The live nodes of a graph that run (no leaves), in groups that become one node each.
struct Groups {
  std::vector<GroupId> of;                          ///< by node; no_group for leaves and dead nodes
  std::vector<std::vector<graph::NodeId>> members;  ///< in the nodes' order; empty for a group merged into another
};

/// Every node a group of its own.
Groups single_groups(const graph::Graph& graph, std::span<const char> live);
/// Elementwise nodes of one shape together, where one reads another's result or both read the same one.
void join_elementwise(const graph::Graph& graph, const Users& users, Groups& groups);

/// The groups in an order in which they can run: as they come, but variables' elementwise updates as soon as they can,
/// so that gradients die early, and after the reads of the variables' old content where that is possible.
std::vector<GroupId> ordered(const graph::Graph& graph, const Users& users, const Groups& groups);

/// True for nodes that may be part of an elementwise program.
bool is_elementwise(const graph::Node& node) noexcept;
/// The program's inputs of a member: what it reads but for scalars, which become immediates, and mere shapes.
bool is_program_input(const graph::Graph& graph, const graph::Node& node, std::size_t input) noexcept;

/// One node for each group, in this order.
std::unique_ptr<graph::Graph> emitted(const graph::Graph& graph, const Users& users, const Groups& groups,
                                      std::span<const GroupId> order, std::pmr::memory_resource* memory);

}  // namespace keratin::inline v0::compile

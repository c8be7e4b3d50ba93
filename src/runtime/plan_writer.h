#pragma once

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/plan.h"

namespace keratin::inline v0::runtime {

/// Gathers a plan's parts on the ordinary heap, and copies them into the plan's memory in their final sizes.
class PlanWriter {
 public:
  /// `memory`: the plan's.
  explicit PlanWriter(std::pmr::memory_resource* memory) : memory_(memory) {}

  std::pmr::memory_resource* memory() const noexcept { return memory_; }

  /// The variable's index in the plan's list. Before and after: the values that it holds.
  std::uint32_t add_variable(graph::VariableId variable, VariableValues values);
  void add_input(const graph::Spec& spec) { inputs_.push_back(spec); }
  /// `value`: what it must hold after a run. `fallback`: see Plan::fallbacks().
  void add_output(const graph::Spec& spec, std::uint32_t value, std::size_t fallback);
  /// The index of an owner's path.
  std::uint32_t owner(const std::string& path);
  /// A copy of the bytes among the plan's constants, 64-byte aligned.
  Address add_constant(std::span<const std::byte> bytes, std::uint32_t value);
  void add_buffer(const Buffer& buffer) { buffers_.push_back(buffer); }
  /// The step's addresses are these; its counts and first_address are set here.
  void add_step(Step step, std::span<const Address> inputs, std::span<const Address> outputs);
  /// A step that copies from → to; nothing where an output isn't wanted.
  void add_copy(const Address& from, const Address& to, std::uint32_t owner, const SourceLine& where = {});

  /// The plan. Leaves the writer empty.
  std::unique_ptr<Plan> finish(std::size_t workspace_bytes, std::size_t live_bytes);

 private:
  void write_constants(Plan& plan) const;
  void write_slots(Plan& plan) const;

  std::pmr::memory_resource* memory_;
  std::vector<Step> steps_;
  std::vector<Address> addresses_;
  std::vector<Buffer> buffers_;
  std::vector<std::string> owners_;
  std::unordered_map<std::string, std::uint32_t> owner_index_;
  std::vector<graph::Spec> inputs_;
  std::vector<graph::Spec> outputs_;
  std::vector<std::uint32_t> output_values_;
  std::vector<std::size_t> fallbacks_;
  std::vector<graph::VariableId> variables_;
  std::vector<VariableValues> variable_values_;
  std::vector<std::byte> constants_;
};

}  // namespace keratin::inline v0::runtime

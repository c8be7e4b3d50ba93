#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/parallel.h"
#include "graph/graph.h"
#include "graph/kernel.h"
#include "keratin/core/error.h"
#include "keratin/core/memory.h"

namespace keratin::inline v0::runtime {

/// What an address counts from.
enum class Base : std::uint8_t { none, workspace, constants, variable, input, output };

struct Address {
  Base base = Base::none;   ///< none: only the shape counts, the kernel gets nullptr
  std::uint32_t index = 0;  ///< of the variable (in the plan's list), input or output
  std::size_t offset = 0;   ///< bytes
  std::size_t bytes = 0;
  std::uint32_t value = 0;  ///< what is read or written there: for the check and for printing
};

/// One kernel with its addresses.
struct Step {
  graph::KernelPtr kernel;
  std::uint32_t first_address = 0;  ///< of its inputs, then its outputs, in the plan's list
  std::uint16_t inputs = 0;
  std::uint16_t outputs = 0;
  std::uint32_t in_place = 0;  ///< bit i: an output may lie on input i's memory …
  std::uint16_t overlaid = 1;  ///< … if it is among the first `overlaid` ones
  std::size_t scratch = 0;     ///< offset of its workspace
  std::string_view op;         ///< a literal
  std::uint32_t owner = 0;     ///< index into the plan's owner paths
  SourceLine where;
};

/// A buffer in the workspace: what the memory report and the independent check read.
struct Buffer {
  std::size_t offset = 0;
  std::size_t bytes = 0;
  std::uint32_t first_step = 0;  ///< that writes it
  std::uint32_t last_step = 0;   ///< that touches it
  MemoryCategory category = MemoryCategory::activations;
  std::uint32_t owner = 0;
  std::int32_t in_place_of = -1;  ///< the buffer whose bytes it takes over at first_step, or −1
};

/// What a plan runs on. Pointers stay the caller's.
struct Bindings {
  std::byte* workspace = nullptr;            ///< workspace_bytes(), 64-byte aligned
  std::span<std::byte* const> variables;     ///< in the order of variables()
  std::span<const std::byte* const> inputs;  ///< contiguous, in the graph's order, with the specs the plan was made for
  std::span<std::byte* const> outputs;       ///< nullptr: not wanted; it is computed in the workspace, or not copied
};

/// What a variable holds before and after a run, as values of the plan's addresses.
struct VariableValues {
  std::uint32_t before = 0;
  std::uint32_t after = 0;
  std::size_t bytes = 0;
};

/// A graph made ready for one batch size: a flat list of kernels on planned addresses. run() allocates nothing. Holds
/// no pointer into the graph that it was made from; all its memory comes from one resource.
class Plan {
 public:
  explicit Plan(std::pmr::memory_resource* memory);
  ~Plan();
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  /// One thread at a time. Throws what a kernel throws (an index out of range), prefixed with owner and line.
  void run(const Bindings& bindings, core::Parallel& parallel) const;

  std::size_t workspace_bytes() const noexcept { return workspace_bytes_; }
  /// The largest sum of live buffers: what no placement can undercut.
  std::size_t live_bytes() const noexcept { return live_bytes_; }
  /// Of values that are computed a second time, where they are read again, instead of being kept until then.
  std::size_t recomputed_bytes() const noexcept { return recomputed_bytes_; }
  void set_recomputed_bytes(std::size_t bytes) noexcept { recomputed_bytes_ = bytes; }
  std::span<const graph::Spec> inputs() const noexcept { return inputs_; }
  std::span<const graph::Spec> outputs() const noexcept { return outputs_; }
  std::span<const graph::VariableId> variables() const noexcept { return variables_; }
  std::span<const Step> steps() const noexcept { return steps_; }
  std::span<const Buffer> buffers() const noexcept { return buffers_; }
  std::string_view owner(std::uint32_t index) const noexcept { return owners_[index]; }
  std::span<const Address> inputs_of(const Step& step) const noexcept;
  std::span<const Address> outputs_of(const Step& step) const noexcept;
  /// By output: the value that it must hold after a run.
  std::span<const std::uint32_t> output_values() const noexcept { return output_values_; }
  /// By variable of variables().
  std::span<const VariableValues> variable_values() const noexcept { return variable_values_; }
  /// By output: where in the workspace it is computed if the caller doesn't want it; no_fallback if it is only copied.
  std::span<const std::size_t> fallbacks() const noexcept { return fallbacks_; }
  static constexpr std::size_t no_fallback = ~std::size_t{0};
  /// Bytes of the workspace by category at the step where most is live; the rest of workspace_bytes() is workspace.
  struct Share {
    MemoryCategory category;
    std::size_t bytes;
  };
  std::vector<Share> shares_at_peak() const;
  /// The buffers live at the peak, by owner path, largest first.
  std::vector<MemoryOwner> owners_at_peak() const;
  /// A step a line, with addresses and lifetimes.
  std::string to_text() const;

 private:
  friend class PlanWriter;

  /// Gives the addresses that count from a base their pointers, if the base has moved.
  void rebase(std::size_t slot, std::byte* base) const;
  void resolve(const Bindings& bindings) const;
  void run(const Step& step, const Bindings& bindings, core::Parallel& parallel) const;

  std::pmr::memory_resource* memory_;
  std::pmr::vector<Step> steps_;
  std::pmr::vector<Address> addresses_;
  std::pmr::vector<Buffer> buffers_;
  std::pmr::vector<std::pmr::string> owners_;
  std::pmr::vector<graph::Spec> inputs_;
  std::pmr::vector<graph::Spec> outputs_;
  std::pmr::vector<graph::VariableId> variables_;
  std::pmr::vector<std::uint32_t> output_values_;
  std::pmr::vector<VariableValues> variable_values_;
  std::pmr::vector<std::size_t> fallbacks_;
  std::byte* constants_ = nullptr;
  std::size_t constant_bytes_ = 0;
  std::size_t workspace_bytes_ = 0;
  std::size_t live_bytes_ = 0;
  std::size_t recomputed_bytes_ = 0;
  // Bases in the order workspace, variables, inputs, outputs: the addresses of slot s are those at slot_addresses_
  // [slot_begins_[s], slot_begins_[s + 1]).
  std::pmr::vector<std::uint32_t> slot_begins_;
  std::pmr::vector<std::uint32_t> slot_addresses_;
  mutable std::pmr::vector<std::byte*> slot_bases_;  ///< where each was at the last run
  mutable std::pmr::vector<std::byte*> resolved_;    ///< by address
};

}  // namespace keratin::inline v0::runtime

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
enum class Base : std::uint8_t { workspace, constants, variable, input, output };

struct Address {
  Base base = Base::workspace;
  std::uint32_t index = 0;  ///< of the variable (in the plan's list), input or output
  std::size_t offset = 0;   ///< bytes
};

/// One kernel with its addresses.
struct Step {
  graph::KernelPtr kernel;
  std::uint32_t first_address = 0;  ///< of its inputs, then its outputs, in the plan's list
  std::uint16_t inputs = 0;
  std::uint16_t outputs = 0;
  std::size_t scratch = 0;  ///< offset of its workspace
  std::string_view op;      ///< a literal
  std::uint32_t owner = 0;  ///< index into the plan's owner paths
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
  std::span<std::byte* const> outputs;       ///< nullptr: not wanted
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
  /// Bytes of the kernels' objects, lists and constants: on the session's books as graph memory.
  std::span<const graph::Spec> inputs() const noexcept { return inputs_; }
  std::span<const graph::Spec> outputs() const noexcept { return outputs_; }
  std::span<const graph::VariableId> variables() const noexcept { return variables_; }
  std::span<const Step> steps() const noexcept { return steps_; }
  std::span<const Buffer> buffers() const noexcept { return buffers_; }
  std::string_view owner(std::uint32_t index) const noexcept { return owners_[index]; }
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

  std::pmr::memory_resource* memory_;
  std::pmr::vector<Step> steps_;
  std::pmr::vector<Address> addresses_;
  std::pmr::vector<Buffer> buffers_;
  std::pmr::vector<std::pmr::string> owners_;
  std::pmr::vector<graph::Spec> inputs_;
  std::pmr::vector<graph::Spec> outputs_;
  std::pmr::vector<graph::VariableId> variables_;
  std::pmr::vector<std::byte> constants_;
  std::size_t workspace_bytes_ = 0;
  std::size_t live_bytes_ = 0;
  // Pointers of all addresses, resolved anew when a base has moved.
  mutable std::pmr::vector<std::byte*> resolved_;
};

}  // namespace keratin::inline v0::runtime

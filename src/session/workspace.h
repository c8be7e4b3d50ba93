#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/arena.h"
#include "runtime/plan.h"

namespace keratin::inline v0::session {

/// What a plan's workspace is booked on.
struct PlanOwner {
  const runtime::Plan* plan = nullptr;
  std::string_view path;  ///< of its function
  SourceLine where;
};

/// A plan's workspace by category: what is live at its peak, and the rest. Adds up to workspace_bytes().
std::vector<core::Arena::Share> workspace_shares(const PlanOwner& owner);

/// The memory that all plans of a session run in, one after another: one block, as large as the largest needs it.
class Workspace {
 public:
  explicit Workspace(core::Arena& arena) : arena_(arena) {}

  std::byte* memory() const noexcept { return memory_; }
  std::size_t bytes() const noexcept { return bytes_; }
  /// What it is booked on.
  std::span<const runtime::Plan::Share> shares() const noexcept { return shares_; }
  /// Bytes that would come on top for this plan.
  std::int64_t growth(const runtime::Plan& plan) const noexcept;
  /// Large enough for the plan; the contents are void when it grows.
  void reserve(const PlanOwner& owner);
  /// Exactly large enough for the plan, or gone where there is none.
  void shrink_to(const PlanOwner& owner) noexcept;
  /// The arena has been emptied.
  void forget() noexcept;

 private:
  void release() noexcept;

  core::Arena& arena_;
  std::byte* memory_ = nullptr;
  std::size_t bytes_ = 0;
  std::vector<runtime::Plan::Share> shares_;
};

}  // namespace keratin::inline v0::session

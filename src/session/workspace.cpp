#include "session/workspace.h"

#include <algorithm>
#include <exception>

namespace keratin::inline v0::session {

std::vector<core::Arena::Share> workspace_shares(const PlanOwner& owner) {
  std::vector<core::Arena::Share> shares;
  auto rest = static_cast<std::int64_t>(owner.plan->workspace_bytes());
  for (const runtime::Plan::Share& share : owner.plan->shares_at_peak()) {
    const std::int64_t bytes = std::min(rest, static_cast<std::int64_t>(share.bytes));
    if (bytes > 0) shares.push_back({{share.category, owner.path, owner.where}, bytes});
    rest -= bytes;
  }
  if (rest > 0) shares.push_back({{MemoryCategory::workspace, owner.path, owner.where}, rest});
  return shares;
}

std::int64_t Workspace::growth(const runtime::Plan& plan) const noexcept {
  const std::size_t needed = plan.workspace_bytes();
  return needed > bytes_ ? static_cast<std::int64_t>(needed - bytes_) : 0;
}

void Workspace::reserve(const PlanOwner& owner) {
  const std::size_t needed = owner.plan->workspace_bytes();
  if (needed <= bytes_) return;
  release();  // first: the two at once would be a peak that nobody needs
  const std::vector<core::Arena::Share> shares = workspace_shares(owner);
  try {
    for (const core::Arena::Share& share : shares)
      shares_.push_back({share.tag.category, static_cast<std::size_t>(share.bytes)});
    memory_ = static_cast<std::byte*>(arena_.allocate(needed, {MemoryCategory::workspace, owner.path, owner.where}));
    arena_.attribute(memory_, shares);
  } catch (...) {
    release();
    throw;
  }
  bytes_ = needed;
}

void Workspace::shrink_to(const PlanOwner& owner) noexcept {
  const std::size_t needed = owner.plan == nullptr ? 0 : owner.plan->workspace_bytes();
  if (needed >= bytes_) return;
  release();
  if (needed == 0) return;
  try {
    reserve(owner);
  } catch (const std::exception&) {
    release();  // the next run asks again, and may report it
  }
}

void Workspace::release() noexcept {
  arena_.release(memory_);
  forget();
}

void Workspace::forget() noexcept {
  memory_ = nullptr;
  bytes_ = 0;
  shares_.clear();
}

}  // namespace keratin::inline v0::session

#include "core/process_account.h"

#include <algorithm>
#include <atomic>

#include "core/cgroup.h"
#include "keratin/core/memory.h"

namespace keratin::inline v0 {
namespace core {
namespace {

constexpr std::int64_t not_read_yet = -1;
std::atomic<std::int64_t> budget_bytes = not_read_yet;
std::atomic<std::int64_t> mapped = 0;

bool is_within(std::int64_t budget, std::int64_t used, std::int64_t more) noexcept {
  return budget <= 0 || more <= budget - used;
}

}  // namespace

bool ProcessAccount::take(std::size_t bytes) noexcept {
  const auto more = static_cast<std::int64_t>(bytes);
  const std::int64_t limit = budget();
  std::int64_t now = mapped.load(std::memory_order_relaxed);
  do {
    if (!is_within(limit, now, more)) return false;
  } while (!mapped.compare_exchange_weak(now, now + more, std::memory_order_relaxed));
  return true;
}

void ProcessAccount::give_back(std::size_t bytes) noexcept {
  mapped.fetch_sub(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
}

bool ProcessAccount::fits(std::int64_t bytes) noexcept { return is_within(budget(), mapped_bytes(), bytes); }

std::int64_t ProcessAccount::mapped_bytes() noexcept { return mapped.load(std::memory_order_relaxed); }

std::int64_t ProcessAccount::budget() noexcept {
  std::int64_t known = budget_bytes.load(std::memory_order_relaxed);
  if (known != not_read_yet) return known;
  const std::int64_t limit = cgroup_memory_limit();
  // Who set one meanwhile is right.
  return budget_bytes.compare_exchange_strong(known, limit, std::memory_order_relaxed) ? limit : known;
}

void ProcessAccount::set_budget(std::int64_t bytes) noexcept {
  budget_bytes.store(std::max<std::int64_t>(0, bytes), std::memory_order_relaxed);
}

}  // namespace core

Bytes process_memory_budget() { return {core::ProcessAccount::budget()}; }
void set_process_memory_budget(Bytes budget) { core::ProcessAccount::set_budget(budget.count); }

}  // namespace keratin::inline v0

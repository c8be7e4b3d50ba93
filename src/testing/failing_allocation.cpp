#include "keratin/testing/failing_allocation.h"

#include <atomic>

#include "core/refusal.h"

namespace keratin::inline v0::testing {
namespace {

// Constant from the start: operator new is called before anything else of the program.
constinit std::atomic<bool> is_at_work = false;
constinit std::atomic<bool> asks_heap = false;
constinit std::atomic<bool> is_for_good = false;
constinit std::atomic<bool> is_heap_replaced = false;
constinit std::atomic<std::int64_t> found_first = 0;
constinit std::atomic<std::int64_t> all_asked = 0;
constinit std::atomic<std::int64_t> all_refused = 0;

/// Counts a request; true if it is to fail.
bool refuses() noexcept {
  const std::int64_t number = all_asked.fetch_add(1);
  const std::int64_t first = found_first;
  if (number < first || (number > first && !is_for_good)) return false;
  ++all_refused;
  return true;
}

}  // namespace

FailingAllocation::FailingAllocation(FailingAllocationOptions options) {
  if (options.after < 0)
    throw ValueError("A FailingAllocation comes after 0 others or more. Received: after=" +
                     std::to_string(options.after));
  if (options.of != Allocations::arena && !is_heap_replaced)
    throw ValueError(
        "The heap's requests can be made to fail where operator new is Keratin's: include "
        "<keratin/testing/operator_new.h> in one source file of the test program. Received: another operator new");
  if (is_at_work.exchange(true)) throw ValueError("One FailingAllocation at a time. Received: a second one");
  found_first = options.after;
  is_for_good = options.for_good;
  all_asked = 0;
  all_refused = 0;
  if (options.of != Allocations::heap) core::set_refusal(&refuses);
  asks_heap = options.of != Allocations::arena;
}

FailingAllocation::~FailingAllocation() {
  asks_heap = false;
  core::set_refusal(nullptr);
  is_at_work = false;
}

std::int64_t FailingAllocation::asked() const noexcept { return all_asked; }
std::int64_t FailingAllocation::refused() const noexcept { return all_refused; }

void AllocationSweep::note(const char* what) noexcept {
  try {
    message_ = what;
  } catch (const std::bad_alloc&) {  // the heap has ended for good: which kind of error it was is known
    message_.clear();
  }
}

namespace detail {

bool refuses_heap() noexcept {
  return asks_heap.load(std::memory_order_acquire) && !core::is_heap_spared() && refuses();
}

bool heap_is_replaced() noexcept { return !is_heap_replaced.exchange(true); }

}  // namespace detail

}  // namespace keratin::inline v0::testing

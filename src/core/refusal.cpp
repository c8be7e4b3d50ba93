#include "core/refusal.h"

#include <atomic>

namespace keratin::inline v0::core {
namespace {

std::atomic<Refusal> asked = nullptr;
// Constant from the start: it is read within operator new.
constinit thread_local int spared = 0;

}  // namespace

void set_refusal(Refusal refusal) noexcept { asked.store(refusal, std::memory_order_release); }

bool is_refused() noexcept {
  const Refusal refusal = asked.load(std::memory_order_acquire);
  return refusal != nullptr && refusal();
}

HeapSpared::HeapSpared() noexcept { ++spared; }
HeapSpared::~HeapSpared() { --spared; }
bool is_heap_spared() noexcept { return spared > 0; }

}  // namespace keratin::inline v0::core

#include "core/refusal.h"

#include <atomic>

namespace keratin::inline v0::core {
namespace {

std::atomic<Refusal> asked = nullptr;

}  // namespace

void set_refusal(Refusal refusal) noexcept { asked.store(refusal, std::memory_order_release); }

bool is_refused() noexcept {
  const Refusal refusal = asked.load(std::memory_order_acquire);
  return refusal != nullptr && refusal();
}

}  // namespace keratin::inline v0::core

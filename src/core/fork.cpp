#include "core/fork.h"

#include <atomic>

#include <pthread.h>

namespace keratin::inline v0::core {
namespace {

std::atomic<std::uint32_t> generation = 0;

bool watch_forks() noexcept {
  return ::pthread_atfork(nullptr, nullptr, [] { generation.fetch_add(1, std::memory_order_relaxed); }) == 0;
}

}  // namespace

std::uint32_t fork_generation() noexcept {
  [[maybe_unused]] static const bool is_watched = watch_forks();
  return generation.load(std::memory_order_relaxed);
}

}  // namespace keratin::inline v0::core

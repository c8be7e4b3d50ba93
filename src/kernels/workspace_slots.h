#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/parts_of_a_thread.h"

namespace keratin::inline v0::kernels {

/// Rooms within a workspace for parts of which as many run at a time as there are threads: there can be more parts than
/// rooms, so that threads that have their core take over what one without hasn't begun. Which room a part gets depends
/// on timing, and nothing may depend on that.
class WorkspaceSlots {
 public:
  static constexpr std::size_t bytes = 64;  ///< of the workspace, for the note which are taken
  static constexpr int most = 64;

  /// Parts for so many threads; and rooms for them.
  static int parts_for(int threads) noexcept {
    return threads == 1 ? 1 : std::min(core::parts_of_a_thread * threads, most);
  }
  static std::int64_t rooms_for(std::int64_t parts, int threads) noexcept {
    return std::min<std::int64_t>(parts, threads);
  }

  /// All of them are free.
  explicit WorkspaceSlots(std::byte* note) noexcept : taken_(*reinterpret_cast<std::uint64_t*>(note)) {
    taken_.store(0, std::memory_order_relaxed);
  }

  /// Calls f(room).
  template <class F>
  void with_room(F&& f) {
    std::uint64_t taken = taken_.load(std::memory_order_relaxed);
    int room = std::countr_one(taken);
    while (!taken_.compare_exchange_weak(taken, taken | std::uint64_t{1} << room, std::memory_order_acquire,
                                         std::memory_order_relaxed))
      room = std::countr_one(taken);
    f(room);
    taken_.fetch_and(~(std::uint64_t{1} << room), std::memory_order_release);
  }

 private:
  std::atomic_ref<std::uint64_t> taken_;
};

}  // namespace keratin::inline v0::kernels

#pragma once

#include <chrono>
#include <ctime>

namespace keratin::inline v0::core {

/// That this thread has had. Time that other processes take from it doesn't count.
inline std::chrono::nanoseconds processor_time() noexcept {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace keratin::inline v0::core

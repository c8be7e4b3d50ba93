#pragma once

#include <cstdint>

namespace keratin::test {

/// Calls of malloc and its like (operator new among them), by who asked.
struct HeapCalls {
  std::int64_t ours = 0;    ///< this executable: the library is linked into it
  std::int64_t onednn = 0;  ///< libdnnl
  std::int64_t others = 0;  ///< the OpenMP runtime, threads, …
};

/// Counts from start to stop, on all threads. Allocates nothing itself. In a sanitized build it counts nothing.
void start_counting_heap_calls();
void stop_counting_heap_calls();
HeapCalls heap_calls() noexcept;

enum class HeapEnd { for_good, for_one_call };

/// While it lives, the call with this number (from 0) on this thread finds no memory, and none after it does where the
/// heap ends for good. In a sanitized build all find some.
class HeapEndsAt {
 public:
  HeapEndsAt(std::int64_t call, HeapEnd end) noexcept;
  ~HeapEndsAt();
  HeapEndsAt(const HeapEndsAt&) = delete;
  HeapEndsAt& operator=(const HeapEndsAt&) = delete;
  /// Calls that found none.
  std::int64_t refused() const noexcept;
};

}  // namespace keratin::test

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

}  // namespace keratin::test

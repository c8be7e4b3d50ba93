#pragma once

#include <cstdint>
#include <new>
#include <string>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/core/export.h"

namespace keratin::inline v0::testing {

/// Which requests for memory are counted, and fail.
enum class Allocations : std::uint8_t {
  arena,  ///< blocks of the sessions' own memory
  heap,   ///< operator new; needs <keratin/testing/operator_new.h> in one source file of the program
  all,
};

struct FailingAllocationOptions {
  std::int64_t after = 0;  ///< this many find memory first
  Allocations of = Allocations::arena;
  bool for_good = false;  ///< those after it fail too
};

/// While it lives, a request for memory fails, on whatever thread of the process it comes: the arena's as if the
/// system had refused, operator new with std::bad_alloc. One at a time. Costs nothing while none lives.
///
///     kt::testing::FailingAllocation fail({.after = 2});
///     EXPECT_THROW(service.train(data), kt::OutOfMemoryError);
class KERATIN_API FailingAllocation {
 public:
  /// Throws ValueError if another one lives, for a negative `after`, and for the heap where operator new isn't ours.
  explicit FailingAllocation(FailingAllocationOptions options = {});
  ~FailingAllocation();
  FailingAllocation(const FailingAllocation&) = delete;
  FailingAllocation& operator=(const FailingAllocation&) = delete;

  /// Requests so far, those refused among them.
  std::int64_t asked() const noexcept;
  std::int64_t refused() const noexcept;
};

/// How a call ended whose memory was refused somewhere.
enum class Refused : std::uint8_t {
  nothing,        ///< it asked for too little for one to fail
  unnoticed,      ///< it did without: a request failed, and nothing was thrown
  out_of_memory,  ///< OutOfMemoryError
  bad_alloc,      ///< std::bad_alloc: what the standard library's containers throw
};

struct AllocationSweepOptions {
  std::int64_t first = 0;
  std::int64_t stride = 1;  ///< 1: each request fails once
  Allocations of = Allocations::arena;
  bool for_good = false;
};

/// Lets each request for memory of some work fail in turn.
///
///     for (kt::testing::AllocationSweep sweep; sweep.goes_on();) {
///       sweep.run([&] { service.train(data); });   // other errors than those of memory come through
///       EXPECT_TRUE(service.is_usable()) << "after " << sweep.call();
///     }
class KERATIN_API AllocationSweep {
 public:
  explicit AllocationSweep(AllocationSweepOptions options = {}) : options_(options), call_(options.first) {}

  /// True until a run came through without a request that failed.
  bool goes_on() const noexcept { return outcome_ != Refused::nothing; }
  template <class Work>
  Refused run(Work work) {
    if (started_) call_ += options_.stride;
    started_ = true;
    message_.clear();
    const FailingAllocation fail({.after = call_, .of = options_.of, .for_good = options_.for_good});
    try {
      work();
      outcome_ = fail.refused() > 0 ? Refused::unnoticed : Refused::nothing;
    } catch (const OutOfMemoryError& error) {
      outcome_ = Refused::out_of_memory;
      note(error.what());
    } catch (const std::bad_alloc& error) {
      outcome_ = Refused::bad_alloc;
      note(error.what());
    }
    return outcome_;
  }
  /// Number of the request that failed in the last run, from 0; requests of the whole work once it doesn't go on.
  std::int64_t call() const noexcept { return call_; }
  /// What the error of the last run said.
  const std::string& message() const noexcept { return message_; }

 private:
  void note(const char* what) noexcept;

  AllocationSweepOptions options_;
  std::int64_t call_ = 0;
  bool started_ = false;
  Refused outcome_ = Refused::unnoticed;
  std::string message_;
};

namespace detail {
/// What the replaced operator new asks.
KERATIN_API bool refuses_heap() noexcept;
/// Notes that there is one; true the first time.
KERATIN_API bool heap_is_replaced() noexcept;
}  // namespace detail

}  // namespace keratin::inline v0::testing

#include "core/thread_limit.h"

#include <algorithm>
#include <limits>

namespace keratin::inline v0::core {
namespace {

thread_local int most_threads = std::numeric_limits<int>::max();

}  // namespace

ThreadLimit::ThreadLimit(int most) noexcept : before_(most_threads) { most_threads = std::max(1, most); }

ThreadLimit::~ThreadLimit() { most_threads = before_; }

int ThreadLimit::of(int threads) noexcept { return std::min(threads, most_threads); }

}  // namespace keratin::inline v0::core

// How often the library has the heap give memory back, where that takes long.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include "core/processor_time.h"
#include "keratin/layers/core.h"
#include "keratin/session/session.h"
#include "keratin/training/model.h"

namespace {

std::atomic<std::int64_t> trims = 0;
std::atomic<std::int64_t> delay_ms = 0;

void work_for(std::chrono::nanoseconds length) {
  const std::chrono::nanoseconds end = keratin::core::processor_time() + length;
  while (keratin::core::processor_time() < end) {
  }
}

}  // namespace

/// In the place of the C library's: this executable's calls come here.
extern "C" int malloc_trim(std::size_t pad) noexcept {
  static const auto real = reinterpret_cast<int (*)(std::size_t)>(::dlsym(RTLD_NEXT, "malloc_trim"));
  ++trims;
  work_for(std::chrono::milliseconds(delay_ms.load()));
  return real(pad);
}

namespace {

using namespace keratin;

TEST(Trims, OfAHeapThatTakesLongAreNotMadeForEachNewPlan) {
  Session session({.seed = 1, .threads = 1});
  Sequential model(session, {layers::Input({4}), layers::Dense(3)});
  const Array x = Array::random_normal({60, 4}, {.seed = 1});
  trims = 0;
  delay_ms = 20;
  for (std::int64_t rows = 1; rows <= 60; ++rows) model.predict(x.rows(0, rows));
  EXPECT_GE(trims, 1);
  EXPECT_LE(trims, 30);
  const std::int64_t before = trims;
  session.clear();
  EXPECT_EQ(trims, before + 1) << "clear() gives back all at once";
  delay_ms = 0;
}

}  // namespace

#include "system/heap_ends.h"

#include <gtest/gtest.h>

#include "support/sanitized.h"

namespace {

using namespace keratin;

TEST(HeapEnds, AtAnyCallOfATrainingAndTheSessionGoesOn) {
  if (test::is_sanitized) GTEST_SKIP() << "the sanitizer's heap can't be made to end";
  test::train_where_the_heap_ends(test::HeapEnd::for_good, 41);
  test::train_where_the_heap_ends(test::HeapEnd::for_one_call, 41);
}

}  // namespace

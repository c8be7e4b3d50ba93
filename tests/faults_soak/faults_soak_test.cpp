// All requests for memory of whole rounds, one after the other.
#include <gtest/gtest.h>

#include "faults/round.h"
#include "keratin/testing/operator_new.h"

namespace {

using namespace keratin;
using Round = test::Round (*)();

class EachAllocation : public ::testing::TestWithParam<Round> {};

TEST_P(EachAllocation, FailsOnceAndTheSessionGoesOn) { test::each_allocation_fails(GetParam()(), {.stride = 1}); }
TEST_P(EachAllocation, FailsForGoodAndTheSessionGoesOn) {
  test::each_allocation_fails(GetParam()(), {.stride = 7, .for_good = true});
}

INSTANTIATE_TEST_SUITE_P(All, EachAllocation,
                         ::testing::Values(test::dense_round, test::convolutional_round, test::recurrent_round,
                                           test::stateful_round, test::streaming_round));

}  // namespace

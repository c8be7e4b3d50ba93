// Some of the requests for memory of a round fail; faults_soak lets each of them.
#include <gtest/gtest.h>

#include "faults/round.h"
#include "keratin/testing/operator_new.h"

namespace {

using namespace keratin;

constexpr keratin::testing::AllocationSweepOptions some{.stride = 211};

TEST(Faults, OfADenseNetEndInATypedErrorAndTheSessionGoesOn) { test::each_allocation_fails(test::dense_round(), some); }
TEST(Faults, OfAConvolutionalNet) { test::each_allocation_fails(test::convolutional_round(), some); }
TEST(Faults, OfARecurrentNet) { test::each_allocation_fails(test::recurrent_round(), some); }
TEST(Faults, OfAStatefulNet) { test::each_allocation_fails(test::stateful_round(), some); }
TEST(Faults, OfAStreamWithThreadsAndCallbacks) { test::each_allocation_fails(test::streaming_round(), some); }
TEST(Faults, ThatAreForGood) { test::each_allocation_fails(test::dense_round(), {.stride = 1009, .for_good = true}); }

/// What can't be computed ahead for want of memory is computed in each run; the numbers that were to be part of it come again.
TEST(Faults, OfEachRequestWhileNumbersAreComputedAhead) {
  const Array x = Array::zeros({2});
  Session session({.seed = 1, .threads = 1});
  const auto sum = [](const Tensor& input) {
    Tensor total = input;
    for (int i = 1; i <= 40; ++i) {
      const Tensor known = ops::square(ops::full({}, i)) + 1.0;
      total = total + known * ops::exp(input) + (i * i + 1.0);
    }
    return total;
  };
  const float right = session.function(sum)(x).data<float>()[0];
  keratin::testing::AllocationSweep sweep({.of = keratin::testing::Allocations::all});
  while (sweep.goes_on()) {
    Array result;
    Function function = session.function(sum);
    const keratin::testing::Refused end = sweep.run([&] { result = function(x); });
    EXPECT_NE(end, keratin::testing::Refused::bad_alloc) << sweep.call() << ": " << sweep.message();
    if (result.size() == 2) {
      EXPECT_FLOAT_EQ(result.data<float>()[0], right) << sweep.call();
    }
    session.clear();
  }
  EXPECT_GT(sweep.call(), 200);
}

/// A session's own making, and its end without clear().
TEST(Faults, OfASession) {
  keratin::testing::AllocationSweep sweep({.of = keratin::testing::Allocations::all});
  const SessionOptions options{.seed = 1, .threads = 1, .name = "a name that is too long to be kept without the heap"};
  while (sweep.goes_on()) {
    SessionOptions given = options;
    EXPECT_NE(sweep.run([&] { const Session session(std::move(given)); }), keratin::testing::Refused::bad_alloc)
        << sweep.call() << ": " << sweep.message();
  }
  EXPECT_GT(sweep.call(), 2);
}

}  // namespace

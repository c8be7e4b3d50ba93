// The soak tests' claims on fewer rounds.
#include "lifecycle/lifecycle.h"

#include <gtest/gtest.h>

namespace {

using namespace keratin;

TEST(Lifecycle, ClearingLeavesNothingAfterAnyModel) { test::build_fit_clear(60, 40); }

TEST(Lifecycle, FittingAgainAddsNothing) { test::fit_again(200, 100); }

TEST(Lifecycle, AHundredSessionsLiveAtOnce) { test::sessions_at_once(100); }

}  // namespace

// Many small calls of predict in a row: a hint, once.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/log.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

TEST(PredictHint, ComesOnceForManySmallCallsInARow) {
  std::vector<std::string> warnings;
  log::set_sink([&](log::Level, std::string_view text) { warnings.emplace_back(text); });
  Session session({.seed = 1});
  Sequential model = classifier(session);
  const Array one = wave({1, 6}, 1);
  for (int i = 0; i < 200; ++i) model.predict(one);
  model.predict(wave({64, 6}, 1));  // no longer in a row
  for (int i = 0; i < 200; ++i) model.predict(one);
  EXPECT_TRUE(warnings.empty()) << warnings.front();
  for (int i = 0; i < 600; ++i) model.predict(one);
  log::set_sink({});
  ASSERT_EQ(warnings.size(), 1u);
  for (const char* const part : {"freeze()", "predict_on_batch", "more rows"})
    EXPECT_NE(warnings.front().find(part), std::string::npos) << warnings.front();
}

}  // namespace

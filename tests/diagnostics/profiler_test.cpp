// Where the time of steps goes.
#include "keratin/diagnostics/profiler.h"

#include <cstdint>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "keratin/layers/core.h"
#include "keratin/session/session.h"
#include "keratin/training/model.h"

namespace {

using namespace keratin;

TEST(Profiler, CountsTheKernelsOfEachStepOfAFit) {
  Session session({.seed = 1, .threads = 1});
  auto model = Sequential(session, {layers::Input({4}), layers::Dense(8, {.activation = "tanh"}), layers::Dense(1)});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const Array x = Array::random_normal({12, 4}, {.seed = 1});
  const Array y = Array::zeros({12, 1});
  model.fit(x, y, {.batch_size = 4, .verbose = 0});
  diagnostics::Profiler profiler;
  EXPECT_EQ(profiler.report().calls, 0);
  model.fit(x, y, {.batch_size = 4, .verbose = 0});
  const diagnostics::ProfileReport report = profiler.report();
  EXPECT_GT(report.milliseconds, 0.0);
  ASSERT_FALSE(report.times.empty());
  for (const diagnostics::OpTime& time : report.times) EXPECT_EQ(time.calls % 3, 0) << time.op << " in three steps";
  // Three products for each layer: forward, and the gradients of the kernel and (but for the first one's) of the input.
  std::int64_t products = 0;
  for (const diagnostics::OpTime& time : report.by_op())
    if (time.op.find("matmul") != std::string::npos) products += time.calls;
  EXPECT_EQ(products, 3 * (2 + 3));
  double sum = 0.0;
  for (const diagnostics::OpTime& time : report.by_owner()) sum += time.milliseconds;
  EXPECT_NEAR(sum, report.milliseconds, 1e-9 * report.milliseconds);
}

TEST(Profiler, SeesNothingOnceItHasEndedAndForgets) {
  Session session({.seed = 1, .threads = 1});
  auto model = Sequential(session, {layers::Input({4}), layers::Dense(2)});
  const Array x = Array::zeros({3, 4});
  diagnostics::Profiler outer;
  {
    diagnostics::Profiler inner;
    model.predict(x);
    EXPECT_GT(inner.report().calls, 0);
    EXPECT_EQ(outer.report().calls, 0) << "the innermost one sees it";
  }
  model.predict(x);
  EXPECT_GT(outer.report().calls, 0);
  std::ostringstream text;
  text << outer.report();
  EXPECT_NE(text.str().find("of sequential/dense"), std::string::npos) << text.str();
  outer.reset();
  EXPECT_EQ(outer.report().calls, 0);
}

}  // namespace

#pragma once

/// For the tests of programs that use Keratin, written with GoogleTest: link `keratin::testing` and GoogleTest.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/session/session.h"
#include "keratin/testing/failing_allocation.h"
#include "keratin/testing/gradients.h"
#include "keratin/testing/left_behind.h"
#include "keratin/testing/peak.h"
#include "keratin/testing/recorded.h"

namespace keratin::inline v0::testing {

struct SessionTestOptions {
  /// The same numbers in each run, on each machine with as many cores as it likes.
  SessionOptions session = {.seed = 1, .threads = 1, .name = "test"};
  /// The test's body runs in a graph_scope(): what it makes for no older owner ends with it, and is not left behind.
  bool in_scope = false;
};

/// A test with a session of its own, which fails when the test leaves bytes, nodes or objects in it: what the test made
/// must have ended by itself (with a graph_scope() of the code under test, or `session().clear()`), unless it is said
/// to stay.
///
///     TEST_F(SessionTest, AServiceLeavesNothing) {
///       Service service(session());
///       service.handle(request);
///     }
class SessionTest : public ::testing::Test {
 protected:
  explicit SessionTest(SessionTestOptions options = {}) : options_(std::move(options)), session_(options_.session) {}

  Session& session() noexcept { return session_; }
  /// What is there now doesn't count as left behind: at the end of a SetUp() that makes what tests share.
  void all_may_stay() { mark_.emplace(session_); }
  /// Nor does what belongs to this path and those below it ("forecaster").
  void may_stay(std::string path) { may_stay_.push_back(std::move(path)); }
  /// What is there now beyond that, for a look in the middle of a test; "" where there is nothing.
  std::string left_behind() const { return mark_->left_behind(session_, may_stay_); }

  /// A class derived from this one calls it first.
  void SetUp() override {
    mark_.emplace(session_);
    if (options_.in_scope) scope_.emplace(session_);
  }
  /// And this one last.
  void TearDown() override {
    scope_.reset();
    if (const std::string left = left_behind(); !left.empty())
      ADD_FAILURE() << "The test leaves behind in its session:" << left
                    << "\nEnd it with a graph_scope() or session().clear(), or say that it may_stay().";
  }

 private:
  struct Scope {
    explicit Scope(Session& session) : scope(session.graph_scope()) {}
    Session::GraphScope scope;
  };

  SessionTestOptions options_;
  Session session_;
  std::optional<SessionMark> mark_;
  std::vector<std::string> may_stay_;
  std::optional<Scope> scope_;
};

}  // namespace keratin::inline v0::testing

/// Behind a macro comes a message of the test's own: EXPECT_GRADIENTS(…) << "with the new kernel";
#define KERATIN_EXPECT_NONE_(differences, fail)                               \
  GTEST_AMBIGUOUS_ELSE_BLOCKER_                                               \
  if (const std::string keratin_found = (differences); keratin_found.empty()) \
    ;                                                                         \
  else                                                                        \
    fail() << keratin_found << ' '

/// EXPECT_GRADIENTS(layer or function[, {shapes or arrays of the inputs}[, {options}]]), see gradient_differences:
/// EXPECT_GRADIENTS(MyLayer(4), {{2, 3}}, {.training = true});
#define EXPECT_GRADIENTS(...) KERATIN_EXPECT_NONE_(::keratin::testing::gradient_differences(__VA_ARGS__), ADD_FAILURE)
#define ASSERT_GRADIENTS(...) KERATIN_EXPECT_NONE_(::keratin::testing::gradient_differences(__VA_ARGS__), GTEST_FAIL)

/// EXPECT_ARRAYS_NEAR(given, expected[, {.rtol = …, .atol = …}]), see array_differences.
#define EXPECT_ARRAYS_NEAR(...) KERATIN_EXPECT_NONE_(::keratin::testing::array_differences(__VA_ARGS__), ADD_FAILURE)
#define ASSERT_ARRAYS_NEAR(...) KERATIN_EXPECT_NONE_(::keratin::testing::array_differences(__VA_ARGS__), GTEST_FAIL)

/// EXPECT_RECORDED("file.npz", given[, {.rtol = …, .atol = …}]): an Array, a vector of them, NamedArrays or what
/// predict returns; see recorded_differences.
#define EXPECT_RECORDED(path, ...) \
  KERATIN_EXPECT_NONE_(::keratin::testing::recorded_differences(path, __VA_ARGS__), ADD_FAILURE)

/// EXPECT_MEMORY_BELOW(kt::MiB(4), session, model.fit(x, y)): the most that the session has in use while the statement
/// runs. The statement's own exceptions come through.
#define EXPECT_MEMORY_BELOW(limit, session, ...)                                      \
  KERATIN_EXPECT_NONE_(([&] {                                                         \
                         const ::keratin::testing::PeakMeasure keratin_peak{session}; \
                         { __VA_ARGS__; }                                             \
                         return keratin_peak.above(limit);                            \
                       }()),                                                          \
                       ADD_FAILURE)
/// EXPECT_PLAN_BELOW(kt::MiB(64), model.memory_plan({.batch_size = 128})): before anything runs.
#define EXPECT_PLAN_BELOW(limit, ...) \
  KERATIN_EXPECT_NONE_(::keratin::testing::plan_above(__VA_ARGS__, limit), ADD_FAILURE)

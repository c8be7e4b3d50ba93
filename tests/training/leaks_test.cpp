// Growth between like calls is noticed by the session itself, and said once with its owner and line.
#include <gtest/gtest.h>

#include "keratin/ops/operators.h"
#include "support/logged.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

const Array x = wave({20, 6}, 1);
const Array y = classes(20, 3, 2);

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class MakesAFunction : public Callback {
 public:
  explicit MakesAFunction(Session& session) : session_(session) {}
  void on_epoch_end(std::int64_t, const Logs&) override {
    session_.function([](const Tensor& value) { return value * 2.0; }, {.name = "in_a_callback"})(x);
  }

 private:
  Session& session_;
};

TEST(Leaks, AModelRebuiltInALoopIsReportedOnceWithTheLines) {
  Session session({.name = "trainer"});
  const Logged logged;
  for (int round = 0; round < 40; ++round) {
    Sequential model(session, {layers::Input({6}), layers::Dense(3, {.activation = "softmax", .name = "head"})});
    model.compile({.loss = "sparse_categorical_crossentropy"});
    model.fit(x, y, {.verbose = 0});
  }
  const std::vector<std::string> warnings = logged.with("goes on growing");
  ASSERT_EQ(warnings.size(), 1u);
  const std::string& text = warnings[0];
  EXPECT_TRUE(contains(text, "'trainer'")) << text;
  EXPECT_TRUE(contains(text, "calls of fit at leaks_test.cpp:")) << text;
  EXPECT_TRUE(contains(text, "5 models")) << text;
  EXPECT_TRUE(contains(text, "most comes from leaks_test.cpp:")) << text;
  EXPECT_TRUE(contains(text, "graph_scope()")) << text;
  EXPECT_EQ(logged.messages().size(), 1u) << "nothing else is to be said of it";
}

TEST(Leaks, FunctionsMadeInACallbackAreReportedWithTheirName) {
  Session session;
  Sequential model = compiled_classifier(session);
  MakesAFunction makes(session);
  const Logged logged;
  for (int fit = 0; fit < 30; ++fit) model.fit(x, y, {.verbose = 0, .callbacks = {borrow(makes)}});
  const std::vector<std::string> warnings = logged.with("goes on growing");
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_TRUE(contains(warnings[0], "in_a_callback")) << warnings[0];
  EXPECT_TRUE(contains(warnings[0], "5 functions")) << warnings[0];
}

TEST(Leaks, OfEvaluateAndPredictAreReportedToo) {
  Session session;
  Sequential model = compiled_classifier(session);
  const Logged logged;
  std::vector<Variable> kept;
  for (int call = 0; call < 30; ++call) {
    kept.push_back(session.variable(Array::ones({100}), "v" + std::to_string(call)));
    model.predict(x);
  }
  ASSERT_EQ(logged.with("goes on growing").size(), 1u);
  EXPECT_TRUE(contains(logged.messages()[0], "predict at leaks_test.cpp:")) << logged.messages()[0];
  EXPECT_TRUE(contains(logged.messages()[0], "(layer_state)") || contains(logged.messages()[0], "(parameters)"))
      << logged.messages()[0];
}

TEST(Leaks, ALeakNowAndThenIsStillOne) {
  Session session;
  Sequential model = compiled_classifier(session);
  const Logged logged;
  for (int fit = 0; fit < 60; ++fit) {
    if (fit % 4 == 0) session.variable(Array::ones({100}), "v" + std::to_string(fit));
    model.fit(x, y, {.verbose = 0});
  }
  EXPECT_EQ(logged.with("goes on growing").size(), 1u);
}

TEST(Leaks, SoundProgramsAreSilent) {
  const Logged logged;
  Session session;
  Sequential model = compiled_classifier(session);
  // The same again and again, and other sizes that fill the caches.
  for (int fit = 0; fit < 30; ++fit) {
    model.fit(x, y, {.batch_size = 5 + fit % 3, .verbose = 0});
    model.evaluate(x, y, {.batch_size = 5 + fit % 3, .verbose = 0});
    model.predict(x.rows(0, 1 + fit % 7));
  }
  // Rounds that clean up after themselves.
  for (int round = 0; round < 30; ++round) {
    const auto scope = session.graph_scope();
    compiled_classifier(session).fit(x, y, {.verbose = 0});
  }
  for (int round = 0; round < 30; ++round) {
    compiled_classifier(session).fit(x, y, {.verbose = 0});
    session.clear();
  }
  // As many as a small ensemble, kept.
  for (int member = 0; member < 10; ++member) compiled_classifier(session).fit(x, y, {.verbose = 0});
  EXPECT_TRUE(logged.messages().empty()) << logged.messages().front();
}

TEST(Leaks, ASnapshotsDifferenceNamesTheLine) {
  Session session;
  const MemorySnapshot before = session.snapshot();
  session.variable(Array::ones({100}), "kept");
  const SnapshotDifference difference = session.snapshot().compare_to(before);
  EXPECT_EQ(difference.bytes, 400);
  ASSERT_EQ(difference.top.size(), 1u);
  EXPECT_EQ(difference.top[0].owner, "kept");
  EXPECT_TRUE(contains(difference.top[0].where, "leaks_test.cpp:")) << difference.top[0].where;
  session.clear();
  EXPECT_EQ(session.snapshot().compare_to(before).bytes, 0);
}

}  // namespace

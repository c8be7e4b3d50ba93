// session.objects(): what lives in a session, and what has changed between two moments.
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/ops/operators.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

const Array x = wave({20, 6}, 1);
const Array y = classes(20, 3, 2);

std::vector<LiveObject> of_kind(const std::vector<LiveObject>& objects, const std::string& kind) {
  std::vector<LiveObject> found;
  for (const LiveObject& object : objects)
    if (object.kind == kind) found.push_back(object);
  return found;
}

std::string text_of(const auto& report) {
  std::ostringstream text;
  text << report;
  return text.str();
}

TEST(Objects, OfAnEmptySessionAreNone) {
  Session session;
  EXPECT_TRUE(session.objects().objects.empty()) << session.objects();
  compiled_classifier(session).fit(x, y, {.verbose = 0});
  EXPECT_FALSE(session.objects().objects.empty());
  session.clear();
  EXPECT_TRUE(session.objects().objects.empty()) << session.objects();
}

TEST(Objects, AreCountedAsTheGraphStatsCountThem) {
  Session session;
  Sequential model = compiled_classifier(session);
  model.fit(x, y, {.batch_size = 8, .verbose = 0, .validation_data = {x, y}});
  model.predict(x);
  const ObjectReport report = session.objects();
  const GraphStats graph = session.graph();
  EXPECT_EQ(report.count("model"), graph.models);
  EXPECT_EQ(report.count("layer"), graph.layers);
  EXPECT_EQ(report.count("function"), graph.functions);
  EXPECT_EQ(report.count("trace"), graph.traces);
  EXPECT_EQ(report.count("plan"), graph.plans);
  EXPECT_EQ(report.count("variable"), graph.variables);
  EXPECT_EQ(report.count("tensor"), graph.nodes);
  EXPECT_EQ(report.count("optimizer"), 1);
  EXPECT_GE(report.count("metric"), 2) << "the loss's tracker and the accuracy";
}

TEST(Objects, HaveTheFitAndTheLineThatMadeThem) {
  Session session;
  Sequential model = compiled_classifier(session);
  const ObjectReport built = session.objects();
  for (const LiveObject& object : built.objects) {
    EXPECT_EQ(object.fit, 0) << object.name;
    const bool is_graph = object.kind == "graph" || object.kind == "tensor";  // the session's own
    EXPECT_NE(object.where.find(is_graph ? "objects_test.cpp:" : "training_case.h:"), std::string::npos)
        << object.name << ' ' << object.where;
  }
  model.fit(x, y, {.batch_size = 8, .verbose = 0});
  const ObjectReport fitted = session.objects();
  const ObjectDifference first = fitted.compare_to(built);
  EXPECT_TRUE(first.gone.empty());
  ASSERT_EQ(of_kind(first.added, "trace").size(), 1u);
  EXPECT_EQ(of_kind(first.added, "plan").size(), 2u) << "the full and the short batch";
  for (const LiveObject& object : first.added) {
    EXPECT_EQ(object.fit, 1) << object.name;
    EXPECT_NE(object.where.find("objects_test.cpp:"), std::string::npos) << object.name << ' ' << object.where;
  }
  EXPECT_NE(of_kind(first.added, "trace")[0].name.find("train_step(f32[?,6], i32[?])"), std::string::npos)
      << of_kind(first.added, "trace")[0].name;

  model.fit(x, y, {.batch_size = 8, .verbose = 0});
  EXPECT_TRUE(session.objects().compare_to(fitted).empty()) << session.objects().compare_to(fitted);
  model.predict(x);
  const ObjectDifference third = session.objects().compare_to(fitted);
  EXPECT_EQ(of_kind(third.added, "function").size(), 1u);
  for (const LiveObject& object : third.added) EXPECT_EQ(object.fit, 3) << "the third call: " << object.name;
}

TEST(Objects, OfARoundWithoutScopeAreFoundAndThoseOfOneWithAreGone) {
  Session session;
  compiled_classifier(session).fit(x, y, {.verbose = 0});
  const ObjectReport before = session.objects();
  {
    const auto scope = session.graph_scope();
    compiled_classifier(session).fit(x, y, {.verbose = 0});
    EXPECT_EQ(of_kind(session.objects().compare_to(before).added, "scope").size(), 1u);
  }
  EXPECT_TRUE(session.objects().compare_to(before).empty()) << session.objects().compare_to(before);
  Sequential kept = compiled_classifier(session);
  const ObjectDifference difference = session.objects().compare_to(before);
  EXPECT_EQ(of_kind(difference.added, "model").size(), 1u);
  EXPECT_EQ(of_kind(difference.added, "layer").size(), 2u);

  const ObjectReport with = session.objects();
  kept.compile({.loss = "sparse_categorical_crossentropy"});
  const ObjectDifference compiled = session.objects().compare_to(with);
  EXPECT_EQ(of_kind(compiled.gone, "optimizer").size(), 1u) << compiled;
  EXPECT_EQ(of_kind(compiled.added, "optimizer").size(), 1u) << compiled;
}

TEST(Objects, OfCallbacksThatMakeFunctionsCarryTheFitsNumber) {
  class Makes : public Callback {
   public:
    explicit Makes(Session& session) : session_(session) {}
    void on_epoch_end(std::int64_t, const Logs&) override {
      session_.function([](const Tensor& value) { return value * 2.0; })(x);
    }

   private:
    Session& session_;
  };
  Session session;
  Sequential model = compiled_classifier(session);
  model.fit(x, y, {.verbose = 0});
  const ObjectReport before = session.objects();
  Makes makes(session);
  model.fit(x, y, {.epochs = 3, .verbose = 0, .callbacks = {borrow(makes)}});
  const std::vector<LiveObject> functions = of_kind(session.objects().compare_to(before).added, "function");
  ASSERT_EQ(functions.size(), 3u);
  for (const LiveObject& function : functions) EXPECT_EQ(function.fit, 2);
}

TEST(Objects, AreOfTheSessionsThread) {
  Session session;
  const auto f = session.function([&](const Tensor& value) {
    std::thread([&] { EXPECT_THROW(static_cast<void>(session.objects()), ConcurrentUseError); }).join();
    return value * 2.0;
  });
  f(x);
}

TEST(Objects, ReadAsALine) {
  Session session;
  session.function([](const Tensor& value) { return value * 2.0; }, {.name = "twice"})(Array::ones({2, 3}));
  const ObjectReport report = session.objects();
  const std::string text = text_of(report);
  EXPECT_EQ(text.find("Session objects: 1 function, 1 trace, "), 0u) << text;
  EXPECT_NE(text.find("twice(f32[?,3])"), std::string::npos) << text;
  EXPECT_NE(text.find("objects_test.cpp:"), std::string::npos) << text;
  session.clear();
  const std::string difference = text_of(session.objects().compare_to(report));
  EXPECT_NE(difference.find("added nothing; gone 1 function, 1 trace"), std::string::npos) << difference;
  EXPECT_NE(difference.find("\n  - function"), std::string::npos) << difference;
}

}  // namespace

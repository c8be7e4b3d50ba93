// What ends a session or a scope from inside of its own work waits for the work.
#include <functional>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/ops/operators.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

const Array x = wave({20, 6}, 1);
const Array y = classes(20, 3, 2);

/// Calls a function after the second batch.
class AfterABatch : public Callback {
 public:
  explicit AfterABatch(std::function<void()> function) : function_(std::move(function)) {}
  void on_train_batch_end(std::int64_t batch, const Logs& /*logs*/) override {
    if (batch == 1) function_();
  }

 private:
  std::function<void()> function_;
};

TEST(EndedUnderWork, ASessionThatACallbackLetsGoOfEndsAfterFit) {
  auto session = std::make_unique<Session>();
  Sequential model = compiled_classifier(*session);
  const History history =
      model.fit(x, y, {.batch_size = 8, .verbose = 0, .callbacks = {AfterABatch([&] { session.reset(); })}});
  EXPECT_EQ(history["loss"].size(), 1u);
  EXPECT_THROW(model.predict(x), StaleHandleError);
}

TEST(EndedUnderWork, AScopeThatACallbackClosesEndsAfterFit) {
  Session session;
  std::unique_ptr<Session::GraphScope> scope(new Session::GraphScope(session.graph_scope()));
  Sequential model = compiled_classifier(session);
  const History history =
      model.fit(x, y, {.batch_size = 8, .verbose = 0, .callbacks = {AfterABatch([&] { scope.reset(); })}});
  EXPECT_EQ(history["loss"].size(), 1u);
  EXPECT_THROW(model.predict(x), StaleHandleError);
  EXPECT_EQ(session.graph().scopes, 0);
  EXPECT_EQ(session.graph().models, 0);
}

TEST(EndedUnderWork, AScopeThatACallbackOpensDoesNotEndWhatIsKeptOfTheModel) {
  Session session({.seed = 1});
  Sequential model = compiled_classifier(session);
  std::unique_ptr<Session::GraphScope> scope;
  callbacks::EarlyStopping stopping(
      {.monitor = "loss", .min_delta = 100.0, .patience = 9, .restore_best_weights = true});
  std::vector<float> first;
  const callbacks::LambdaCallback opens(
      {.on_epoch_begin = [&](std::int64_t) { scope.reset(new Session::GraphScope(session.graph_scope())); }});
  const callbacks::LambdaCallback closes({.on_epoch_end = [&](std::int64_t epoch, const Logs&) {
    if (epoch == 0) first = numbers_of(model.get_weights());
    scope.reset();
  }});
  model.fit(x, y,
            {.epochs = 3,
             .verbose = 0,
             .callbacks = {callbacks::LambdaCallback(opens), borrow(stopping), callbacks::LambdaCallback(closes)}});
  EXPECT_EQ(numbers_of(model.get_weights()), first) << "the first epoch's are the best, and were kept in its scope";
  EXPECT_EQ(session.memory().by_category.at(MemoryCategory::callbacks), 0);
}

TEST(EndedUnderWork, ASessionThatItsFunctionLetsGoOfEndsAfterTheCall) {
  for (const ExecutionMode mode : {ExecutionMode::graph, ExecutionMode::eager}) {
    auto session = std::make_unique<Session>();
    const auto f = session->function(
        [&](const Tensor& value) {
          session.reset();
          return value * 2.0;
        },
        {.mode = mode});
    EXPECT_EQ(f(Array::ones({2})).at<float>({0}), 2.0f);
    EXPECT_THROW(f(Array::ones({2})), StaleHandleError);
  }
}

}  // namespace

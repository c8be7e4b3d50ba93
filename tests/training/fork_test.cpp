// A host that forks: the child is told, the parent goes on.
#include <memory>
#include <thread>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/ops/operators.h"
#include "support/forked.h"
#include "support/sanitized.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

const Array x = wave({20, 6}, 1);
const Array y = classes(20, 3, 2);

/// A row count that is worth workers.
const Array many = wave({4096, 6}, 1);

template <class F>
std::string refusal(F use) {
  try {
    use();
    return "no exception";
  } catch (const ForkedError& error) {
    const std::string text = error.what();
    return text.find("fork()") != std::string::npos && text.find("after the fork") != std::string::npos ? "" : text;
  }
}

class Fork : public testing::Test {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "ThreadSanitizer starts no threads after a fork";
#endif
  }
  Session session_{{.seed = 1, .threads = 2, .name = "parent"}};
  Sequential model_ = compiled_classifier(session_);
};

TEST_F(Fork, EveryUseInTheChildIsRefusedAndTheParentGoesOn) {
  model_.fit(x, y, {.verbose = 0});
  const auto twice = session_.function([](const Tensor& value) { return value * 2.0; });
  twice(many);
  const Variable variable = session_.variable(Array::ones({2}), "v");
  const Handle<optimizers::Optimizer> optimizer = model_.optimizer();
  EXPECT_EQ(in_child([&] {
              std::string said;
              said += refusal([&] { model_.fit(x, y, {.verbose = 0}); });
              said += refusal([&] { model_.predict(x); });
              said += refusal([&] { model_.evaluate(x, y, {.verbose = 0}); });
              said += refusal([&] { static_cast<void>(model_.get_weights()); });
              said += refusal([&] { twice(many); });
              said += refusal([&] { static_cast<void>(twice.stats()); });
              said += refusal([&] { static_cast<void>(variable.value()); });
              said += refusal([&] { static_cast<void>(optimizer->learning_rate()); });
              said += refusal([&] { session_.clear(); });
              said += refusal([&] { static_cast<void>(session_.memory()); });
              said += refusal([&] { static_cast<void>(session_.callbacks()); });
              said += refusal([&] { static_cast<void>(session_.graph_scope()); });
              said += refusal([&] { compiled_classifier(session_); });
              return said + (optimizer.is_alive() ? "still alive" : "");
            }),
            "");
  EXPECT_EQ(model_.fit(x, y, {.verbose = 0})["loss"].size(), 1u);
  EXPECT_EQ(twice(many).shape(), many.shape());
}

TEST_F(Fork, TheMessageNamesTheSessionAndItsLine) {
  EXPECT_EQ(in_child([&]() -> std::string {
              try {
                session_.clear();
              } catch (const ForkedError& error) {
                const std::string text = error.what();
                if (text.find("'parent'") == std::string::npos) return text;
                return text.find("fork_test.cpp:") == std::string::npos ? text : "";
              }
              return "no exception";
            }),
            "");
}

TEST_F(Fork, ANewSessionInTheChildWorksAndGivesTheSameBits) {
  model_.fit(x, y, {.verbose = 0});
  const std::vector<float> expected = numbers_of(model_.get_weights());
  EXPECT_EQ(in_child([&]() -> std::string {
              Session session({.seed = 1, .threads = 2});
              Sequential model = compiled_classifier(session);
              model.fit(x, y, {.verbose = 0});
              if (numbers_of(model.get_weights()) != expected) return "other weights";
              const auto twice = session.function([](const Tensor& value) { return value * 2.0; });
              twice(many);
              session.clear();
              return session.memory().current_bytes == 0 ? "" : "bytes are left";
            }),
            "");
}

TEST_F(Fork, WhatTheParentMadeEndsInTheChildWithoutHangingOrCrashing) {
  auto session = std::make_unique<Session>(SessionOptions{.seed = 1, .threads = 2});
  std::unique_ptr<Session::GraphScope> scope(new Session::GraphScope(session->graph_scope()));
  auto model = std::make_unique<Sequential>(compiled_classifier(*session));
  model->fit(x, y, {.verbose = 0});
  session->function([](const Tensor& value) { return value * 2.0; })(many);  // its workers are there
  const std::string said = in_child([&]() -> std::string {
    Session own({.threads = 2});  // its workers may stand where the parent's stood
    own.function([](const Tensor& value) { return value * 2.0; })(many);
    scope.reset();
    session.reset();
    model.reset();
    own.function([](const Tensor& value) { return value * 3.0; })(many);
    return "";
  });
  EXPECT_EQ(said, "");
  scope.reset();
  EXPECT_THROW(model->predict(x), StaleHandleError) << "the parent's scope has ended";
}

TEST_F(Fork, InTheMiddleOfAFitTheChildLeavesItAndTheParentFinishes) {
  class Forks : public Callback {
   public:
    void on_train_batch_end(std::int64_t, const Logs&) override {
      if (std::exchange(has_forked_, true)) return;
      std::fflush(nullptr);
      child = ::fork();
      if (child == 0) ::alarm(30);
    }
    pid_t child = -1;

   private:
    bool has_forked_ = false;
  };
  Forks forks;
  callbacks::EarlyStopping stopping({.monitor = "loss", .restore_best_weights = true});
  const auto fit = [&] {
    return model_.fit(x, y,
                      {.batch_size = 4, .epochs = 2, .verbose = 0, .callbacks = {borrow(stopping), borrow(forks)}});
  };
  std::size_t epochs = 0;
  try {
    epochs = fit()["loss"].size();
  } catch (const ForkedError&) {
    ::_exit(forks.child == 0 ? 7 : 8);  // NOLINT(concurrency-mt-unsafe)
  }
  if (forks.child == 0) ::_exit(9);
  EXPECT_EQ(epochs, 2u);
  int status = 0;
  ::waitpid(forks.child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7) << "ForkedError came out of fit in the child";
}

TEST_F(Fork, OfAGrandchildToo) {
  EXPECT_EQ(in_child([&]() -> std::string {
              Session own;
              own.variable(Array::ones({2}), "v");
              return in_child([&] { return refusal([&] { static_cast<void>(own.memory()); }); });
            }),
            "");
}

}  // namespace

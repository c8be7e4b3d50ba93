// Runs inside of runs, and what errors say of options that were given.
#include <cstdio>
#include <functional>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keratin/core/error.h"
#include "keratin/layers/recurrent.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

constexpr std::int64_t batch = 2;
const Array x = wave({6, 3, 2}, 1);
const Array y = wave({6, 1}, 2);

Model lstm(Session& session) {
  Sequential model(session, {layers::Input({3, 2}, {.batch_size = batch}),
                             layers::LSTM(3, {.stateful = true, .name = "lstm"}), layers::Dense(1)});
  start(model);
  model.compile({.optimizer = "sgd", .loss = "mse"});
  return model;
}

std::string refusal(const std::function<void()>& call) {
  try {
    call();
    return "not refused";
  } catch (const Error& error) {
    return error.what();
  }
}

/// Predicts with another model in each batch.
class Predicts : public Callback {
 public:
  explicit Predicts(Model other) : other_(std::move(other)) {}
  void on_train_batch_end(std::int64_t /*batch*/, const Logs& /*logs*/) override {
    const NamedArrays before = model().states();
    other_.predict(wave({2, 3, 2}, 5));
    for (const auto& [name, state] : before) unchanged &= max_abs_difference(model().states().at(name), state) == 0.0;
  }
  bool unchanged = true;

 private:
  Model other_;
};

TEST(StatefulRuns, OfAModelThatSharesALayerLeaveTheTrainingsStates) {
  Session session({.seed = 1, .threads = 1});
  const Tensor in = session.input({3, 2}, {.batch_size = batch});
  const Tensor features = layers::LSTM(3, {.stateful = true})(in);
  Model whole(in, layers::Dense(1)(features));
  const Model encoder(in, features);
  whole.compile({.optimizer = "sgd", .loss = "mse"});
  Predicts predicts(encoder);
  whole.fit(x, y, {.verbose = 0, .callbacks = {borrow(predicts)}, .shuffle = false});
  EXPECT_TRUE(predicts.unchanged);
}

TEST(StatefulRuns, OfANestedModelLeaveTheTrainingsStates) {
  Session session({.seed = 1, .threads = 1});
  const Sequential inner(session, {layers::Input({3, 2}, {.batch_size = batch}), layers::LSTM(3, {.stateful = true})});
  const Tensor in = session.input({3, 2}, {.batch_size = batch});
  Model whole(in, layers::Dense(1)(inner(in)));
  whole.compile({.optimizer = "sgd", .loss = "mse"});
  Predicts predicts(inner);
  whole.fit(x, y, {.verbose = 0, .callbacks = {borrow(predicts)}, .shuffle = false});
  EXPECT_TRUE(predicts.unchanged);
}

TEST(StatefulRuns, OfAModelApartKeepItsOwnStatesInACallback) {
  Session session({.seed = 1, .threads = 1});
  Model model = lstm(session);
  Model other = lstm(session);
  Predicts predicts(other);
  model.fit(x, y, {.verbose = 0, .callbacks = {borrow(predicts)}, .shuffle = false});
  for (const auto& [name, state] : other.states())
    EXPECT_GT(max_abs_difference(state, Array::zeros(state.shape())), 0.0) << name;
}

TEST(StatefulRuns, AForkInAValidationLeavesFitWithForkedError) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer starts no threads after a fork";
#endif
  class Forks : public Callback {
   public:
    void on_test_batch_end(std::int64_t, const Logs&) override {
      if (child >= 0) return;
      std::fflush(nullptr);
      child = ::fork();
      if (child == 0) ::alarm(30);
    }
    pid_t child = -1;
  };
  Session session({.seed = 1, .threads = 1});
  Model model = lstm(session);
  Forks forks;
  try {
    model.fit(x, y, {.verbose = 0, .callbacks = {borrow(forks)}, .validation_data = {x, y}, .shuffle = false});
  } catch (const ForkedError&) {
    ::_exit(forks.child == 0 ? 7 : 8);  // NOLINT(concurrency-mt-unsafe)
  }
  if (forks.child == 0) ::_exit(9);
  int status = 0;
  ::waitpid(forks.child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 7) << "ForkedError came out of fit in the child";
}

TEST(StatefulRuns, ErrorsNameTheOptionThatWasGiven) {
  Session session({.seed = 1, .threads = 1});
  Model model = lstm(session);
  const std::string validation = refusal([&] {
    model.fit(x, y, {.verbose = 0, .validation_data = {x, y}, .shuffle = false, .validation_batch_size = 3});
  });
  EXPECT_NE(validation.find("validation_batch_size=3. Set .validation_batch_size = 2"), std::string::npos)
      << validation;
  const std::string ids = refusal([&] {
    model.fit(x, y,
              {.verbose = 0,
               .validation_split = 0.34,
               .shuffle = false,
               .reset_states = ResetStates::each_sequence,
               .sequence_ids = Array::zeros({5}, int64)});
  });
  EXPECT_NE(ids.find("which are 6"), std::string::npos) << ids;
}

TEST(StatefulRuns, ARestThatTheEpochsLeftDoNotReachIsFine) {
  Session session({.seed = 1, .threads = 1});
  Model model = lstm(session);
  EXPECT_NO_THROW(model.fit(x.rows(0, 5), y.rows(0, 5),
                            {.epochs = 4, .verbose = 0, .shuffle = false, .initial_epoch = 3, .steps_per_epoch = 2}));
}

}  // namespace

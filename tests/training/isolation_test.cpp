// What one session does leaves another's numbers, names and memory as they are, in whatever order they come and go.
#include <atomic>
#include <optional>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/layers/function.h"
#include "keratin/ops/operators.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

const Array x = wave({20, 6}, 1);
const Array y = classes(20, 3, 2);

FitOptions quiet(std::int64_t epochs = 2) { return {.batch_size = 8, .epochs = epochs, .verbose = 0}; }

/// The weights after a fit, alone.
std::vector<float> trained_alone(std::uint64_t seed) {
  Session session({.seed = seed, .threads = 1});
  Sequential model = compiled_classifier(session);
  model.fit(x, y, quiet());
  return numbers_of(model.get_weights());
}

TEST(Isolation, SessionsOnThreadsTrainPredictAndClearSideBySide) {
  const std::vector<float> expected = trained_alone(7);
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([&] {
        Session session({.seed = 7, .threads = 1});
        for (int round = 0; round < 5; ++round) {
          Sequential model = compiled_classifier(session);
          model.fit(x, y, quiet());
          if (numbers_of(model.get_weights()) != expected) ++wrong;
          session.clear();
          if (session.memory().current_bytes != 0) ++wrong;
        }
      });
  }
  EXPECT_EQ(wrong, 0);
}

TEST(Isolation, TwoModelsInOneSessionTrainInTurnAsEachAlone) {
  const auto weights = [](bool first, bool second) {
    Session session({.seed = 3, .threads = 1});
    Sequential a = compiled_classifier(session);
    Sequential b = compiled_classifier(session);
    for (int round = 0; round < 3; ++round) {
      if (first) a.fit(x, y, quiet(1));
      if (second) b.fit(x, y, quiet(1));
    }
    return std::pair(numbers_of(a.get_weights()), numbers_of(b.get_weights()));
  };
  const auto both = weights(true, true);
  EXPECT_EQ(both.first, weights(true, false).first);
  EXPECT_EQ(both.second, weights(false, true).second);
}

TEST(Isolation, AFitInsideAnotherSessionsCallbackIsNoneOfItsBusiness) {
  const std::vector<float> expected = trained_alone(7);
  class FitsAnother : public Callback {
   public:
    void on_train_batch_end(std::int64_t, const Logs&) override {
      Session inner({.seed = 5, .threads = 1});
      compiled_classifier(inner).fit(x, y, quiet(1));
      ++fits;
    }
    int fits = 0;
  };
  FitsAnother another;
  Session session({.seed = 7, .threads = 1});
  Sequential model = compiled_classifier(session);
  FitOptions options = quiet();
  options.callbacks = {borrow(another)};
  model.fit(x, y, options);
  EXPECT_EQ(another.fits, 6);
  EXPECT_EQ(numbers_of(model.get_weights()), expected);
}

TEST(Isolation, NestedScopesOfTwoSessionsMakeEachModelInItsOwn) {
  Session outer({.name = "outer"});
  Session inner({.name = "inner"});
  const auto first = outer.as_default();
  Sequential a({layers::Input({6}), layers::Dense(2)});
  std::optional<Sequential> b;
  {
    const auto second = inner.as_default();
    const auto scope = inner.graph_scope();
    b.emplace(Sequential({layers::Input({6}), layers::Dense(2)}));
    EXPECT_EQ(inner.graph().models, 1);
  }
  EXPECT_EQ(inner.graph().models, 0);
  Sequential c({layers::Input({6}), layers::Dense(2)});
  EXPECT_EQ(outer.graph().models, 2);
  EXPECT_EQ(c.name(), "sequential_1");
  EXPECT_THROW(b->predict(x), StaleHandleError);
  EXPECT_NO_THROW(a.predict(x));
}

TEST(Isolation, ASessionMovesWithItsModelsAlsoToAnotherThread) {
  const std::vector<float> expected = trained_alone(7);
  auto first = std::make_unique<Session>(SessionOptions{.seed = 7, .threads = 1});
  Sequential model = compiled_classifier(*first);
  FitOptions options = quiet(1);
  model.fit(x, y, options);
  Session second = std::move(*first);
  first.reset();
  std::thread([&] {
    options.epochs = 2;
    options.initial_epoch = 1;
    model.fit(x, y, options);
  }).join();
  EXPECT_EQ(numbers_of(model.get_weights()), expected);
  EXPECT_EQ(second.graph().models, 1);
  std::vector<Session> many;
  many.push_back(std::move(second));
  for (int i = 0; i < 20; ++i) many.emplace_back();
  EXPECT_NO_THROW(model.predict(x)) << "after the vector has grown";
}

/// What a program holds of a session, to be let go in any order.
struct Held {
  std::optional<Session> session{std::in_place, SessionOptions{.threads = 1}};
  std::unique_ptr<Session::DefaultScope> as_default{new Session::DefaultScope(session->as_default())};
  std::unique_ptr<Session::GraphScope> scope{new Session::GraphScope(session->graph_scope())};
  std::optional<Sequential> model{compiled_classifier(*session)};
  std::optional<Handle<optimizers::Optimizer>> optimizer{model->optimizer()};
  std::optional<Variable> weight{model->weights().front()};
  std::optional<Tensor> output{model->outputs().front()};
  std::optional<Array> predicted{model->predict(x)};
};

TEST(Isolation, ThingsMayBeLetGoInAnyOrder) {
  // Each rotation and its reverse: every one is once first, once last, before and after each other.
  const auto let_go = [](Held& held, int index) {
    switch (index) {
      case 0:
        return held.session.reset();
      case 1:
        return held.as_default.reset();
      case 2:
        return held.scope.reset();
      case 3:
        return held.model.reset();
      case 4:
        return held.optimizer.reset();
      case 5:
        return held.weight.reset();
      case 6:
        return held.output.reset();
      default:
        return held.predicted.reset();
    }
  };
  constexpr int count = 8;
  for (int first = 0; first < count; ++first)
    for (const int step : {1, count - 1, 3, 5}) {
      Held held;
      held.model->fit(x, y, quiet(1));
      for (int i = 0; i < count; ++i) let_go(held, (first + i * step) % count);
    }
  Session session;
  EXPECT_NO_THROW(compiled_classifier(session).fit(x, y, quiet(1)));
}

TEST(Isolation, AnExceptionFromALayerLeavesTheSessionAndOtherModelsUsable) {
  Session session({.seed = 1});
  Sequential sound = compiled_classifier(session);
  const std::vector<float> before = numbers_of(sound.get_weights());
  bool throws = true;
  const auto moody = [&] {
    Sequential model(session, {layers::Input({6}), layers::Function([&](const Tensor& value) {
                                 if (throws) throw std::runtime_error("thrown by a layer");
                                 return value;
                               }),
                               layers::Dense(3, {.activation = "softmax"})});
    model.compile({.loss = "sparse_categorical_crossentropy"});
    return model;
  };
  EXPECT_THROW(moody(), std::runtime_error) << "where it is built";
  throws = false;
  Sequential later = moody();
  throws = true;
  EXPECT_THROW(later.fit(x, y, quiet()), std::runtime_error) << "where its step is traced";
  EXPECT_EQ(numbers_of(sound.get_weights()), before);
  EXPECT_EQ(sound.fit(x, y, quiet())["loss"].size(), 2u);
  throws = false;
  EXPECT_EQ(later.fit(x, y, quiet())["loss"].size(), 2u);
  EXPECT_NO_THROW(session.clear());
}

TEST(Isolation, ClearIsRefusedInAPredictsOrEvaluatesCallback) {
  class Clears : public Callback {
   public:
    explicit Clears(Session& session) : session_(session) {}
    void on_predict_batch_end(std::int64_t, const Outputs&) override { try_it("predict"); }
    void on_test_batch_end(std::int64_t, const Logs&) override { try_it("evaluate"); }
    int refused = 0;

   private:
    void try_it(const std::string& work) {
      try {
        session_.clear();
      } catch (const SessionBusyError& error) {
        if (std::string(error.what()).find(work) != std::string::npos) ++refused;
      }
    }
    Session& session_;
  };
  Session session;
  Sequential model = compiled_classifier(session);
  Clears clears(session);
  const Array predicted = model.predict(x, {.callbacks = {borrow(clears)}});
  EXPECT_EQ(predicted.shape(), (Shape{20, 3}));
  model.evaluate(x, y, {.verbose = 0, .callbacks = {borrow(clears)}});
  EXPECT_EQ(clears.refused, 2);
  EXPECT_NO_THROW(session.clear());
}

TEST(Isolation, AStopFromAnotherThreadEndsThatFitAloneAfterItsBatch) {
  std::stop_source source;
  std::atomic<bool> has_begun = false;
  class Begins : public Callback {
   public:
    explicit Begins(std::atomic<bool>& flag) : flag_(flag) {}
    void on_epoch_end(std::int64_t, const Logs&) override { flag_ = true; }

   private:
    std::atomic<bool>& flag_;
  };
  std::size_t stopped_after = 0;
  std::jthread stopped([&] {
    Session session({.threads = 1});
    FitOptions options = quiet(1'000'000'000);
    options.stop_token = source.get_token();
    options.callbacks = {Begins(has_begun)};
    stopped_after = compiled_classifier(session).fit(x, y, options)["loss"].size();
  });
  while (!has_begun) std::this_thread::yield();
  Session session({.seed = 7, .threads = 1});
  Sequential model = compiled_classifier(session);
  model.fit(x, y, quiet());
  source.request_stop();
  stopped.join();
  EXPECT_GE(stopped_after, 1u) << "the history so far";
  EXPECT_EQ(numbers_of(model.get_weights()), trained_alone(7));
}

}  // namespace

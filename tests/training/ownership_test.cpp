#include <functional>
#include <stdexcept>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

const Array x = wave({20, 6}, 1);
const Array y = classes(20, 3, 2);

/// Where a callback or a function is to throw.
enum class Hook { none, train_begin, epoch_begin, batch_begin, batch_end, test_end, epoch_end, train_end };

class Throws : public Callback {
 public:
  explicit Throws(Hook hook, std::shared_ptr<int> held = {}) : hook_(hook), held_(std::move(held)) {}
  void on_train_begin() override { at(Hook::train_begin); }
  void on_epoch_begin(std::int64_t) override { at(Hook::epoch_begin); }
  void on_train_batch_begin(std::int64_t) override { at(Hook::batch_begin); }
  void on_train_batch_end(std::int64_t, const Logs&) override { at(Hook::batch_end); }
  void on_test_end(const Logs&) override { at(Hook::test_end); }
  void on_epoch_end(std::int64_t, const Logs&) override { at(Hook::epoch_end); }
  void on_train_end(const Logs&) override { at(Hook::train_end); }

 private:
  void at(Hook hook) const {
    if (hook == hook_) throw std::runtime_error("thrown by a callback");
  }
  Hook hook_;
  std::shared_ptr<int> held_;
};

class NothingIsHeld : public testing::TestWithParam<Hook> {};

TEST_P(NothingIsHeld, AfterFitWhateverEndedIt) {
  Session session;
  Sequential model = compiled_classifier(session);
  model.fit(x, y, {.batch_size = 8, .verbose = 0, .validation_data = {x, y}});
  const std::int64_t before = session.memory().current_bytes;
  const auto by_value = std::make_shared<int>();
  const auto shared = std::make_shared<Throws>(Hook::none);
  const auto memory = std::make_shared<std::vector<float>>(20 * 6, 0.5f);
  {
    const Array borrowed = Array::borrow(std::span<const float>(*memory), {20, 6}, {.owner = memory});
    const auto fit = [&] {
      model.fit(borrowed, y,
                {.batch_size = 8,
                 .verbose = 0,
                 .callbacks = {shared, Throws(GetParam(), by_value)},
                 .validation_data = {borrowed, y},
                 .shuffle = true});
    };
    if (GetParam() == Hook::none) {
      fit();
    } else {
      EXPECT_THROW(fit(), std::runtime_error);
    }
  }
  EXPECT_EQ(by_value.use_count(), 1);
  EXPECT_EQ(shared.use_count(), 1);
  EXPECT_EQ(memory.use_count(), 1);
  EXPECT_EQ(session.callbacks().attached, 0);
  EXPECT_EQ(session.memory().current_bytes, before) << session.memory();
  EXPECT_EQ(model.fit(x, y, {.verbose = 0})["loss"].size(), 1u) << "usable afterwards";
  EXPECT_NO_THROW(session.clear());
}

INSTANTIATE_TEST_SUITE_P(All, NothingIsHeld,
                         testing::Values(Hook::none, Hook::train_begin, Hook::epoch_begin, Hook::batch_begin,
                                         Hook::batch_end, Hook::test_end, Hook::epoch_end, Hook::train_end));

TEST(Ownership, ALossIsHeldUntilTheNextCompile) {
  Session session;
  Sequential model = classifier(session);
  const auto held = std::make_shared<int>();
  const auto loss = [held](const Tensor& target, const Tensor& probabilities) {
    return losses::SparseCategoricalCrossentropy().call(target, probabilities);
  };
  model.compile({.loss = losses::custom("own", loss)});
  model.fit(x, y, {.verbose = 0});
  EXPECT_GT(held.use_count(), 2);
  model.compile({.loss = "sparse_categorical_crossentropy"});
  EXPECT_EQ(held.use_count(), 2) << "the lambda of this test has the other one";
}

TEST(Ownership, ALossThatThrowsLeavesTheModelUsable) {
  Session session;
  Sequential model = classifier(session);
  bool throws = true;
  model.compile({.loss = losses::custom("moody", [&](const Tensor& target, const Tensor& probabilities) {
                   if (throws) throw std::runtime_error("thrown by a loss");
                   return losses::SparseCategoricalCrossentropy().call(target, probabilities);
                 })});
  const GraphStats before = session.graph();
  const std::vector<float> weights = numbers_of(model.get_weights());
  EXPECT_THROW(model.fit(x, y, {.verbose = 0}), std::runtime_error);
  EXPECT_EQ(session.graph().nodes, before.nodes);
  EXPECT_EQ(session.graph().traces, 0);
  EXPECT_EQ(numbers_of(model.get_weights()), weights);
  throws = false;
  EXPECT_EQ(model.fit(x, y, {.verbose = 0})["loss"].size(), 1u);
}

TEST(Ownership, AGeneratorIsReleasedAlsoWhenItThrows) {
  Session session;
  Sequential model = compiled_classifier(session);
  const auto held = std::make_shared<int>();
  const auto fit = [&](int throws_at) {
    model.fit(Dataset::from_generator([held, throws_at, at = 0]() mutable -> std::optional<Batch> {
                if (at++ == throws_at) throw std::runtime_error("thrown by a generator");
                if (at % 4 == 0) return std::nullopt;
                return Batch{x, y};
              }),
              {.epochs = 2, .verbose = 0});
  };
  EXPECT_NO_THROW(fit(-1));
  EXPECT_EQ(held.use_count(), 1);
  for (const int at : {0, 1, 4}) {
    EXPECT_THROW(fit(at), std::runtime_error);
    EXPECT_EQ(held.use_count(), 1) << at;
  }
  EXPECT_EQ(model.fit(x, y, {.verbose = 0})["loss"].size(), 1u);
}

TEST(Ownership, ArraysAreReleasedAfterEvaluatePredictAndBatches) {
  Session session;
  Sequential model = compiled_classifier(session);
  const auto memory = std::make_shared<std::vector<float>>(20 * 6, 0.5f);
  {
    const Array borrowed = Array::borrow(std::span<const float>(*memory), {20, 6}, {.owner = memory});
    model.evaluate(borrowed, y, {.verbose = 0});
    model.predict(borrowed);
    model.train_on_batch(borrowed, y);
    model.test_on_batch(borrowed, y);
    model.predict_on_batch(borrowed);
    EXPECT_THROW(model.predict(borrowed, {.batch_size = 0}), ValueError);
  }
  EXPECT_EQ(memory.use_count(), 1);
}

/// Does something to the model in the middle of a fit.
class Does : public Callback {
 public:
  explicit Does(std::function<void(Model&)> what) : what_(std::move(what)) {}
  void on_train_batch_end(std::int64_t, const Logs&) override { what_(model()); }

 private:
  std::function<void(Model&)> what_;
};

TEST(InsideFit, CompileFitTrainOnBatchAndClearThrowSessionBusyError) {
  Session session;
  Sequential model = compiled_classifier(session);
  Sequential other = compiled_classifier(session);
  int thrown = 0;
  const auto refused = [&](const auto& what) {
    try {
      what();
      ADD_FAILURE() << "no exception";
    } catch (const SessionBusyError& error) {
      EXPECT_NE(std::string(error.what()).find("fit"), std::string::npos) << error.what();
      ++thrown;
    }
  };
  Does all([&](Model& running) {
    refused([&] { running.compile({.loss = "mse"}); });
    refused([&] { running.fit(x, y, {.verbose = 0}); });
    refused([&] { other.fit(x, y, {.verbose = 0}); });
    refused([&] { running.train_on_batch(x, y); });
    refused([&] { session.clear(); });
  });
  EXPECT_EQ(model.fit(x, y, {.batch_size = 20, .verbose = 0, .callbacks = {borrow(all)}})["loss"].size(), 1u);
  EXPECT_EQ(thrown, 5);
}

TEST(InsideFit, EvaluateAndPredictWorkAndChangeNothing) {
  const auto trained = [](const std::function<void(Model&)>& what) {
    Session session({.seed = 3});
    Sequential model = compiled_classifier(session);
    Does does(what);
    const History history = model.fit(x, y, {.batch_size = 8, .epochs = 2, .verbose = 0, .callbacks = {borrow(does)}});
    return std::pair(numbers_of(model.get_weights()), history["loss"].size());
  };
  int calls = 0;
  const auto expected = trained([](Model&) {});
  EXPECT_EQ(trained([&](Model& model) {
              const Logs scores = model.evaluate(x, y, {.verbose = 0});
              EXPECT_GT(scores.at("loss"), 0.0);
              const Array probabilities = model.predict(x, {.batch_size = 7});
              EXPECT_EQ(probabilities.shape(), (Shape{20, 3}));
              ++calls;
            }),
            expected);
  EXPECT_EQ(calls, 6);
}

TEST(InsideFit, ACallbackOfAnEvaluateInsideKeepsTheOuterOnesAttached) {
  class Nests : public Callback {
   public:
    explicit Nests(Session& session) : session_(session) {}
    void on_epoch_end(std::int64_t, const Logs&) override {
      model().evaluate(x, y, {.verbose = 0, .callbacks = {borrow(*this)}});
      EXPECT_EQ(session_.callbacks().attached, 2);
      EXPECT_EQ(context().epochs(), 3) << "fit's context again";
    }
    void on_test_begin() override {
      EXPECT_EQ(session_.callbacks().attached, 3);
      ++tests;
    }
    int tests = 0;

   private:
    Session& session_;
  };
  Session session;
  Sequential model = compiled_classifier(session);
  Nests nests(session);
  model.fit(x, y, {.epochs = 3, .verbose = 0, .callbacks = {borrow(nests), callbacks::TerminateOnNaN()}});
  EXPECT_EQ(nests.tests, 3);
  EXPECT_EQ(session.callbacks().attached, 0);
}

TEST(Ownership, ANullCallbackIsAnError) {
  Session session;
  Sequential model = compiled_classifier(session);
  EXPECT_THROW(model.fit(x, y, {.verbose = 0, .callbacks = {std::shared_ptr<Throws>()}}), ValueError);
  EXPECT_EQ(session.callbacks().attached, 0);
  EXPECT_NO_THROW(session.clear());
}

}  // namespace

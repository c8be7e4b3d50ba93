// What session.callbacks() says of callbacks, and that it keeps none of them.
#include <atomic>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "support/logged.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

const Array x = wave({20, 6}, 1);
const Array y = classes(20, 3, 2);

class Counts : public Callback {
 public:
  void on_train_batch_end(std::int64_t, const Logs&) override { ++batches; }
  int batches = 0;
};

CallbackClass class_of(const Session& session, const std::string& name) {
  for (const CallbackClass& each : session.callbacks().classes)
    if (each.name == name) return each;
  return {};
}

FitOptions quiet(CallbackList callbacks) { return {.batch_size = 10, .verbose = 0, .callbacks = std::move(callbacks)}; }

class Instances : public testing::Test {
 protected:
  Session session_{{.seed = 1}};
  Sequential model_ = compiled_classifier(session_);
};

TEST_F(Instances, AreCountedBySeenAttachedAndAlive) {
  Counts borrowed;
  auto shared = std::make_shared<Counts>();
  CallbackClass during;
  const auto looks = [&] {
    return callbacks::LambdaCallback({.on_train_begin = [&] { during = class_of(session_, "Counts"); }});
  };
  model_.fit(x, y, quiet({borrow(borrowed), shared, Counts(), looks()}));
  EXPECT_EQ(during.seen, 3);
  EXPECT_EQ(during.attached, 3);
  EXPECT_EQ(during.alive, 3);
  CallbackClass after = class_of(session_, "Counts");
  EXPECT_EQ(after.seen, 3);
  EXPECT_EQ(after.attached, 0);
  EXPECT_EQ(after.alive, 2) << "the one by value has ended";

  model_.fit(x, y, quiet({borrow(borrowed), shared}));
  EXPECT_EQ(class_of(session_, "Counts").seen, 3) << "the same ones again";
  model_.evaluate(x, y, {.verbose = 0, .callbacks = {Counts()}});
  model_.predict(x, {.callbacks = {Counts()}});
  after = class_of(session_, "Counts");
  EXPECT_EQ(after.seen, 5) << "of evaluate and predict too";
  EXPECT_EQ(after.alive, 2);
  shared.reset();
  EXPECT_EQ(class_of(session_, "Counts").alive, 1);
  EXPECT_EQ(class_of(session_, "LambdaCallback").seen, 1);
}

TEST_F(Instances, ACopyIsAnotherOneAndABorrowedOneIsAliveUntilItsEnd) {
  {
    const Counts original;
    Counts copy = original;
    model_.fit(x, y, quiet({borrow(copy), Counts(copy)}));
    EXPECT_EQ(class_of(session_, "Counts").seen, 2);
    EXPECT_EQ(class_of(session_, "Counts").alive, 1);
  }
  EXPECT_EQ(class_of(session_, "Counts").alive, 0);
}

TEST_F(Instances, BytesThatAreKeptForThemAreShownAndEndWithTheFit) {
  CallbackClass during;
  callbacks::EarlyStopping stopping({.monitor = "loss", .patience = 9, .restore_best_weights = true});
  FitOptions options = quiet({borrow(stopping), callbacks::LambdaCallback({.on_train_end = [&](const Logs&) {
                                during = class_of(session_, "EarlyStopping");
                              }})});
  options.epochs = 3;
  model_.fit(x, y, options);
  EXPECT_EQ(during.bytes, 4 * model_.count_params());
  EXPECT_EQ(class_of(session_, "EarlyStopping").bytes, 0);
  EXPECT_EQ(session_.memory().by_category.at(MemoryCategory::callbacks), 0);
}

TEST_F(Instances, TheBarOfTheLibrarysOwnIsNoInstance) {
  testing::internal::CaptureStdout();
  for (int i = 0; i < 12; ++i) model_.fit(x, y, {.verbose = 2});
  testing::internal::GetCapturedStdout();
  EXPECT_TRUE(session_.callbacks().classes.empty());
}

TEST_F(Instances, ClearCountsAnew) {
  Counts counts;
  model_.fit(x, y, quiet({borrow(counts)}));
  session_.clear();
  EXPECT_TRUE(session_.callbacks().classes.empty());
  compiled_classifier(session_).fit(x, y, quiet({borrow(counts)}));
  EXPECT_EQ(class_of(session_, "Counts").seen, 1);
}

TEST_F(Instances, ThatAreUsedAgainAreSilent) {
  const Logged logged;
  Counts counts;
  const auto shared = std::make_shared<Counts>();
  for (int i = 0; i < 30; ++i) model_.fit(x, y, quiet({borrow(counts), shared}));
  EXPECT_TRUE(logged.messages().empty()) << logged.messages().front();
  EXPECT_EQ(counts.batches, 60);
}

TEST_F(Instances, EverNewOnesInALoopAreWarnedOfOnceWithTheLine) {
  const Logged logged;
  for (int i = 0; i < 40; ++i) model_.fit(x, y, quiet({Counts()}));
  const std::vector<std::string> warnings = logged.messages();
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("Counts"), std::string::npos) << warnings[0];
  EXPECT_NE(warnings[0].find("callback_instances_test.cpp:"), std::string::npos) << warnings[0];
  EXPECT_NE(warnings[0].find("kt::borrow"), std::string::npos) << warnings[0];
  EXPECT_EQ(class_of(session_, "Counts").seen, 40);
  EXPECT_EQ(class_of(session_, "Counts").alive, 0);
}

TEST_F(Instances, SeveralNewOnesOfOneCallCountOnce) {
  const Logged logged;
  for (int i = 0; i < 9; ++i) model_.fit(x, y, quiet({Counts(), Counts(), Counts()}));
  EXPECT_TRUE(logged.messages().empty()) << logged.messages().front();
  CallbackList many;
  for (int i = 0; i < 12; ++i) many.push_back(Counts());
  model_.fit(x, y, quiet(many));
  EXPECT_TRUE(logged.messages().empty()) << logged.messages().front();
  for (int i = 0; i < 10; ++i) model_.fit(x, y, quiet({Counts(), Counts()}));
  ASSERT_EQ(logged.messages().size(), 1u);
  EXPECT_EQ(logged.messages()[0].find("The last 10 calls"), 0u) << logged.messages()[0];
}

TEST_F(Instances, NewOnesThatAreKeptAreCountedInTheWarning) {
  const Logged logged;
  std::vector<std::shared_ptr<Counts>> kept;
  for (int i = 0; i < 40; ++i) {
    kept.push_back(std::make_shared<Counts>());
    model_.fit(x, y, quiet({kept.back()}));
  }
  ASSERT_EQ(logged.messages().size(), 1u);
  EXPECT_NE(logged.messages()[0].find("9 earlier ones exist still"), std::string::npos) << logged.messages()[0];
  EXPECT_EQ(class_of(session_, "Counts").alive, 40);
}

TEST_F(Instances, NewOnesAFewTimesOrBetweenUsesOfOldOnesAreSilent) {
  const Logged logged;
  Counts old;
  model_.fit(x, y, quiet({borrow(old)}));
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 9; ++i) {
      const bool is_old = i == 8;
      model_.fit(x, y, quiet(is_old ? CallbackList{borrow(old)} : CallbackList{Counts()}));
    }
  }
  for (int round = 0; round < 30; ++round) {
    session_.clear();
    compiled_classifier(session_).fit(x, y, quiet({Counts()}));  // a round that cleans up is no loop that piles up
  }
  EXPECT_TRUE(logged.messages().empty()) << logged.messages().front();
}

TEST_F(Instances, MayBeAskedForFromAnyThread) {
  std::atomic<bool> stop = false;
  std::thread watcher([&] {
    while (!stop) EXPECT_GE(session_.callbacks().attached, 0);
  });
  for (int i = 0; i < 20; ++i) model_.fit(x, y, quiet({Counts(), std::make_shared<Counts>()}));
  stop = true;
  watcher.join();
  EXPECT_EQ(class_of(session_, "Counts").seen, 40);
}

TEST_F(Instances, AreAttachedOrNotAtAll) {
  Counts counts;
  EXPECT_THROW(model_.fit(x, y, quiet({borrow(counts), std::shared_ptr<Counts>()})), ValueError);
  EXPECT_EQ(session_.callbacks().attached, 0);
  EXPECT_EQ(class_of(session_, "Counts").attached, 0);
}

TEST_F(Instances, ReadAsATable) {
  Counts counts;
  model_.fit(x, y, quiet({borrow(counts)}));
  std::ostringstream text;
  text << session_.callbacks();
  EXPECT_EQ(text.str(), "0 callbacks attached\n  Counts: 1 seen, 0 attached, 1 alive, 0 B kept for them");
}

TEST(Reuse, OfEarlyStoppingStartsAnewAsInKeras) {
  Session session({.seed = 1});
  Sequential model = compiled_classifier(session);
  callbacks::EarlyStopping stopping({.monitor = "loss", .min_delta = 100.0, .patience = 2});
  const auto epochs = [&] {
    return model.fit(x, y, {.epochs = 10, .verbose = 0, .callbacks = {borrow(stopping)}})["loss"].size();
  };
  const std::size_t first = epochs();
  EXPECT_EQ(first, 3u) << "the first is the best; two are waited for";
  EXPECT_EQ(epochs(), first) << "neither the best number nor the wait of the fit before counts";
  EXPECT_EQ(stopping.stopped_epoch(), 2);
}

TEST(Reuse, OfHistoryGathersFitAfterFitAsInKeras) {
  Session session({.seed = 1});
  Sequential model = compiled_classifier(session);
  callbacks::History history;
  for (int fit = 0; fit < 2; ++fit) model.fit(x, y, {.epochs = 3, .verbose = 0, .callbacks = {borrow(history)}});
  EXPECT_EQ(history.history()["loss"].size(), 6u);
  EXPECT_EQ(history.history().epochs(), (std::vector<std::int64_t>{0, 1, 2}));
}

TEST(Reuse, InTwoSessionsInTurn) {
  Counts counts;
  Session first({.seed = 1});
  Session second({.seed = 1});
  compiled_classifier(first).fit(x, y, quiet({borrow(counts)}));
  compiled_classifier(second).fit(x, y, quiet({borrow(counts)}));
  EXPECT_EQ(counts.batches, 4);
  EXPECT_EQ(class_of(first, "Counts").alive, 1);
  EXPECT_EQ(class_of(second, "Counts").seen, 1);
}

}  // namespace

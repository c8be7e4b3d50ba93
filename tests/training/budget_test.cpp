// Budgets, where a batch is what doesn't fit: the error says what would; and the budget that sessions share.
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/process_account.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

Model wide(Session& session, std::int64_t units = 128) {
  Sequential model(session, {layers::Input({6}), layers::Dense(units, {.activation = "tanh", .name = "hidden"}),
                             layers::Dense(units, {.activation = "tanh"}), layers::Dense(3)});
  model.compile({.optimizer = "adam", .loss = "mse"});
  return model;
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const OutOfMemoryError& error) {
    return error.what();
  }
  return "no error";
}

/// The number behind "A batch_size of "; 0 where there is none.
std::int64_t advised(const std::string& text) {
  const std::string before = "A batch_size of ";
  const std::size_t at = text.find(before);
  return at == std::string::npos ? 0 : std::stoll(text.substr(at + before.size()));
}

TEST(BatchThatFits, IsWhatFitThenRuns) {
  Session session({.seed = 1, .memory_budget = KiB(1500)});
  Model model = wide(session);
  const Array x = wave({2048, 6}, 1);
  const Array y = wave({2048, 3}, 2);
  const auto fit = [&](std::int64_t batch_size) {
    model.fit(x, y, {.batch_size = batch_size, .verbose = 0, .validation_split = 0.1});
  };
  const std::string text = message_of([&] { fit(1800); });
  EXPECT_EQ(model.train_stats().plans, 0) << "nothing of what doesn't fit stays";
  EXPECT_EQ(model.test_stats().plans, 0) << "the validation's neither";
  EXPECT_NE(text.find("sequential/hidden/"), std::string::npos) << text;
  const std::int64_t rows = advised(text);
  ASSERT_GT(rows, 32) << text;
  ASSERT_LT(rows, 1800) << text;
  EXPECT_NO_THROW(fit(rows)) << text;
  EXPECT_LE(session.memory().peak_bytes, KiB(1500).count);
  EXPECT_NE(message_of([&] { fit(rows + rows / 8); }), "no error") << "it is the largest, or nearly so: " << text;
}

TEST(BatchThatFits, IsWhatPredictThenRuns) {
  Session session({.seed = 1, .memory_budget = KiB(600)});
  Model model = wide(session);
  const Array x = wave({4096, 6}, 1);
  const std::string text = message_of([&] { model.predict(x, {.batch_size = 4096}); });
  const std::int64_t rows = advised(text);
  ASSERT_GT(rows, 32) << text;
  EXPECT_NO_THROW(model.predict(x, {.batch_size = rows})) << text;
}

TEST(BatchThatFits, ThereIsNoneWhereTheWeightsAreTooMuch) {
  Session session({.seed = 1, .memory_budget = KiB(300)});
  Model model = wide(session, 512);
  const std::string text = message_of([&] { model.fit(wave({64, 6}, 1), wave({64, 3}, 2), {.verbose = 0}); });
  EXPECT_NE(text.find("No batch would fit"), std::string::npos) << text;
  EXPECT_EQ(advised(text), 0) << text;
}

class SharedBudget : public testing::Test {
 protected:
  ~SharedBudget() override { set_process_memory_budget(before_); }
  Bytes before_ = process_memory_budget();
  std::int64_t mapped_ = core::ProcessAccount::mapped_bytes();
};

TEST_F(SharedBudget, WhatOneSessionHoldsIsMissingToAnotherUntilItIsCleared) {
  set_process_memory_budget({mapped_ + KiB(1200).count});
  const Array x = wave({64, 6}, 1);
  const Array y = wave({64, 3}, 2);
  Session one({.seed = 1});
  wide(one).fit(x, y, {.verbose = 0});
  Session other({.seed = 1});
  Model model = wide(other, 200);
  const std::string text = message_of([&] { model.fit(x, y, {.verbose = 0}); });
  EXPECT_NE(text.find("process's memory budget"), std::string::npos) << text;
  EXPECT_NE(text.find("sequential/dense/kernel"), std::string::npos) << text;
  one.clear();
  EXPECT_NO_THROW(model.fit(x, y, {.verbose = 0}));
}

TEST_F(SharedBudget, SessionsOnThreadsNeverTakeMoreAndGiveAllOfItBack) {
  const std::int64_t allowed = mapped_ + MiB(3).count;
  set_process_memory_budget({allowed});
  std::atomic<int> done = 0;
  std::atomic<int> refused = 0;
  std::atomic<bool> is_over = false;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([&, thread] {
        for (int round = 0; round < 6; ++round) try {
            Session session({.seed = 1, .threads = 1});
            Model model = wide(session, 150 + 10 * thread);
            model.fit(wave({64, 6}, 1), wave({64, 3}, 2), {.verbose = 0});
            if (core::ProcessAccount::mapped_bytes() > allowed) is_over = true;
            ++done;
          } catch (const OutOfMemoryError&) {
            ++refused;
          }
      });
  }
  EXPECT_EQ(done + refused, 24);
  EXPECT_GT(done, 0);
  EXPECT_FALSE(is_over);
  EXPECT_EQ(core::ProcessAccount::mapped_bytes(), mapped_);
}

}  // namespace

// Elements made ahead on a thread: all of them, in order, and nothing that stays behind.
#include <atomic>
#include <memory>
#include <thread>

#include <gtest/gtest.h>

#include "data/pipeline_case.h"
#include "keratin/core/error.h"

namespace {

namespace kt = keratin;
using kt::test::count_to;
using kt::test::numbers_of;

TEST(Prefetch, ChangesNothing) {
  const auto plain = count_to(100).shuffle(100).batch(8);
  const auto ahead = plain.prefetch(3);
  EXPECT_EQ(ahead.cardinality(), 13);
  const auto first = numbers_of(ahead);
  EXPECT_EQ(first, numbers_of(plain));
  EXPECT_NE(first, numbers_of(ahead));  // the next epoch
  EXPECT_EQ(numbers_of(count_to(20).prefetch(1).prefetch(4).repeat(3)).size(), 60U);
  EXPECT_EQ(numbers_of(count_to(0).prefetch(2)).size(), 0U);
}

TEST(Prefetch, MakesNoMoreThanItsSizeAhead) {
  std::atomic<int> made = 0;
  const auto ahead = count_to(1000)
                         .map([&](kt::Batch row) {
                           ++made;
                           return row;
                         })
                         .prefetch(4);
  int taken = 0;
  for (const kt::Batch& row : ahead) {
    static_cast<void>(row);
    ++taken;
    // Those taken, those waiting, and one that is being made.
    EXPECT_LE(made.load(), taken + 4 + 1);
  }
  EXPECT_EQ(taken, 1000);
}

TEST(Prefetch, WorksOnAThreadOfItsOwn) {
  std::thread::id worker;
  const auto ahead = count_to(1)
                         .map([&](kt::Batch row) {
                           worker = std::this_thread::get_id();
                           return row;
                         })
                         .prefetch(1);
  EXPECT_TRUE(ahead.next());
  EXPECT_FALSE(ahead.next());
  EXPECT_NE(worker, std::this_thread::get_id());
}

TEST(Prefetch, AnErrorComesAfterTheElementsBeforeIt) {
  const auto failing = count_to(10)
                           .map([](kt::Batch row) {
                             if (row.x[0].item<int>() == 3) throw kt::FileError("row 3 is damaged");
                             return row;
                           })
                           .prefetch(8);
  kt::Dataset::Pass pass = failing.epoch(0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(pass.next()->x[0].item<int>(), i);
  try {
    pass.next();
    FAIL() << "no error came";
  } catch (const kt::FileError& error) {
    EXPECT_STREQ(error.what(), "row 3 is damaged");
  }
  EXPECT_FALSE(pass.next());
}

TEST(Prefetch, EndsWhereItIsLeftEarly) {
  for (int wanted = 0; wanted < 4; ++wanted) {
    auto token = std::make_shared<int>(0);
    const std::weak_ptr<int> alive = token;
    {
      const auto endless = count_to(3)
                               .repeat()
                               .map([token](kt::Batch row) {
                                 static_cast<void>(*token);
                                 return row;
                               })
                               .prefetch(2);
      token.reset();
      kt::Dataset::Pass pass = endless.epoch(0);
      for (int i = 0; i < wanted; ++i) EXPECT_TRUE(pass.next());
    }
    EXPECT_TRUE(alive.expired()) << wanted;  // the thread has ended with what it held
  }
}

TEST(Prefetch, APassOutlivesItsDataset) {
  auto dataset = std::make_unique<kt::Dataset>(count_to(5).prefetch(2));
  kt::Dataset::Pass pass = dataset->epoch(0);
  dataset.reset();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(pass.next()->x[0].item<int>(), i);
  EXPECT_FALSE(pass.next());
}

TEST(Prefetch, SeveralEpochsAtOnceShareACache) {
  const auto cached = count_to(200).cache().prefetch(4);
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      if (numbers_of(kt::Dataset(cached)) == numbers_of(count_to(200))) ++right;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right.load(), 4);
}

}  // namespace

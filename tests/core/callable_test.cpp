#include "keratin/core/callable.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "keratin/core/error.h"

namespace {

using namespace keratin;

using Count = Callable<int(int)>;

int doubled(int x) { return 2 * x; }

TEST(Callable, CallsWhateverIsCallable) {
  struct Plus {
    int by = 1;
    int operator()(int x) const { return x + by; }
  };
  EXPECT_EQ(Count([](int x) { return x - 1; })(3), 2);
  EXPECT_EQ(Count(doubled)(3), 6);
  EXPECT_EQ(Count(&doubled)(3), 6);
  EXPECT_EQ(Count(Plus{4})(3), 7);
  EXPECT_EQ(Count(std::function<int(int)>(doubled))(3), 6);
  EXPECT_EQ(Callable<double(int)>(doubled)(3), 6.0);  // results convert
  int calls = 0;
  const Callable<void()> drops = [&] { return ++calls; };
  drops();
  EXPECT_EQ(calls, 1);
}

TEST(Callable, TakesAndGivesWhatItIsGiven) {
  const Callable<std::unique_ptr<int>(std::unique_ptr<int>)> same = [](std::unique_ptr<int> x) { return x; };
  EXPECT_EQ(*same(std::make_unique<int>(5)), 5);
  const Callable<std::string&(std::string&)> appended = [](std::string& x) -> std::string& { return x += "!"; };
  std::string text = "a";
  appended(appended(text));
  EXPECT_EQ(text, "a!!");
}

TEST(Callable, MayBeEmpty) {
  int (*const none)(int) = nullptr;
  for (const Count& empty :
       {Count(), Count(nullptr), Count(none), Count(std::function<int(int)>()), Count(Callable<long(long)>())}) {
    EXPECT_FALSE(empty);
    EXPECT_THROW(empty(1), ValueError);
  }
  EXPECT_TRUE(Count([](int x) { return x; }));
}

TEST(Callable, ACopyHasAStateOfItsOwn) {
  const Callable<int()> first = [n = 0]() mutable { return ++n; };
  EXPECT_EQ(first(), 1);
  const Callable<int()> second = first;
  EXPECT_EQ(first(), 2);
  EXPECT_EQ(first(), 3);
  EXPECT_EQ(second(), 2);
}

TEST(Callable, MovesAndLetsGo) {
  const auto kept = std::make_shared<int>(1);
  Count first = [kept](int x) { return x + *kept; };
  EXPECT_EQ(kept.use_count(), 2);
  Count second = std::move(first);
  EXPECT_EQ(kept.use_count(), 2);
  EXPECT_EQ(second(1), 2);
  second = nullptr;
  EXPECT_EQ(kept.use_count(), 1);
  EXPECT_FALSE(second);
}

TEST(Callable, ConvertsInAggregates) {
  struct Options {
    int size = 0;
    Count function = {};
  };
  const Options options{.size = 1, .function = [](int x) { return x * x; }};
  EXPECT_EQ(options.function(5), 25);
  static_assert(!std::is_convertible_v<std::string, Count>);
  static_assert(!std::is_convertible_v<std::string (*)(int), Count>);
  static_assert(std::is_nothrow_move_constructible_v<Count>);
}

}  // namespace

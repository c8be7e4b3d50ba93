#include "keratin/core/flat_map.h"

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/core/memory.h"

namespace {

using namespace keratin;

using Weights = FlatMap<std::int64_t, double>;

template <class Map>
std::vector<std::pair<std::int64_t, double>> entries_of(const Map& map) {
  std::vector<std::pair<std::int64_t, double>> entries;
  for (const auto& [key, value] : map) entries.emplace_back(key, value);
  return entries;
}

TEST(FlatMap, IsWrittenAsABracedListInAggregates) {
  struct Options {
    std::string name = {};
    Weights class_weight = {};
  };
  const Options options{.class_weight = {{1, 2.5}, {0, 1.0}, {1, 7.0}}};
  EXPECT_EQ(entries_of(options.class_weight), (std::vector<std::pair<std::int64_t, double>>{{0, 1.0}, {1, 2.5}}));
  EXPECT_EQ((Options{.class_weight = {{3, 4.0}}}.class_weight.at(3)), 4.0);
  EXPECT_TRUE(Options{}.class_weight.empty());
}

TEST(FlatMap, DoesAsStdMapDoes) {
  std::mt19937 random(5);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same numbers each time
  Weights ours;
  std::map<std::int64_t, double> theirs;
  for (int i = 0; i < 500; ++i) {
    const auto key = static_cast<std::int64_t>(random() % 60) - 30;
    ASSERT_EQ(ours.contains(key), theirs.contains(key));
    ASSERT_EQ(ours.find(key) == ours.end(), theirs.find(key) == theirs.end());
    ours[key] += i;
    theirs[key] += i;
    ASSERT_EQ(ours.at(key), theirs.at(key));
    ASSERT_EQ(ours.size(), theirs.size());
  }
  EXPECT_EQ(entries_of(ours), entries_of(theirs));
  EXPECT_EQ(ours, Weights(theirs));
}

TEST(FlatMap, NamesWhatThereIs) {
  Weights weights = {{0, 1.0}, {4, 2.0}};
  weights.at(4) = 3.0;
  EXPECT_EQ(weights.at(4), 3.0);
  try {
    static_cast<void>(weights.at(2));
    FAIL();
  } catch (const KeyError& error) {
    EXPECT_EQ(std::string(error.what()), "There is no entry 2. There are: 0, 4");
  }
  const FlatMap<MemoryCategory, int> categories = {{MemoryCategory::metrics, 1}};
  EXPECT_THROW(static_cast<void>(categories.at(MemoryCategory::graph)), KeyError);
  const FlatMap<std::string, int> texts = {{"b", 1}, {"a", 2}};
  EXPECT_EQ(texts.begin()->first, "a");
  EXPECT_THROW(static_cast<void>(texts.at("c")), KeyError);
}

TEST(FlatMap, ComparesByEntries) {
  const Weights some = {{1, 2.0}, {2, 3.0}};
  EXPECT_EQ(some, (Weights{{2, 3.0}, {1, 2.0}}));
  EXPECT_NE(some, (Weights{{1, 2.0}}));
  EXPECT_NE(some, (Weights{{1, 2.0}, {2, 4.0}}));
}

}  // namespace

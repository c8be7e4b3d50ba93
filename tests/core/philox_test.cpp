#include "core/philox.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using keratin::core::Permutation;
using keratin::core::philox;
using keratin::core::PhiloxBlock;
using keratin::core::PhiloxKey;

// Random123's kat_vectors, philox4x32 with 10 rounds.
TEST(Philox, GivesTheKnownAnswersOfRandom123) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}), (PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, ElementsFollowTheDocumentedCounter) {
  const PhiloxKey key{1, 2};
  const std::uint64_t step = 0x500000007;
  const std::uint64_t element = 0x100000000 * 4 + 6;
  const std::uint32_t word = philox({1, 1, 7, 5}, key)[2];
  EXPECT_EQ(keratin::core::uniform_at(key, step, element), keratin::core::uniform_from(word));
}

TEST(Philox, UniformNumbersStayBelowOne) {
  EXPECT_EQ(keratin::core::uniform_from(0), 0.0f);
  EXPECT_LT(keratin::core::uniform_from(~0u), 1.0f);
}

TEST(Philox, FillsGiveTheSameValuesAsSingleElements) {
  const PhiloxKey key = keratin::core::stream_key(3, "layer");
  for (const std::uint64_t first : {0u, 1u, 3u, 4u, 10u}) {
    for (const std::size_t count : {0u, 1u, 2u, 5u, 9u}) {
      std::vector<float> uniform(count);
      std::vector<float> normal(count);
      keratin::core::fill_uniform(uniform, key, 9, first);
      keratin::core::fill_normal(normal, key, 9, first);
      for (std::size_t i = 0; i < count; ++i) {
        EXPECT_EQ(uniform[i], keratin::core::uniform_at(key, 9, first + i));
        EXPECT_EQ(normal[i], keratin::core::normal_at(key, 9, first + i));
      }
    }
  }
}

TEST(Philox, StreamsDifferBySeedAndPath) {
  const auto key = keratin::core::stream_key(1, "a");
  EXPECT_EQ(key, keratin::core::stream_key(1, "a"));
  EXPECT_NE(key, keratin::core::stream_key(2, "a"));
  EXPECT_NE(key, keratin::core::stream_key(1, "b"));
  EXPECT_NE(key, keratin::core::stream_key(1, ""));
}

// Box–Muller with the C library's functions in double, the definition itself.
TEST(Philox, NormalNumbersAreBoxMuller) {
  const PhiloxKey key{7, 11};
  for (std::uint32_t block = 0; block < 20000; ++block) {
    const PhiloxBlock words = philox({block, 0, 0, 0}, key);
    for (std::uint32_t pair = 0; pair < 4; pair += 2) {
      const double radius = std::sqrt(-2.0 * std::log((words[pair] + 1.0) * 0x1p-32));
      const double angle = 2.0 * std::acos(-1.0) * (words[pair + 1] * 0x1p-32);
      EXPECT_NEAR(keratin::core::normal_at(key, 0, block * 4ull + pair), radius * std::cos(angle), 5e-7);
      EXPECT_NEAR(keratin::core::normal_at(key, 0, block * 4ull + pair + 1), radius * std::sin(angle), 5e-7);
    }
  }
}

TEST(Philox, NormalNumbersHaveTheMomentsOfTheNormalDistribution) {
  std::vector<float> values(1 << 20);
  keratin::core::fill_normal(values, keratin::core::stream_key(5, "x"), 0, 0);
  double mean = 0;
  double square = 0;
  double fourth = 0;
  for (const double v : values) {
    mean += v;
    square += v * v;
    fourth += v * v * v * v;
  }
  const auto n = static_cast<double>(values.size());
  EXPECT_NEAR(mean / n, 0.0, 5.0 / std::sqrt(n));                    // five standard errors
  EXPECT_NEAR(square / n, 1.0, 5.0 * std::sqrt(2.0 / n));            // Var(x²) = 2
  EXPECT_NEAR(fourth / n, 3.0, 5.0 * std::sqrt((105.0 - 9.0) / n));  // Var(x⁴) = 96
}

TEST(Permutation, IsABijectionForEverySize) {
  std::vector<std::uint64_t> sizes(300);
  std::iota(sizes.begin(), sizes.end(), 0u);
  for (const std::uint64_t size : {1023u, 1024u, 1025u, 4096u, 4097u, 60000u, 65536u, 65537u}) sizes.push_back(size);
  for (const std::uint64_t size : sizes) {
    const Permutation permutation(size, {1, 2}, 3);
    std::vector<bool> seen(size);
    for (std::uint64_t i = 0; i < size; ++i) {
      const std::uint64_t to = permutation(i);
      ASSERT_LT(to, size);
      ASSERT_FALSE(seen[to]) << "size " << size << ", index " << i;
      seen[to] = true;
    }
  }
}

TEST(Permutation, LandsInsideAHugeRange) {
  const std::uint64_t size = (std::uint64_t{1} << 63) + 12345;
  const Permutation permutation(size, {1, 2}, 0);
  for (std::uint64_t i = 0; i < 100; ++i) EXPECT_LT(permutation(i), size);
  EXPECT_NE(permutation(0), permutation(1));
}

/// Chi-square of counts against the same expectation, as deviations from its mean in standard deviations.
double chi_square_deviation(const std::vector<int>& counts, double expected, double freedom) {
  double chi = 0;
  for (const int count : counts) chi += (count - expected) * (count - expected) / expected;
  return (chi - freedom) / std::sqrt(2.0 * freedom);
}

TEST(Permutation, FillsWithWhatEachIndexGives) {
  for (const std::uint64_t size : {1u, 2u, 7u, 65u, 1000u}) {
    const Permutation permutation(size, {1, 2}, 3);
    for (const std::uint64_t count : {std::uint64_t{1}, std::uint64_t{8}, size / 2, size}) {
      if (count > size) continue;
      std::vector<std::int64_t> out(count);
      permutation.fill(out, size - count);
      for (std::uint64_t i = 0; i < count; ++i)
        EXPECT_EQ(static_cast<std::uint64_t>(out[i]), permutation(size - count + i)) << size << ' ' << count;
    }
  }
}

TEST(Permutation, SendsEachIndexEverywhereEquallyOften) {
  for (const std::uint64_t size : {5u, 10u, 64u, 100u}) {
    const int rounds = 20000;
    std::vector<int> counts(size * size);
    for (int round = 0; round < rounds; ++round) {
      const Permutation permutation(size, {42, 7}, static_cast<std::uint64_t>(round));
      for (std::uint64_t i = 0; i < size; ++i) ++counts[i * size + permutation(i)];
    }
    const auto n = static_cast<double>(size);
    // The counts' rows and columns have fixed sums: (n−1)² degrees of freedom.
    EXPECT_LT(std::abs(chi_square_deviation(counts, rounds / n, (n - 1) * (n - 1))), 5.0) << "size " << size;
  }
}

TEST(Permutation, GivesAllOrdersOfFourEquallyOften) {
  std::vector<std::vector<std::uint64_t>> orders;
  std::vector<std::uint64_t> order{0, 1, 2, 3};
  do {
    orders.push_back(order);
  } while (std::next_permutation(order.begin(), order.end()));
  std::vector<int> counts(orders.size());
  const int rounds = 48000;
  for (int round = 0; round < rounds; ++round) {
    const Permutation permutation(4, {9, 9}, static_cast<std::uint64_t>(round));
    for (std::uint64_t i = 0; i < 4; ++i) order[i] = permutation(i);
    ++counts[static_cast<std::size_t>(std::find(orders.begin(), orders.end(), order) - orders.begin())];
  }
  EXPECT_LT(std::abs(chi_square_deviation(counts, rounds / 24.0, 23)), 5.0);
}

TEST(Permutation, NeighboursAreNoMoreLikelyToStayTogether) {
  const std::uint64_t size = 50;
  std::vector<int> distances(size - 1);
  const int rounds = 4000;
  for (int round = 0; round < rounds; ++round) {
    const Permutation permutation(size, {3, 4}, static_cast<std::uint64_t>(round));
    for (std::uint64_t i = 0; i + 1 < size; i += 2) {
      const auto a = static_cast<std::int64_t>(permutation(i));
      const auto b = static_cast<std::int64_t>(permutation(i + 1));
      ++distances[static_cast<std::size_t>((b - a + static_cast<std::int64_t>(size)) %
                                           static_cast<std::int64_t>(size)) -
                  1];
    }
  }
  EXPECT_LT(chi_square_deviation(distances, rounds * (size / 2.0) / (size - 1.0), size - 2.0), 5.0);
}

TEST(Permutation, DependsOnKeyAndRoundAlone) {
  const Permutation a(1000, {1, 2}, 3);
  const Permutation same(1000, {1, 2}, 3);
  const Permutation next(1000, {1, 2}, 4);
  const Permutation other(1000, {1, 3}, 3);
  int moved_by_round = 0;
  int moved_by_key = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(a(i), same(i));
    moved_by_round += a(i) != next(i);
    moved_by_key += a(i) != other(i);
  }
  EXPECT_GT(moved_by_round, 980);
  EXPECT_GT(moved_by_key, 980);
}

}  // namespace

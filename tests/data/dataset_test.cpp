#include "keratin/data/dataset.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include <gtest/gtest.h>

#include "data/pipeline_case.h"
#include "keratin/core/error.h"

namespace {

namespace kt = keratin;
using kt::test::count_to;
using kt::test::numbers_of;
using Numbers = std::vector<double>;

TEST(Dataset, GivesRowsOfArraysWithoutCopies) {
  const kt::Array x = kt::Array::arange(6, kt::float32).reshaped({3, 2});
  const kt::Array y = kt::Array::arange(3);
  const auto rows = kt::Dataset::from_arrays(x, y, kt::Array::ones({3}));
  EXPECT_EQ(rows.cardinality(), 3);
  std::int64_t at = 0;
  for (const kt::Batch& row : rows) {
    EXPECT_EQ(row.x[0].shape(), kt::Shape({2}));
    EXPECT_EQ(row.y[0].shape(), kt::Shape());
    EXPECT_EQ(row.y[0].item<int>(), at);
    EXPECT_EQ(row.x[0].raw(), x.rows(at, at + 1).raw());
    EXPECT_EQ(row.sample_weight[0].item<float>(), 1.F);
    ++at;
  }
  EXPECT_EQ(at, 3);
}

TEST(Dataset, BatchesRowsAndLeavesOutTheRestIfAsked) {
  const auto batches = count_to(7).batch(3);
  EXPECT_EQ(batches.cardinality(), 3);
  std::vector<std::int64_t> sizes;
  for (const kt::Batch& batch : batches) sizes.push_back(batch.x[0].shape()[0]);
  EXPECT_EQ(sizes, (std::vector<std::int64_t>{3, 3, 1}));
  EXPECT_EQ(count_to(7).batch(3, {.drop_remainder = true}).cardinality(), 2);
  EXPECT_EQ(numbers_of(count_to(7).batch(3, {.drop_remainder = true})), (Numbers{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(numbers_of(count_to(7).map([](kt::Batch row) { return row; }).batch(3)), (Numbers{0, 1, 2, 3, 4, 5, 6}));
}

TEST(Dataset, BatchesKeepNamesAndWeightsAndText) {
  const kt::Array text = kt::Array::copy_of<std::string>({"a", "b", "c"});
  const kt::Data x = {{"number", kt::Array::arange(3)}, {"text", text}};
  const auto keep = [](kt::Batch row) { return row; };
  const auto dataset = kt::Dataset::from_arrays(x, kt::Array::arange(3), kt::Array::full({3}, 2)).map(keep).batch(2);
  const kt::Batch first = *dataset.next();
  EXPECT_EQ(first.x.names(), (std::vector<std::string>{"number", "text"}));
  EXPECT_EQ(first.x[1].data<std::string>()[1], "b");
  EXPECT_EQ(first.sample_weight[0].shape(), kt::Shape({2}));
  EXPECT_EQ(dataset.next()->x[0].shape(), kt::Shape({1}));
  EXPECT_FALSE(dataset.next());
  EXPECT_EQ(dataset.next()->x[0].shape(), kt::Shape({2}));  // the next epoch
}

TEST(Dataset, ElementsOfABatchMustFit) {
  const auto of = [](kt::Batch first, kt::Batch second) {
    return kt::Dataset::from_function(2, [=](std::int64_t i) { return i == 0 ? first : second; }).batch(2);
  };
  const kt::Array three = kt::Array::zeros({3});
  EXPECT_THROW(of({three}, {kt::Array::zeros({2})}).next(), kt::ShapeError);
  EXPECT_THROW(of({three}, {kt::Array::zeros({3}, kt::int32)}).next(), kt::DTypeError);
  EXPECT_THROW(of({three}, {three, three}).next(), kt::ValueError);
  EXPECT_THROW(of({three}, {three, {}, three}).next(), kt::ValueError);
  EXPECT_THROW(of({kt::Data{{"a", three}}}, {kt::Data{{"b", three}}}).next(), kt::ValueError);
}

TEST(Dataset, UnbatchIsTheWayBack) {
  EXPECT_EQ(numbers_of(count_to(7).batch(3).unbatch()), numbers_of(count_to(7)));
  EXPECT_EQ(count_to(7).batch(3).unbatch().next()->x[0].shape(), kt::Shape());
  const auto scalar = kt::Dataset::from_function(1, [](std::int64_t) { return kt::Batch{kt::Array()}; });
  EXPECT_THROW(scalar.unbatch().next(), kt::ShapeError);
}

TEST(Dataset, MapsAndFilters) {
  const auto doubled = [](kt::Batch row) { return kt::Batch{kt::Array::scalar(2 * row.x[0].item<float>())}; };
  const auto is_odd = [](const kt::Batch& row) { return std::fmod(row.x[0].item<double>(), 2) == 1; };
  EXPECT_EQ(numbers_of(count_to(4).map(doubled)), (Numbers{0, 2, 4, 6}));
  EXPECT_EQ(numbers_of(count_to(6).filter(is_odd)), (Numbers{1, 3, 5}));
  EXPECT_EQ(count_to(4).map(doubled).cardinality(), 4);
  EXPECT_EQ(count_to(4).filter(is_odd).cardinality(), std::nullopt);
}

TEST(Dataset, TakesSkipsRepeatsAndConcatenates) {
  EXPECT_EQ(numbers_of(count_to(5).take(2)), (Numbers{0, 1}));
  EXPECT_EQ(numbers_of(count_to(5).skip(3)), (Numbers{3, 4}));
  EXPECT_EQ(numbers_of(count_to(2).repeat(2)), (Numbers{0, 1, 0, 1}));
  EXPECT_EQ(numbers_of(count_to(2).repeat().take(5)), (Numbers{0, 1, 0, 1, 0}));
  EXPECT_EQ(numbers_of(count_to(2).concatenate(count_to(3))), (Numbers{0, 1, 0, 1, 2}));
  EXPECT_EQ(numbers_of(count_to(5).skip(9)), Numbers{});
  EXPECT_EQ(numbers_of(count_to(0).repeat()), Numbers{});
  EXPECT_EQ(numbers_of(count_to(2).repeat(0)), Numbers{});

  EXPECT_EQ(count_to(5).take(9).cardinality(), 5);
  EXPECT_EQ(count_to(5).skip(9).cardinality(), 0);
  EXPECT_EQ(count_to(5).repeat(3).cardinality(), 15);
  EXPECT_EQ(count_to(5).repeat().cardinality(), kt::Dataset::infinite);
  EXPECT_EQ(count_to(5).repeat().take(7).batch(2).cardinality(), 4);
  EXPECT_EQ(count_to(5).concatenate(count_to(2)).cardinality(), 7);
  EXPECT_EQ(count_to(5).concatenate(count_to(2).repeat()).cardinality(), kt::Dataset::infinite);
}

TEST(Dataset, ZipsInputsWithTargets) {
  const auto zipped = kt::Dataset::zip(count_to(3), count_to(9).skip(5));
  EXPECT_EQ(zipped.cardinality(), 3);
  double expected = 5;
  for (const kt::Batch& row : zipped) EXPECT_EQ(row.y[0].item<double>(), expected++);
  EXPECT_EQ(expected, 8);
}

TEST(Dataset, ShufflesByItsSeedAnotherWayInEachEpoch) {
  const auto shuffled = count_to(100).shuffle(100, {.seed = 3});
  const Numbers first = numbers_of(shuffled);
  const Numbers second = numbers_of(shuffled);
  EXPECT_NE(first, second);
  EXPECT_FALSE(std::ranges::is_sorted(first));
  for (Numbers sorted : {first, second}) {
    std::ranges::sort(sorted);
    EXPECT_EQ(sorted, numbers_of(count_to(100)));
  }
  EXPECT_EQ(first, numbers_of(count_to(100).shuffle(100, {.seed = 3})));
  EXPECT_NE(first, numbers_of(count_to(100).shuffle(100, {.seed = 4})));

  const auto fixed = count_to(100).shuffle(100, {.reshuffle_each_iteration = false});
  EXPECT_EQ(numbers_of(fixed), numbers_of(fixed));
}

TEST(Dataset, AnEpochByItsNumberIsAlwaysTheSame) {
  const auto shuffled = count_to(50).shuffle(50, {.seed = 1});
  const Numbers zero = numbers_of(shuffled);
  const Numbers one = numbers_of(shuffled);
  const auto again = [&](std::uint64_t number) {
    kt::Dataset::Pass pass = shuffled.epoch(number);
    Numbers numbers;
    while (const auto row = pass.next()) numbers.push_back(row->x[0].item<double>());
    EXPECT_FALSE(pass.next());
    return numbers;
  };
  EXPECT_EQ(again(1), one);
  EXPECT_EQ(again(0), zero);
  // Passes of a repeat have orders of their own.
  const Numbers twice = numbers_of(shuffled.repeat(2));
  EXPECT_NE(Numbers(twice.begin(), twice.begin() + 50), Numbers(twice.begin() + 50, twice.end()));
}

TEST(Dataset, ASmallBufferMovesElementsForwardByNoMoreThanItsSize) {
  const Numbers numbers = numbers_of(count_to(100).shuffle(5));
  for (std::size_t i = 0; i < numbers.size(); ++i) EXPECT_LT(numbers[i], static_cast<double>(i) + 5);
  EXPECT_EQ(std::set<double>(numbers.begin(), numbers.end()).size(), 100U);
}

TEST(Dataset, ShufflingIsUniform) {
  // 6 orders of 3 elements, 6000 epochs: each near 1000 times (standard deviation 29).
  const auto shuffled = count_to(3).shuffle(3);
  std::vector<int> counts(27);
  for (int epoch = 0; epoch < 6000; ++epoch) {
    const Numbers order = numbers_of(shuffled);
    ++counts[static_cast<std::size_t>(order[0] * 9 + order[1] * 3 + order[2])];
  }
  EXPECT_EQ(std::ranges::count(counts, 0), 21);
  for (const int count : counts) EXPECT_TRUE(count == 0 || std::abs(count - 1000) < 150) << count;
}

TEST(Dataset, InterleavesAsTensorFlowDoes) {
  // What tf.data.Dataset.interleave gives for these lengths; each file has the numbers 10·i, 10·i + 1, …
  const std::vector<std::string> files = {"03", "11", "24", "32"};  // which file, how many
  const auto open = [](const std::string& path) {
    const int first = 10 * (path[0] - '0');
    return kt::Dataset::from_function(
        path[1] - '0', [=](std::int64_t i) { return kt::Batch{kt::Array::scalar(static_cast<float>(first + i))}; });
  };
  const auto interleaved = [&](std::int64_t cycle, std::int64_t block) {
    return numbers_of(kt::Dataset::interleave(files, open, {.cycle_length = cycle, .block_length = block}));
  };
  EXPECT_EQ(interleaved(2, 1), (Numbers{0, 10, 1, 2, 20, 21, 30, 22, 31, 23}));
  EXPECT_EQ(interleaved(2, 2), (Numbers{0, 1, 10, 2, 20, 21, 30, 31, 22, 23}));
  EXPECT_EQ(interleaved(3, 1), (Numbers{0, 10, 20, 1, 21, 2, 30, 22, 31, 23}));
  EXPECT_EQ(interleaved(2, 3), (Numbers{0, 1, 2, 10, 20, 21, 22, 30, 31, 23}));
  EXPECT_EQ(numbers_of(kt::Dataset::from_files(files, open)), (Numbers{0, 1, 2, 10, 20, 21, 22, 23, 30, 31}));
  EXPECT_EQ(numbers_of(kt::Dataset::from_files({}, open)), Numbers{});
}

TEST(Dataset, CachesTheFirstWholeEpoch) {
  int calls = 0;
  const auto cached = count_to(3)
                          .map([&calls](kt::Batch row) {
                            ++calls;
                            return row;
                          })
                          .cache();
  EXPECT_EQ(numbers_of(cached.take(2)), (Numbers{0, 1}));  // not whole
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(numbers_of(cached), (Numbers{0, 1, 2}));
  EXPECT_EQ(calls, 5);
  EXPECT_EQ(numbers_of(cached), (Numbers{0, 1, 2}));
  EXPECT_EQ(numbers_of(cached.repeat(2)), (Numbers{0, 1, 2, 0, 1, 2}));
  EXPECT_EQ(calls, 5);
}

TEST(Dataset, CopiesHavePlacesOfTheirOwn) {
  const auto rows = count_to(3);
  EXPECT_EQ(rows.next()->x[0].item<int>(), 0);
  const kt::Dataset copy = rows;
  EXPECT_EQ(copy.next()->x[0].item<int>(), 0);
  EXPECT_EQ(rows.next()->x[0].item<int>(), 1);
}

TEST(Dataset, AGeneratorGoesOnFromEpochToEpoch) {
  int at = 0;
  const auto stream = kt::Dataset::from_generator([&]() -> std::optional<kt::Batch> {
    if (++at % 3 == 0) return std::nullopt;
    return kt::Batch{kt::Array::scalar(static_cast<float>(at))};
  });
  EXPECT_EQ(stream.cardinality(), std::nullopt);
  EXPECT_EQ(numbers_of(stream), (Numbers{1, 2}));
  EXPECT_EQ(numbers_of(stream), (Numbers{4, 5}));
  EXPECT_EQ(numbers_of(stream.repeat(2)), (Numbers{7, 8, 10, 11}));
}

TEST(Dataset, AnErrorEndsTheEpoch) {
  const auto failing = count_to(4).map([](kt::Batch row) {
    if (row.x[0].item<int>() == 2) throw kt::ValueError("two");
    return row;
  });
  kt::Dataset::Pass pass = failing.epoch(0);
  EXPECT_TRUE(pass.next());
  EXPECT_TRUE(pass.next());
  EXPECT_THROW(pass.next(), kt::ValueError);
  EXPECT_FALSE(pass.next());
  EXPECT_TRUE(failing.next());
}

TEST(Dataset, RefusesWhatMakesNoSense) {
  const auto rows = count_to(3);
  EXPECT_THROW(kt::Dataset::from_arrays(kt::Array::zeros({3}), kt::Array::zeros({2})), kt::ShapeError);
  EXPECT_THROW(kt::Dataset::from_arrays(kt::Array()), kt::ShapeError);
  EXPECT_THROW(kt::Dataset::from_arrays({}), kt::ValueError);
  EXPECT_THROW(kt::Dataset::from_generator(nullptr), kt::ValueError);
  EXPECT_THROW(kt::Dataset::from_function(-1, [](std::int64_t) { return kt::Batch(); }), kt::ValueError);
  EXPECT_THROW(kt::Dataset::interleave({}, nullptr), kt::ValueError);
  EXPECT_THROW(rows.batch(0), kt::ValueError);
  EXPECT_THROW(rows.shuffle(0), kt::ValueError);
  EXPECT_THROW(rows.prefetch(0), kt::ValueError);
  EXPECT_THROW(rows.take(-1), kt::ValueError);
  EXPECT_THROW(rows.skip(-1), kt::ValueError);
  EXPECT_THROW(rows.repeat(-2), kt::ValueError);
  EXPECT_THROW(rows.map(nullptr), kt::ValueError);
  EXPECT_THROW(rows.filter(nullptr), kt::ValueError);
}

}  // namespace

#include "keratin/data/series.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/data/datasets.h"

namespace {

namespace kt = keratin;
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

kt::Array numbers(std::int64_t count) { return kt::Array::arange(count, kt::float32); }

TEST(Series, WindowsAreFollowedByTheirTargets) {
  const auto [x, y] = kt::Series(numbers(10)).windows({.length = 3, .horizon = 2, .stride = 2});
  ASSERT_EQ(x.shape(), kt::Shape({3, 3, 1}));
  ASSERT_EQ(y.shape(), kt::Shape({3, 2}));
  EXPECT_EQ(kt::max_abs_difference(x.reshaped({9}), kt::Array::copy_of({0.F, 1.F, 2.F, 2.F, 3.F, 4.F, 4.F, 5.F, 6.F})),
            0);
  EXPECT_EQ(kt::max_abs_difference(y.reshaped({6}), kt::Array::copy_of({3.F, 4.F, 5.F, 6.F, 7.F, 8.F})), 0);
}

TEST(Series, EachWindowThatFitsIsThere) {
  // 10 values: windows of 3 with a target begin at 0 … 6.
  EXPECT_EQ(kt::Series(numbers(10)).windows({.length = 3}).x.shape(), kt::Shape({7, 3, 1}));
  EXPECT_EQ(kt::Series(numbers(4)).windows({.length = 3}).x.shape(), kt::Shape({1, 3, 1}));
  EXPECT_THROW(kt::Series(numbers(3)).windows({.length = 3}), kt::ValueError);
}

TEST(Series, WindowsOfSeveralFeatures) {
  const kt::Series series(numbers(20).reshaped({10, 2}));  // row i: 2i, 2i + 1
  const auto all = series.windows({.length = 4});
  EXPECT_EQ(all.x.shape(), kt::Shape({6, 4, 2}));
  EXPECT_EQ(all.y.shape(), kt::Shape({6, 2}));
  EXPECT_EQ(all.x.at<float>({1, 0, 1}), 3.F);
  EXPECT_EQ(all.y.at<float>({1, 1}), 11.F);
  EXPECT_EQ(series.windows({.length = 4, .horizon = 3}).y.shape(), kt::Shape({4, 3, 2}));
  const auto one = series.windows({.length = 4, .horizon = 3, .target_features = {1}});
  EXPECT_EQ(one.y.shape(), kt::Shape({4, 3}));
  EXPECT_EQ(kt::max_abs_difference(one.y.rows(0, 1).reshaped({3}), kt::Array::copy_of({9.F, 11.F, 13.F})), 0);
}

TEST(Series, AStreamsWindowGoesOnWhereTheOneBeforeEnded) {
  constexpr std::int64_t streams = 4;
  constexpr std::int64_t length = 10;
  const auto [x, y] = kt::datasets::sunspots().windows({.length = length, .streams = streams});
  ASSERT_EQ(x.shape(), kt::Shape({28, length, 1}));  // (309 − 1) / 10 / 4 = 7 windows of each
  ASSERT_EQ(y.shape(), kt::Shape({28, 1}));
  const kt::Array values = kt::datasets::sunspots().values();
  for (std::int64_t row = 0; row + streams < 28; ++row)
    EXPECT_EQ(y.at<float>({row, 0}), x.at<float>({row + streams, 0, 0})) << row;
  for (std::int64_t stream = 0; stream < streams; ++stream)
    for (std::int64_t step = 0; step < 7; ++step)
      for (std::int64_t i = 0; i < length; ++i)
        EXPECT_EQ(x.at<float>({step * streams + stream, i, 0}), values.at<float>({(stream * 7 + step) * length + i}));
}

TEST(Series, StreamsAreTheirWindowsInBatches) {
  const kt::Series series = kt::datasets::sunspots();
  const kt::Dataset streams = series.streams(4, {.length = 10});
  const auto [x, y] = series.windows({.length = 10, .streams = 4});
  EXPECT_EQ(streams.cardinality(), 7);
  std::int64_t row = 0;
  for (const kt::Batch& batch : streams) {
    EXPECT_EQ(kt::max_abs_difference(batch.x[0], x.rows(row, row + 4)), 0);
    EXPECT_EQ(kt::max_abs_difference(batch.y[0], y.rows(row, row + 4)), 0);
    row += 4;
  }
  EXPECT_EQ(row, 28);
  EXPECT_THROW(series.streams(0, {.length = 10}), kt::ValueError);
  EXPECT_THROW(series.streams(4, {.length = 10, .streams = 3}), kt::ValueError);
}

TEST(Series, ScalesAndBack) {
  const kt::Series series(kt::Array::copy_of({2.F, 4.F, 6.F, 8.F}));
  const kt::Series between = series.scaled(0, 1);
  EXPECT_TRUE(kt::all_close(between.values(), kt::Array::copy_of({0.F, 1.F / 3, 2.F / 3, 1.F})));
  EXPECT_EQ(between.values().at<float>({3}), 1.F);
  const kt::Series standard = series.scaled();  // mean 5, deviation √5
  EXPECT_NEAR(standard.values().at<float>({0}), -3 / std::sqrt(5.0), 1e-6);
  const kt::Series twice = standard.scaled(-1, 1);
  EXPECT_TRUE(kt::all_close(twice.values(), kt::Array::copy_of({-1.F, -1.F / 3, 1.F / 3, 1.F}), 1e-5, 1e-6));
  EXPECT_TRUE(kt::all_close(twice.unscaled(twice.values()), series.values(), 1e-6));
  EXPECT_TRUE(kt::all_close(series.scaled(twice.scaling()).values(), twice.values(), 1e-5, 1e-6));
}

TEST(Series, ScalesFeatureByFeature) {
  const kt::Series series(kt::Array::copy_of({0.F, 5.F, 10.F, 5.F, 20.F, 5.F}).reshaped({3, 2}));
  const kt::Series between = series.scaled(-1, 1);  // the second feature is constant
  EXPECT_TRUE(kt::all_close(between.values(), kt::Array::copy_of({-1.F, -1.F, 0.F, -1.F, 1.F, -1.F}).reshaped({3, 2})));
  EXPECT_TRUE(kt::all_close(between.unscaled(between.values()), series.values()));
  EXPECT_NEAR(between.unscaled(kt::Array::copy_of({0.5F}), 0).at<float>({0}), 15, 1e-6);
  EXPECT_THROW(between.unscaled(kt::Array::copy_of({0.5F})), kt::ShapeError);
  EXPECT_THROW(between.unscaled(kt::Array::copy_of({0.5F}), 2), kt::ValueError);
}

TEST(Series, MissingValuesAreFilledOnALine) {
  const kt::Series series(kt::Array::copy_of({nan, 1.F, nan, nan, 4.F, nan}));
  EXPECT_EQ(series.missing(), 4);
  EXPECT_THROW(series.windows({.length = 1}), kt::ValueError);
  EXPECT_TRUE(kt::all_close(series.interpolated().values(), kt::Array::copy_of({1.F, 1.F, 2.F, 3.F, 4.F, 4.F})));
  EXPECT_EQ(series.scaled(0, 1).missing(), 4);
  EXPECT_EQ(series.scaled(0, 1).values().at<float>({4}), 1.F);
  EXPECT_THROW(kt::Series(kt::Array::copy_of({nan, nan})).interpolated(), kt::ValueError);
}

TEST(Series, SplitsByTime) {
  const kt::Series series(numbers(10), kt::Array::arange(10));
  const auto [train, test] = series.split(0.3);
  EXPECT_EQ(train.size(), 7);
  EXPECT_EQ(test.values().at<float>({0}), 7.F);
  EXPECT_EQ(test.index()->at<int>({0}), 7);
  EXPECT_EQ(series.rows(-2, 10).size(), 2);
  EXPECT_THROW(series.split(0), kt::ValueError);
  EXPECT_THROW(series.split(0.01), kt::ValueError);
  EXPECT_THROW(series.rows(3, 3), kt::ValueError);
}

TEST(Series, RefusesWhatIsNone) {
  EXPECT_THROW(kt::Series(numbers(8).reshaped({2, 2, 2})), kt::ShapeError);
  EXPECT_THROW(kt::Series(numbers(8), numbers(7)), kt::ShapeError);
  EXPECT_THROW(kt::Series(numbers(0)), kt::ValueError);
  const kt::Series series(numbers(8));
  EXPECT_THROW(series.windows({}), kt::ValueError);
  EXPECT_THROW(series.windows({.length = 2, .horizon = 0}), kt::ValueError);
  EXPECT_THROW(series.windows({.length = 2, .stride = -1}), kt::ValueError);
  EXPECT_THROW(series.windows({.length = 2, .stride = 1, .streams = 2}), kt::ValueError);
  EXPECT_THROW(series.windows({.length = 2, .streams = 4}), kt::ValueError);  // 7 / 2 = 3 windows for 4 streams
  EXPECT_THROW(series.windows({.length = 2, .target_features = {1}}), kt::ValueError);
  EXPECT_THROW(series.scaled(1, 1), kt::ValueError);
  EXPECT_THROW(series.scaled(kt::Series::Scaling{{0.0}, {0.0}}), kt::ValueError);
  EXPECT_THROW(series.scaled(kt::Series::Scaling{{0.0, 1.0}, {1.0, 1.0}}), kt::ValueError);
}

}  // namespace

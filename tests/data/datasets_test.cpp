#include "keratin/data/datasets.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "keratin/core/error.h"

namespace {

namespace kt = keratin;

std::array<int, 3> classes_of(const kt::Array& y) {
  std::array<int, 3> counts{};
  for (const std::int32_t label : y.data<std::int32_t>()) ++counts.at(static_cast<std::size_t>(label));
  return counts;
}

// Sums of columns, as the published tables have them: splitting loses no row and mixes no column.
double column_sum(const kt::Split& split, std::int64_t column) {
  double sum = 0;
  for (const kt::Array* x : {&split.train.x, &split.test.x})
    for (std::int64_t row = 0; row < x->shape()[0]; ++row) sum += x->at<double>({row, column});
  return sum;
}

TEST(Datasets, IrisIsSplitByItsSpecies) {
  const kt::Split iris = kt::datasets::iris();
  EXPECT_EQ(iris.train.x.shape(), kt::Shape({120, 4}));
  EXPECT_EQ(iris.test.x.shape(), kt::Shape({30, 4}));
  EXPECT_EQ(iris.train.x.dtype(), kt::float32);
  EXPECT_EQ(classes_of(iris.train.y), (std::array{40, 40, 40}));
  EXPECT_EQ(classes_of(iris.test.y), (std::array{10, 10, 10}));
  EXPECT_NEAR(column_sum(iris, 0), 876.5, 1e-3);  // mean 5.8433
  EXPECT_NEAR(column_sum(iris, 3), 179.9, 1e-3);  // mean 1.1993
}

TEST(Datasets, WineIsSplitByItsGrowers) {
  const kt::Split wine = kt::datasets::wine();  // 59, 71 and 48 wines
  EXPECT_EQ(wine.train.x.shape(), kt::Shape({142, 13}));
  EXPECT_EQ(wine.test.x.shape(), kt::Shape({36, 13}));
  EXPECT_EQ(classes_of(wine.train.y), (std::array{47, 57, 38}));
  EXPECT_EQ(classes_of(wine.test.y), (std::array{12, 14, 10}));
  EXPECT_NEAR(column_sum(wine, 0) / 178, 13.0006, 1e-4);   // alcohol
  EXPECT_NEAR(column_sum(wine, 12) / 178, 746.893, 1e-3);  // proline
  EXPECT_EQ(wine.test.y.astype(kt::float32).reshaped({-1, 1}).shape(), kt::Shape({36, 1}));
}

TEST(Datasets, RowsAreMixedAndTheSeedDecidesHow) {
  const kt::Split first = kt::datasets::wine();
  EXPECT_EQ(kt::max_abs_difference(first.train.x, kt::datasets::wine().train.x), 0);
  EXPECT_GT(kt::max_abs_difference(first.train.x, kt::datasets::wine({.seed = 1}).train.x), 0);
  const auto labels = first.train.y.data<std::int32_t>();
  EXPECT_FALSE(std::ranges::is_sorted(labels));
  EXPECT_THROW(kt::datasets::iris({.test_share = 1}), kt::ValueError);
  EXPECT_THROW(kt::datasets::wine({.test_share = NAN}), kt::ValueError);
}

TEST(Datasets, DigitsAreThere) {
  const kt::Split digits = kt::datasets::digits();
  EXPECT_EQ(digits.train.x.shape(), kt::Shape({1438, 64}));
  EXPECT_EQ(digits.test.x.shape(), kt::Shape({359, 64}));
  EXPECT_NEAR(column_sum(digits, 2) / 1797, 5.2048, 1e-4);
  EXPECT_NEAR(column_sum(digits, 36) / 1797, 10.3016, 1e-4);
}

TEST(Datasets, SunspotsAreASeries) {
  const kt::Series series = kt::datasets::sunspots();
  ASSERT_EQ(series.size(), 309);
  EXPECT_EQ(series.features(), 1);
  EXPECT_EQ(series.index()->at<int>({0}), 1700);
  EXPECT_EQ(series.index()->at<int>({-1}), 2008);
  EXPECT_EQ(series.values().at<float>({1}), 11.F);  // 1701
  EXPECT_NEAR(series.values().at<double>({-1}), 2.9, 1e-6);
  EXPECT_EQ(series.missing(), 0);
}

TEST(Datasets, Co2HasGaps) {
  const kt::Series series = kt::datasets::co2();
  ASSERT_EQ(series.size(), 2284);
  EXPECT_EQ(series.index()->at<int>({0}), 19580329);
  EXPECT_NEAR(series.values().at<double>({0}), 316.1, 1e-4);
  EXPECT_EQ(series.missing(), 59);
  EXPECT_EQ(series.interpolated().missing(), 0);
}

}  // namespace

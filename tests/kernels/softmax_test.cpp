#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "core/cpu.h"
#include "kernels/softmax_loops.h"

namespace {

using keratin::core::CpuLevel;
using keratin::kernels::SoftmaxLoops;

std::vector<const SoftmaxLoops*> levels() {
  std::vector<const SoftmaxLoops*> all{&keratin::kernels::softmax_baseline};
  if (keratin::core::cpu_level() >= CpuLevel::avx2) all.push_back(&keratin::kernels::softmax_avx2);
  if (keratin::core::cpu_level() >= CpuLevel::avx512) all.push_back(&keratin::kernels::softmax_avx512);
  return all;
}

std::vector<float> numbers(std::int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> any(-9.0f, 9.0f);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = any(random);
  return values;
}

/// Σ |a·b|, or Σ |a| without b.
double sum_of_sizes(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(double{a[i]} * (b.empty() ? 1.0 : double{b[i]}));
  return sum;
}

/// What the loops give for one row, by the definitions in double.
struct Expected {
  std::vector<double> softmax;
  std::vector<double> log_softmax;
  std::vector<double> softmax_gradient;      ///< of y = x
  std::vector<double> log_softmax_gradient;  ///< of y = x
  double maximum;
  double sum = 0;
  double gradient_scale = 0;  ///< of what is added up and may cancel
  double log_gradient_scale = 0;

  Expected(std::span<const float> x, std::span<const float> dy) : maximum(*std::max_element(x.begin(), x.end())) {
    double dot = 0;
    double total = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      sum += std::exp(x[i] - maximum);
      dot += double{x[i]} * double{dy[i]};
      total += dy[i];
    }
    gradient_scale = 9.0 * (sum_of_sizes(x, dy) + 9.0);  // no number is beyond 9
    log_gradient_scale = 9.0 + std::exp(maximum) * sum_of_sizes(dy, {});
    for (std::size_t i = 0; i < x.size(); ++i) {
      softmax.push_back(std::exp(x[i] - maximum) / sum);
      log_softmax.push_back(x[i] - maximum - std::log(sum));
      softmax_gradient.push_back(x[i] * (dy[i] - dot));
      log_softmax_gradient.push_back(dy[i] - std::exp(double{x[i]}) * total);
    }
  }
};

void expect_near(std::span<const float> values, const std::vector<double>& expected, double scale) {
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(values[i], expected[i], 1e-6 * scale) << i;
}

class Softmax : public testing::TestWithParam<std::int64_t> {
 protected:
  static constexpr std::int64_t all_rows = 37;  ///< no multiple of what is worked on at a time
  std::int64_t n_ = GetParam();
  std::vector<float> x_ = numbers(all_rows * n_, 1);
  std::vector<float> dy_ = numbers(all_rows * n_, 2);

  std::span<const float> row(const std::vector<float>& of, std::int64_t index) const {
    return std::span(of).subspan(static_cast<std::size_t>(index * n_), static_cast<std::size_t>(n_));
  }
};

TEST_P(Softmax, AllLoopsFollowTheirDefinitions) {
  for (const SoftmaxLoops* const loops : levels()) {
    std::vector<float> softmax(x_.size());
    std::vector<float> log_softmax(x_.size());
    std::vector<float> gradient(x_.size());
    std::vector<float> log_gradient(x_.size());
    std::vector<float> maxima(all_rows);
    std::vector<float> sums(all_rows);
    loops->softmax(softmax.data(), x_.data(), all_rows, n_);
    loops->log_softmax(log_softmax.data(), x_.data(), all_rows, n_);
    loops->softmax_gradient(gradient.data(), x_.data(), dy_.data(), all_rows, n_);
    loops->log_softmax_gradient(log_gradient.data(), x_.data(), dy_.data(), all_rows, n_);
    loops->exp_sum(x_.data(), all_rows, n_, maxima.data(), sums.data());
    for (std::int64_t i = 0; i < all_rows; ++i) {
      const Expected expected(row(x_, i), row(dy_, i));
      expect_near(row(softmax, i), expected.softmax, 1.0);
      expect_near(row(log_softmax, i), expected.log_softmax, 20.0);
      expect_near(row(gradient, i), expected.softmax_gradient, expected.gradient_scale);
      expect_near(row(log_gradient, i), expected.log_softmax_gradient, expected.log_gradient_scale);
      EXPECT_EQ(maxima[static_cast<std::size_t>(i)], expected.maximum);
      EXPECT_NEAR(sums[static_cast<std::size_t>(i)], expected.sum, 1e-6 * expected.sum);
    }
  }
}

TEST_P(Softmax, ARowsBitsDontDependOnItsNeighbours) {
  for (const SoftmaxLoops* const loops : levels()) {
    std::vector<float> together(x_.size());
    std::vector<float> alone(x_.size());
    loops->softmax(together.data(), x_.data(), all_rows, n_);
    for (std::int64_t i = 0; i < all_rows; ++i) loops->softmax(alone.data() + i * n_, x_.data() + i * n_, 1, n_);
    EXPECT_EQ(together, alone);
  }
}

TEST_P(Softmax, NanStaysInItsRowAndInPlaceIsTheSame) {
  for (const SoftmaxLoops* const loops : levels()) {
    std::vector<float> clean(x_.size());
    loops->softmax(clean.data(), x_.data(), all_rows, n_);
    std::vector<float> dirty = x_;
    dirty[static_cast<std::size_t>(5 * n_)] = std::numeric_limits<float>::quiet_NaN();
    loops->softmax(dirty.data(), dirty.data(), all_rows, n_);
    for (std::size_t i = 0; i < dirty.size(); ++i) {
      if (static_cast<std::int64_t>(i) / n_ == 5) {
        EXPECT_TRUE(std::isnan(dirty[i])) << i;
      } else {
        EXPECT_EQ(dirty[i], clean[i]) << i;
      }
    }
  }
}

/// The other way round: columns of n_ numbers each.
TEST_P(Softmax, ColumnsFollowTheirDefinitionsToo) {
  constexpr std::int64_t columns = 3 * keratin::kernels::softmax_columns_grain;
  const auto column = [&](const std::vector<float>& of, std::int64_t index) {
    std::vector<float> values(static_cast<std::size_t>(n_));
    for (std::int64_t i = 0; i < n_; ++i)
      values[static_cast<std::size_t>(i)] = of[static_cast<std::size_t>(i * columns + index)];
    return values;
  };
  const std::vector<float> x = numbers(columns * n_, 3);
  const std::vector<float> dy = numbers(columns * n_, 4);
  for (const SoftmaxLoops* const loops : levels()) {
    std::vector<float> softmax = x;
    std::vector<float> gradient = dy;
    loops->softmax_columns(softmax.data(), n_, columns);
    loops->softmax_columns_gradient(x.data(), gradient.data(), n_, columns);
    for (std::int64_t i = 0; i < columns; ++i) {
      const Expected expected(column(x, i), column(dy, i));
      expect_near(column(softmax, i), expected.softmax, 1.0);
      expect_near(column(gradient, i), expected.softmax_gradient, expected.gradient_scale);
    }
  }
}

TEST_P(Softmax, NanStaysInItsColumn) {
  constexpr std::int64_t columns = keratin::kernels::softmax_columns_grain;
  const std::vector<float> x = numbers(columns * n_, 5);
  for (const SoftmaxLoops* const loops : levels()) {
    std::vector<float> clean = x;
    std::vector<float> dirty = x;
    dirty[5] = std::numeric_limits<float>::quiet_NaN();
    loops->softmax_columns(clean.data(), n_, columns);
    loops->softmax_columns(dirty.data(), n_, columns);
    for (std::size_t i = 0; i < dirty.size(); ++i) {
      if (i % columns == 5) {
        EXPECT_TRUE(std::isnan(dirty[i])) << i;
      } else {
        EXPECT_EQ(dirty[i], clean[i]) << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(RowLengths, Softmax, testing::Values(1, 2, 10, 16, 31, 32, 33, 100, 1500));

}  // namespace

#include "kernels/batch_norm/batch_norm.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory_resource>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "core/cpu.h"
#include "core/parallel.h"
#include "kernels/batch_norm/loops.h"

namespace {

using keratin::Shape;
using keratin::core::CpuLevel;
using keratin::core::Parallel;
using keratin::graph::KernelPtr;
using keratin::graph::KernelRequest;
using keratin::graph::Spec;
using keratin::kernels::BatchNormLoops;

using Numbers = std::vector<float>;

std::vector<const BatchNormLoops*> levels() {
  std::vector<const BatchNormLoops*> all{&keratin::kernels::batch_norm_baseline};
  if (keratin::core::cpu_level() >= CpuLevel::avx2) all.push_back(&keratin::kernels::batch_norm_avx2);
  if (keratin::core::cpu_level() >= CpuLevel::avx512) all.push_back(&keratin::kernels::batch_norm_avx512);
  return all;
}

Numbers numbers(std::int64_t count, unsigned seed, float middle = 0.0f) {
  std::mt19937 random(seed);
  std::normal_distribution<float> any(middle, 1.0f);
  Numbers values(static_cast<std::size_t>(count));
  for (float& value : values) value = any(random);
  return values;
}

std::vector<Numbers> run(const KernelPtr& kernel, const std::vector<const Numbers*>& inputs,
                         const std::vector<std::int64_t>& sizes, int threads) {
  std::vector<Numbers> results;
  std::vector<const std::byte*> from;
  std::vector<std::byte*> to;
  for (const Numbers* input : inputs) from.push_back(reinterpret_cast<const std::byte*>(input->data()));
  for (const std::int64_t size : sizes) results.emplace_back(static_cast<std::size_t>(size), 77.0f);
  for (Numbers& result : results) to.push_back(reinterpret_cast<std::byte*>(result.data()));
  std::vector<double> workspace(kernel->workspace_bytes() / sizeof(double) + 1,
                                std::numeric_limits<double>::quiet_NaN());
  Parallel parallel(threads);
  kernel->run({from, to, reinterpret_cast<std::byte*>(workspace.data()), parallel});
  return results;
}

/// mean, variance
std::vector<Numbers> moments(const Numbers& x, std::int64_t rows, std::int64_t channels, int threads) {
  const Spec input{keratin::float32, Shape{rows, channels}};
  const std::vector<Spec> outputs(2, Spec{keratin::float32, Shape{channels}});
  KernelRequest request;
  request.inputs = {&input, 1};
  request.outputs = outputs;
  request.threads = threads;
  request.memory = std::pmr::get_default_resource();
  return run(keratin::kernels::batch_moments_kernel(request), {&x}, {channels, channels}, threads);
}

struct Case {
  Numbers dy, x, mean, inverse, scale, y;
  std::int64_t rows;
  std::int64_t channels;

  Case(std::int64_t rows_, std::int64_t channels_)
      : dy(numbers(rows_ * channels_, 1)),
        x(numbers(rows_ * channels_, 2)),
        mean(numbers(channels_, 3)),
        inverse(numbers(channels_, 4)),
        scale(numbers(channels_, 5)),
        y(numbers(rows_ * channels_, 6)),
        rows(rows_),
        channels(channels_) {}

  /// dx, dscale, doffset
  std::vector<Numbers> gradient(bool relu, int threads) const {
    const Spec full{keratin::float32, Shape{rows, channels}};
    const Spec narrow{keratin::float32, Shape{channels}};
    std::vector<Spec> inputs{full, full, narrow, narrow, narrow};
    std::vector<const Numbers*> from{&dy, &x, &mean, &inverse, &scale};
    if (relu) {
      inputs.push_back(full);
      from.push_back(&y);
    }
    const std::vector<Spec> outputs{full, narrow, narrow};
    KernelRequest request;
    request.inputs = inputs;
    request.outputs = outputs;
    request.threads = threads;
    request.memory = std::pmr::get_default_resource();
    return run(keratin::kernels::batch_normalization_gradient_kernel(request), from,
               {rows * channels, channels, channels}, threads);
  }
};

void expect_near(double actual, double expected, double scale) {
  EXPECT_NEAR(actual, expected, 2e-6 * scale) << "of " << scale;
}

constexpr std::int64_t channel_counts[] = {1, 3, 8, 16, 17, 64, 100, 129, 256, 300};

TEST(BatchMoments, AreThoseOfTheDefinition) {
  for (const std::int64_t channels : channel_counts)
    for (const std::int64_t rows : {1, 2, 5, 63, 3001}) {
      SCOPED_TRACE(std::to_string(rows) + " rows of " + std::to_string(channels));
      const Numbers x = numbers(rows * channels, 7, 3.0f);
      const std::vector<Numbers> result = moments(x, rows, channels, 1);
      for (std::int64_t c = 0; c < channels; ++c) {
        double sum = 0;
        double squares = 0;
        for (std::int64_t r = 0; r < rows; ++r) sum += x[static_cast<std::size_t>(r * channels + c)];
        const double mean = sum / static_cast<double>(rows);
        for (std::int64_t r = 0; r < rows; ++r)
          squares += std::pow(x[static_cast<std::size_t>(r * channels + c)] - mean, 2);
        expect_near(result[0][static_cast<std::size_t>(c)], mean, 4.0);
        expect_near(result[1][static_cast<std::size_t>(c)], squares / static_cast<double>(rows), 1.0);
      }
    }
}

TEST(BatchMoments, KeepTheVarianceOfNumbersFarFromZero) {
  const std::int64_t rows = 40000;
  const Numbers x = numbers(rows, 7, 10000.0f);
  double sum = 0;
  double squares = 0;
  for (const float value : x) sum += value;
  for (const float value : x) squares += std::pow(value - sum / static_cast<double>(rows), 2);
  const double variance = squares / static_cast<double>(rows);
  EXPECT_NEAR(moments(x, rows, 1, 1)[1][0], variance, 1e-5 * variance);
}

TEST(BatchMoments, OfNoRowsAreNotNumbers) {
  const std::vector<Numbers> result = moments({}, 0, 3, 1);
  for (const Numbers& moment : result)
    for (const float value : moment) EXPECT_TRUE(std::isnan(value));
}

TEST(BatchNormalization, GivesTheSameBitsWithAnyNumberOfThreads) {
  for (const std::int64_t channels : {3, 64, 300}) {
    const Case c(5003, channels);
    EXPECT_EQ(moments(c.x, c.rows, c.channels, 1), moments(c.x, c.rows, c.channels, 3));
    EXPECT_EQ(c.gradient(true, 1), c.gradient(true, 3));
  }
}

TEST(BatchNormalizationGradient, IsThatOfTheDefinitionWithAndWithoutRelu) {
  for (const bool relu : {false, true})
    for (const std::int64_t channels : channel_counts)
      for (const std::int64_t rows : {1, 3, 64, 1001}) {
        SCOPED_TRACE(std::to_string(rows) + " rows of " + std::to_string(channels) + (relu ? ", relu" : ""));
        const Case k(rows, channels);
        const std::vector<Numbers> result = k.gradient(relu, 1);
        for (std::int64_t c = 0; c < channels; ++c) {
          const auto channel = static_cast<std::size_t>(c);
          const double inverse = k.inverse[channel];
          std::vector<double> flow;
          std::vector<double> hat;
          double sum = 0;
          double products = 0;
          double sizes = 1;
          for (std::int64_t r = 0; r < rows; ++r) {
            const auto at = static_cast<std::size_t>(r * channels + c);
            flow.push_back(relu && !(k.y[at] > 0.0f) ? 0.0 : k.dy[at]);
            hat.push_back((double{k.x[at]} - k.mean[channel]) * inverse);
            sum += flow.back();
            products += flow.back() * hat.back();
            sizes += std::abs(flow.back()) * (1 + std::abs(hat.back()));
          }
          expect_near(result[1][channel], products, sizes);
          expect_near(result[2][channel], sum, sizes);
          const auto n = static_cast<double>(rows);
          for (std::int64_t r = 0; r < rows; ++r) {
            const auto i = static_cast<std::size_t>(r);
            const double factor = inverse * k.scale[channel];
            const double expected = factor * (flow[i] - sum / n - hat[i] * products / n);
            const double scale = 1 + std::abs(factor) * (1 + sizes / n) * (1 + std::abs(hat[i]));
            expect_near(result[0][static_cast<std::size_t>(r * channels + c)], expected, scale);
          }
        }
      }
}

TEST(BatchNormLoops, OfAllInstructionSetsAgree) {
  const std::int64_t rows = 13;
  const std::int64_t width = 45;
  const std::int64_t stride = 50;
  const Numbers x = numbers(rows * stride, 1);
  const Numbers dy = numbers(rows * stride, 2);
  const Numbers mean = numbers(width, 3);
  std::vector<Numbers> first;
  for (const BatchNormLoops* level : levels()) {
    const auto& loops = level->of<float>();
    std::vector<Numbers> results(5, Numbers(static_cast<std::size_t>(width), 1.0f));
    loops.add(results[0].data(), x.data(), stride, rows, width);
    loops.add_squares(results[1].data(), x.data(), mean.data(), stride, rows, width);
    loops.add_products(results[2].data(), results[3].data(), dy.data(), x.data(), x.data(), mean.data(), stride, rows,
                       width);
    results[4].assign(static_cast<std::size_t>(rows * stride), 0.0f);
    const keratin::kernels::NormSlopes<float> slopes{mean.data(), x.data(), dy.data(), x.data() + width};
    loops.gradient(results[4].data(), dy.data(), x.data(), nullptr, slopes, stride, rows, width);
    if (first.empty()) first = results;
    for (std::size_t i = 0; i < results.size(); ++i)
      for (std::size_t j = 0; j < results[i].size(); ++j) EXPECT_NEAR(results[i][j], first[i][j], 2e-5);
  }
}

}  // namespace

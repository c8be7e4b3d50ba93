#include "kernels/random.h"

#include <cmath>
#include <cstddef>
#include <memory_resource>
#include <vector>

#include <gtest/gtest.h>

#include "core/parallel.h"
#include "core/philox.h"
#include "keratin/core/error.h"
#include "kernels/random_blocks.h"

namespace {

using keratin::core::CpuLevel;
using keratin::core::PhiloxKey;
using namespace keratin::graph;

constexpr PhiloxKey key{0xfffffff1u, 11};
constexpr std::uint64_t step = 0x300000009;

TEST(Random, EachInstructionSetGivesTheSameUniformBits) {
  for (const CpuLevel level : {CpuLevel::baseline, CpuLevel::avx2, CpuLevel::avx512}) {
    if (level > keratin::core::cpu_level()) continue;
    // 2³⁴ − 40: the blocks' numbers pass 32 bits within the range.
    for (const std::uint64_t first : {0ull, 1ull, 6ull, (1ull << 34) - 40}) {
      for (const std::size_t n : {0u, 1u, 63u, 64u, 67u, 1000u}) {
        std::vector<float> out(n);
        std::vector<float> expected(n);
        keratin::kernels::fill_uniform(level, out.data(), static_cast<std::int64_t>(n), key, step, first);
        keratin::core::fill_uniform(expected, key, step, first);
        EXPECT_EQ(out, expected) << "level " << static_cast<int>(level) << ", " << n << " from " << first;
      }
    }
  }
}

template <class T>
std::vector<T> run(KernelPtr (*make)(const KernelRequest&), std::int64_t n, int threads = 1) {
  const Attribute attribute{"key", Ints{key[0], key[1]}};
  const std::vector<Spec> inputs{{keratin::int64, {}}};
  const std::vector<Spec> outputs{{keratin::dtype_of<T>, {n}}};
  KernelRequest request;
  request.attributes = Attributes({&attribute, 1});
  request.inputs = inputs;
  request.outputs = outputs;
  request.memory = std::pmr::new_delete_resource();
  const KernelPtr kernel = make(request);
  std::vector<T> out(static_cast<std::size_t>(n));
  const std::byte* const in[] = {reinterpret_cast<const std::byte*>(&step)};
  std::byte* const results[] = {reinterpret_cast<std::byte*>(out.data())};
  keratin::core::Parallel parallel(threads);
  kernel->run({in, results, nullptr, parallel});
  return out;
}

TEST(Random, KernelsGiveTheElementsOfTheStream) {
  const std::int64_t n = 40001;
  for (const int threads : {1, 2, 3}) {
    const auto uniform = run<float>(keratin::kernels::random_uniform_kernel, n, threads);
    const auto normal = run<float>(keratin::kernels::random_normal_kernel, n, threads);
    for (std::size_t i = 0; i < uniform.size(); ++i) {
      ASSERT_EQ(uniform[i], keratin::core::uniform_at(key, step, i));
      ASSERT_EQ(normal[i], keratin::core::normal_at(key, step, i));
    }
  }
}

TEST(Random, DoublesAreTheSameNumbers) {
  const auto floats = run<float>(keratin::kernels::random_normal_kernel, 3000);
  const auto doubles = run<double>(keratin::kernels::random_normal_kernel, 3000, 2);
  for (std::size_t i = 0; i < floats.size(); ++i) ASSERT_EQ(doubles[i], static_cast<double>(floats[i]));
}

TEST(Random, TruncatedNormalNumbersAreTheNormalOnesWithinTwoDeviations) {
  const std::int64_t n = 200000;
  const auto normal = run<float>(keratin::kernels::random_normal_kernel, n);
  const auto truncated = run<float>(keratin::kernels::truncated_normal_kernel, n);
  EXPECT_EQ(truncated, run<float>(keratin::kernels::truncated_normal_kernel, n, 2));
  double square = 0;
  double mean = 0;
  for (std::size_t i = 0; i < normal.size(); ++i) {
    ASSERT_LE(std::abs(truncated[i]), 2.0f);
    if (std::abs(normal[i]) <= 2.0f) {
      ASSERT_EQ(truncated[i], normal[i]);
    }
    mean += truncated[i];
    square += static_cast<double>(truncated[i]) * truncated[i];
  }
  // The variance of a normal distribution cut at two deviations.
  const double variance = 1.0 - 4.0 * std::exp(-2.0) / std::sqrt(2.0 * std::acos(-1.0)) / std::erf(std::sqrt(2.0));
  EXPECT_NEAR(mean / static_cast<double>(n), 0.0, 5.0 * std::sqrt(variance / static_cast<double>(n)));
  EXPECT_NEAR(square / static_cast<double>(n), variance, 0.01);
}

TEST(Random, OtherDtypesAreRefused) {
  EXPECT_THROW(run<std::int32_t>(keratin::kernels::random_uniform_kernel, 3), keratin::DTypeError);
}

}  // namespace

#include "kernels/elementwise/loops.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory_resource>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/cpu.h"
#include "core/half.h"
#include "core/parallel.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/scalar_reference.h"

namespace {

using keratin::DType;
using keratin::core::CpuLevel;
using keratin::graph::ScalarOp;
using keratin::kernels::elementwise_kernel;
using keratin::kernels::find_loop;
using keratin::test::reference;

constexpr float infinity = std::numeric_limits<float>::infinity();

std::vector<CpuLevel> levels() {
  std::vector<CpuLevel> all;
  for (const CpuLevel level : {CpuLevel::baseline, CpuLevel::avx2, CpuLevel::avx512})
    if (level <= keratin::core::cpu_level()) all.push_back(level);
  return all;
}

/// Numbers where functions change their ways, and all magnitudes of both signs.
std::vector<float> special_floats() {
  std::vector<float> values{0.0f,           -0.0f,       1.0f,        -1.0f,      0.5f,   -0.5f,          2.0f,
                            -2.0f,          3.0f,        -3.0f,       1.5f,       2.5f,   -2.5f,          infinity,
                            -infinity,      NAN,         1e-45f,      -1e-45f,    1e-39f, 1.1754944e-38f, 3.4028235e38f,
                            -3.4028235e38f, 88.0f,       88.72283f,   88.73f,     -87.4f, -103.9f,        -104.1f,
                            16777216.0f,    8388609.0f,  1e6f,        -1e6f,      2e6f,   3.14159274f,    1.57079637f,
                            0.70710678f,    1.41421354f, 0.99999994f, 1.0000001f, 4.0f,   10.0f};
  for (int exponent = -149; exponent < 128; exponent += 2)
    for (const float mantissa : {1.0f, -1.37f, 1.83f}) values.push_back(std::ldexp(mantissa, exponent));
  return values;
}

std::vector<float> many_floats() {
  std::vector<float> values = special_floats();
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    const auto bits = static_cast<std::uint32_t>(random());
    float any = 0;
    std::memcpy(&any, &bits, sizeof any);
    values.push_back(any);
    values.push_back(std::uniform_real_distribution<float>(-12.0f, 12.0f)(random));
    values.push_back(std::uniform_real_distribution<float>(-1.1f, 1.1f)(random));
    values.push_back(std::uniform_real_distribution<float>(-110.0f, 110.0f)(random));
  }
  return values;
}

/// |got − expected| in units of the last place of the float next to `expected`.
double ulps(float got, double expected) {
  const auto nearest = static_cast<float>(expected);
  if (std::isnan(expected)) return std::isnan(got) ? 0.0 : 1e9;
  if (std::isinf(nearest) || std::isinf(got)) return got == nearest ? 0.0 : 1e9;
  if (std::isnan(got)) return 1e9;
  const int exponent = nearest == 0.0f ? -149 : std::max(std::ilogb(nearest) - 23, -149);
  return std::abs(static_cast<double>(got) - expected) / std::ldexp(1.0, exponent);
}

double allowed_ulps(ScalarOp op) {
  switch (op) {
    case ScalarOp::rsqrt:
    case ScalarOp::exp:
    case ScalarOp::log:
    case ScalarOp::log1p:
    case ScalarOp::atan2:
      return 1.5;
    case ScalarOp::expm1:
    case ScalarOp::sigmoid:
    case ScalarOp::softplus:
    case ScalarOp::erf:
      return 2.5;
    case ScalarOp::tanh:
      return 3.0;
    default:
      return op >= ScalarOp::log2 && op <= ScalarOp::atanh ? 2.5 : 0.51;
  }
}

template <class R>
std::vector<R> run(CpuLevel level, ScalarOp op, DType result, const std::vector<float>& a,
                   const std::vector<float>& b) {
  std::vector<R> out(a.size());
  const auto loop = find_loop(level, op, keratin::float32, result);
  if (loop == nullptr) {
    ADD_FAILURE() << "no loop for " << name_of(op);
    return out;
  }
  loop(out.data(), a.data(), b.data(), nullptr, static_cast<std::int64_t>(a.size()));
  return out;
}

void check_floats(ScalarOp op, const std::vector<float>& a, const std::vector<float>& b) {
  for (const CpuLevel level : levels()) {
    const std::vector<float> got = run<float>(level, op, keratin::float32, a, b);
    double worst = 0;
    std::size_t where = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double error = ulps(got[i], reference(op, a[i], b[i]));
      if (error > worst) where = i;
      worst = std::max(worst, error);
    }
    EXPECT_LE(worst, allowed_ulps(op)) << name_of(op) << '(' << a[where] << ", " << b[where] << ") = " << got[where]
                                       << " at level " << static_cast<int>(level);
  }
}

void check_truths(ScalarOp op, const std::vector<float>& a, const std::vector<float>& b) {
  for (const CpuLevel level : levels()) {
    const auto got = run<std::uint8_t>(level, op, keratin::boolean, a, b);
    for (std::size_t i = 0; i < a.size(); ++i)
      ASSERT_EQ(got[i], reference(op, a[i], b[i])) << name_of(op) << '(' << a[i] << ", " << b[i] << ')';
  }
}

bool gives_truth(ScalarOp op) {
  return (op >= ScalarOp::isnan && op <= ScalarOp::logical_not) || (op >= ScalarOp::equal && op < ScalarOp::select);
}

TEST(FloatLoops, UnaryOpsMatchDoublePrecision) {
  const std::vector<float> values = many_floats();
  for (auto op = ScalarOp::negative; op <= ScalarOp::logical_not; op = static_cast<ScalarOp>(static_cast<int>(op) + 1))
    gives_truth(op) ? check_truths(op, values, values) : check_floats(op, values, values);
}

TEST(FloatLoops, BinaryOpsMatchDoublePrecision) {
  const std::vector<float> specials = special_floats();
  std::vector<float> a = many_floats();
  std::vector<float> b = a;
  std::shuffle(b.begin(), b.end(), std::mt19937(2));
  for (const float x : specials) {
    a.insert(a.end(), specials.size(), x);
    b.insert(b.end(), specials.begin(), specials.end());
  }
  for (auto op = ScalarOp::add; op < ScalarOp::select; op = static_cast<ScalarOp>(static_cast<int>(op) + 1))
    gives_truth(op) ? check_truths(op, a, b) : check_floats(op, a, b);
}

// Each position of a vector and of what is left over computes the same.
TEST(FloatLoops, GiveTheSameBitsForAnyLength) {
  const std::vector<float> values = many_floats();
  for (const ScalarOp op : {ScalarOp::exp, ScalarOp::tanh, ScalarOp::sin, ScalarOp::erf, ScalarOp::log1p}) {
    for (const CpuLevel level : levels()) {
      const auto loop = find_loop(level, op, keratin::float32, keratin::float32);
      const std::vector<float> whole = run<float>(level, op, keratin::float32, values, values);
      std::vector<float> pieces(values.size());
      for (std::size_t at = 0, n = 1; at < values.size(); at += n, n = n % 37 + 1)
        loop(&pieces[at], &values[at], nullptr, nullptr, static_cast<std::int64_t>(std::min(n, values.size() - at)));
      EXPECT_EQ(std::memcmp(whole.data(), pieces.data(), whole.size() * sizeof(float)), 0) << name_of(op);
    }
  }
}

TEST(FloatLoops, SelectTakesEitherSide) {
  const std::vector<float> a{1, 2, 3, 4, 5, 6, 7, 8, 9};
  const std::vector<float> b{-1, -2, -3, -4, -5, -6, -7, -8, -9};
  const std::vector<std::uint8_t> condition{1, 0, 0, 1, 1, 0, 1, 0, 1};
  for (const CpuLevel level : levels()) {
    std::vector<float> out(a.size());
    find_loop(level, ScalarOp::select, keratin::float32, keratin::float32)(out.data(), condition.data(), a.data(),
                                                                           b.data(), 9);
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(out[i], condition[i] != 0 ? a[i] : b[i]);
  }
}

TEST(DoubleLoops, MatchTheCLibrary) {
  std::vector<double> a;
  for (const float value : many_floats()) a.push_back(static_cast<double>(value) * 1.0000000001);
  std::vector<double> b = a;
  std::shuffle(b.begin(), b.end(), std::mt19937(3));
  std::vector<double> out(a.size());
  for (auto op = ScalarOp::negative; op < ScalarOp::select; op = static_cast<ScalarOp>(static_cast<int>(op) + 1)) {
    if (gives_truth(op)) continue;
    const auto loop = find_loop(CpuLevel::baseline, op, keratin::float64, keratin::float64);
    ASSERT_NE(loop, nullptr) << name_of(op);
    loop(out.data(), a.data(), b.data(), nullptr, static_cast<std::int64_t>(a.size()));
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double expected = reference(op, a[i], b[i]);
      if (std::isnan(expected)) {
        ASSERT_TRUE(std::isnan(out[i])) << name_of(op) << '(' << a[i] << ", " << b[i] << ')';
      } else if (expected != out[i]) {
        ASSERT_NEAR(out[i], expected, 1e-15 * std::abs(expected)) << name_of(op) << '(' << a[i] << ", " << b[i] << ')';
      }
    }
  }
}

/// The kernel of an op on so many bfloat16: there are no loops for them, they are cast.
void run_bfloat16(ScalarOp op, const std::vector<keratin::BFloat16>& a, const std::vector<keratin::BFloat16>& b,
                  std::vector<keratin::BFloat16>& out) {
  const keratin::graph::Spec spec{keratin::bfloat16, {static_cast<std::int64_t>(a.size())}};
  const std::array<keratin::graph::Spec, 2> inputs{spec, spec};
  keratin::graph::KernelRequest request;
  request.inputs = std::span(inputs).first(static_cast<std::size_t>(keratin::graph::arguments_of(op)));
  request.outputs = {&spec, 1};
  request.memory = std::pmr::new_delete_resource();
  const auto kernel = elementwise_kernel(request, op);
  const std::array<const std::byte*, 2> from{reinterpret_cast<const std::byte*>(a.data()),
                                             reinterpret_cast<const std::byte*>(b.data())};
  std::byte* const to = reinterpret_cast<std::byte*>(out.data());
  keratin::core::Parallel parallel(1);
  kernel->run({from, {&to, 1}, nullptr, parallel});
}

// Computed as float, rounded once: within half a place of the last of bfloat16's eight bits.
TEST(BFloat16Loops, MatchDoublePrecisionRounded) {
  std::vector<keratin::BFloat16> a;
  for (const float value : many_floats()) a.push_back(keratin::core::to_bfloat16(value));
  std::vector<keratin::BFloat16> b = a;
  std::shuffle(b.begin(), b.end(), std::mt19937(4));
  std::vector<keratin::BFloat16> out(a.size());
  for (auto op = ScalarOp::negative; op < ScalarOp::select; op = static_cast<ScalarOp>(static_cast<int>(op) + 1)) {
    if (gives_truth(op)) continue;
    run_bfloat16(op, a, b, out);
    for (std::size_t i = 0; i < a.size(); ++i) {
      const float x = keratin::core::to_float(a[i]);
      const float y = keratin::core::to_float(b[i]);
      const float got = keratin::core::to_float(out[i]);
      const double expected = reference(op, x, y);
      // Where a float's rounding could hardly matter: normal numbers below the largest.
      if (std::abs(expected) > 3e38 || std::isnan(expected)) {
        ASSERT_EQ(std::isnan(got), std::isnan(expected)) << name_of(op) << '(' << x << ", " << y << ')';
      } else if (std::abs(expected) > 1e-37) {
        ASSERT_LE(std::abs(got - expected), std::ldexp(0.5001, std::ilogb(expected) - 7))
            << name_of(op) << '(' << x << ", " << y << ')';
      }
    }
  }
}

TEST(Loops, ThereIsNoneWhereAnOpHasNoMeaning) {
  const CpuLevel level = CpuLevel::baseline;
  EXPECT_EQ(find_loop(level, ScalarOp::none, keratin::float32, keratin::float32), nullptr);
  EXPECT_EQ(find_loop(level, ScalarOp::exp, keratin::int32, keratin::int32), nullptr);
  EXPECT_EQ(find_loop(level, ScalarOp::add, keratin::float32, keratin::float64), nullptr);
  EXPECT_EQ(find_loop(level, ScalarOp::less, keratin::float32, keratin::float32), nullptr);
  EXPECT_EQ(find_loop(level, ScalarOp::add, keratin::string, keratin::string), nullptr);
  EXPECT_EQ(find_loop(level, ScalarOp::cast, keratin::string, keratin::float32), nullptr);
}

}  // namespace

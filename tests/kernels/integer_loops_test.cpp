// Integers, truth values and casts: wrapping, Python's division, what a cast does at the ends of a type.
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include "core/cpu.h"
#include "core/element_convert.h"
#include "core/half.h"
#include "kernels/elementwise/loops.h"
#include "kernels/scalar_reference.h"

namespace {

using keratin::DType;
using keratin::dtype_of;
using keratin::core::CpuLevel;
using keratin::graph::ScalarOp;
using keratin::kernels::find_loop;

template <class T>
class IntegerLoops : public testing::Test {};
using Integers = testing::Types<std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t,
                                std::uint32_t, std::uint64_t>;
TYPED_TEST_SUITE(IntegerLoops, Integers);

/// Pairs of small numbers, of the type's ends, and random ones.
template <class T>
void fill_pairs(std::vector<T>& a, std::vector<T>& b) {
  using Limits = std::numeric_limits<T>;
  std::vector<T> values{Limits::min(), Limits::max(), static_cast<T>(Limits::max() - 1)};
  for (int i = -9; i < 10; ++i) values.push_back(static_cast<T>(i));
  std::mt19937_64 random(5);
  for (int i = 0; i < 20; ++i) values.push_back(static_cast<T>(random()));
  for (const T x : values) {
    a.insert(a.end(), values.size(), x);
    b.insert(b.end(), values.begin(), values.end());
  }
}

template <class T, class R = T>
std::vector<R> run(CpuLevel level, ScalarOp op, const std::vector<T>& a, const std::vector<T>& b) {
  std::vector<R> out(a.size());
  const auto loop = find_loop(level, op, dtype_of<T>, std::is_same_v<R, T> ? dtype_of<T> : keratin::boolean);
  if (loop == nullptr) {
    ADD_FAILURE() << "no loop for " << name_of(op);
    return out;
  }
  loop(out.data(), a.data(), b.data(), nullptr, static_cast<std::int64_t>(a.size()));
  return out;
}

std::vector<CpuLevel> levels() {
  std::vector<CpuLevel> all;
  for (const CpuLevel level : {CpuLevel::baseline, CpuLevel::avx2, CpuLevel::avx512})
    if (level <= keratin::core::cpu_level()) all.push_back(level);
  return all;
}

// In 64 bits, cut to the type: what arithmetic modulo 2ⁿ is.
TYPED_TEST(IntegerLoops, ArithmeticWraps) {
  using T = TypeParam;
  std::vector<T> a;
  std::vector<T> b;
  fill_pairs(a, b);
  for (const CpuLevel level : levels()) {
    const auto sums = run(level, ScalarOp::add, a, b);
    const auto differences = run(level, ScalarOp::subtract, a, b);
    const auto products = run(level, ScalarOp::multiply, a, b);
    const auto squares = run(level, ScalarOp::square, a, b);
    const auto negatives = run(level, ScalarOp::negative, a, b);
    const auto magnitudes = run(level, ScalarOp::absolute, a, b);
    for (std::size_t i = 0; i < a.size(); ++i) {
      const auto x = static_cast<std::uint64_t>(a[i]);
      const auto y = static_cast<std::uint64_t>(b[i]);
      ASSERT_EQ(sums[i], static_cast<T>(x + y));
      ASSERT_EQ(differences[i], static_cast<T>(x - y));
      ASSERT_EQ(products[i], static_cast<T>(x * y));
      ASSERT_EQ(squares[i], static_cast<T>(x * x));
      ASSERT_EQ(negatives[i], static_cast<T>(0 - x));
      ASSERT_EQ(magnitudes[i], a[i] < T{0} ? static_cast<T>(0 - x) : a[i]);
    }
  }
}

// a = b·quotient + rest, with a rest of the divisor's sign that is smaller than it.
TYPED_TEST(IntegerLoops, DivideAsPython) {
  using T = TypeParam;
  std::vector<T> a;
  std::vector<T> b;
  fill_pairs(a, b);
  for (const CpuLevel level : levels()) {
    const auto quotients = run(level, ScalarOp::floor_divide, a, b);
    const auto rests = run(level, ScalarOp::mod, a, b);
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (b[i] == T{0}) {
        ASSERT_EQ(quotients[i], T{0});
        ASSERT_EQ(rests[i], T{0});
        continue;
      }
      const auto back = static_cast<std::uint64_t>(b[i]) * static_cast<std::uint64_t>(quotients[i]) +
                        static_cast<std::uint64_t>(rests[i]);
      ASSERT_EQ(static_cast<T>(back), a[i]) << +a[i] << " / " << +b[i];
      if (b[i] > T{0}) {
        ASSERT_TRUE(rests[i] >= T{0} && rests[i] < b[i]) << +a[i] << " % " << +b[i];
      } else {
        ASSERT_TRUE(rests[i] <= T{0} && rests[i] > b[i]) << +a[i] << " % " << +b[i];
      }
    }
  }
}

TYPED_TEST(IntegerLoops, ComparisonsAndLogicMatchPlainOnes) {
  using T = TypeParam;
  std::vector<T> a;
  std::vector<T> b;
  fill_pairs(a, b);
  const auto check = [&](ScalarOp op, auto expected) {
    for (const CpuLevel level : levels()) {
      std::vector<std::uint8_t> out(a.size());
      find_loop(level, op, dtype_of<T>, keratin::boolean)(out.data(), a.data(), b.data(), nullptr,
                                                          static_cast<std::int64_t>(a.size()));
      for (std::size_t i = 0; i < a.size(); ++i)
        ASSERT_EQ(out[i], expected(a[i], b[i]) ? 1 : 0) << name_of(op) << ' ' << +a[i] << ' ' << +b[i];
    }
  };
  check(ScalarOp::equal, [](T x, T y) { return x == y; });
  check(ScalarOp::not_equal, [](T x, T y) { return x != y; });
  check(ScalarOp::less, [](T x, T y) { return x < y; });
  check(ScalarOp::less_equal, [](T x, T y) { return x <= y; });
  check(ScalarOp::greater, [](T x, T y) { return x > y; });
  check(ScalarOp::greater_equal, [](T x, T y) { return x >= y; });
  check(ScalarOp::logical_and, [](T x, T y) { return x != 0 && y != 0; });
  check(ScalarOp::logical_or, [](T x, T y) { return x != 0 || y != 0; });
  check(ScalarOp::logical_xor, [](T x, T y) { return (x != 0) != (y != 0); });
  check(ScalarOp::logical_not, [](T x, T) { return x == 0; });
  check(ScalarOp::isnan, [](T, T) { return false; });
  check(ScalarOp::isinf, [](T, T) { return false; });
  check(ScalarOp::isfinite, [](T, T) { return true; });
}

TYPED_TEST(IntegerLoops, PowersExtremesAndSignsMatchPlainOnes) {
  using T = TypeParam;
  std::vector<T> a;
  std::vector<T> b;
  fill_pairs(a, b);
  for (const CpuLevel level : levels()) {
    const auto larger = run(level, ScalarOp::maximum, a, b);
    const auto smaller = run(level, ScalarOp::minimum, a, b);
    const auto signs = run(level, ScalarOp::sign, a, b);
    const auto positive = run(level, ScalarOp::relu, a, b);
    const auto rounded = run(level, ScalarOp::round, a, b);
    const auto powers = run(level, ScalarOp::power, a, b);
    for (std::size_t i = 0; i < a.size(); ++i) {
      ASSERT_EQ(larger[i], std::max(a[i], b[i]));
      ASSERT_EQ(smaller[i], std::min(a[i], b[i]));
      ASSERT_EQ(signs[i], static_cast<T>((a[i] > 0) - (a[i] < 0)));
      ASSERT_EQ(positive[i], std::max(a[i], T{0}));
      ASSERT_EQ(rounded[i], a[i]);
      if (b[i] > T{9}) continue;
      std::uint64_t power = 1;
      for (T n = 0; n < b[i]; ++n) power *= static_cast<std::uint64_t>(a[i]);
      if (b[i] < T{0}) {  // 1/aⁿ, cut to an integer
        const bool minus_one = a[i] == static_cast<T>(-1) && b[i] % 2 != 0;
        power = a[i] != T{1} && a[i] != static_cast<T>(-1) ? 0 : minus_one ? ~std::uint64_t{0} : 1;
      }
      ASSERT_EQ(powers[i], static_cast<T>(power)) << +a[i] << " ** " << +b[i];
    }
  }
}

TEST(BooleanLoops, SumsAreOrAndProductsAnd) {
  const std::vector<std::uint8_t> a{0, 0, 1, 1};
  const std::vector<std::uint8_t> b{0, 1, 0, 1};
  const auto run_boolean = [&](ScalarOp op) {
    std::vector<std::uint8_t> out(4);
    find_loop(keratin::core::cpu_level(), op, keratin::boolean, keratin::boolean)(out.data(), a.data(), b.data(),
                                                                                  nullptr, 4);
    return out;
  };
  EXPECT_EQ(run_boolean(ScalarOp::add), (std::vector<std::uint8_t>{0, 1, 1, 1}));
  EXPECT_EQ(run_boolean(ScalarOp::multiply), (std::vector<std::uint8_t>{0, 0, 0, 1}));
  EXPECT_EQ(run_boolean(ScalarOp::maximum), run_boolean(ScalarOp::logical_or));
  EXPECT_EQ(run_boolean(ScalarOp::minimum), run_boolean(ScalarOp::logical_and));
  EXPECT_EQ(run_boolean(ScalarOp::logical_xor), (std::vector<std::uint8_t>{0, 1, 1, 0}));
}

template <class To, class From>
std::vector<To> cast(const std::vector<From>& values) {
  std::vector<To> out(values.size());
  for (const CpuLevel level : levels()) {
    const auto loop = find_loop(level, ScalarOp::cast, dtype_of<From>, dtype_of<To>);
    if (loop == nullptr) {
      ADD_FAILURE();
      return out;
    }
    loop(out.data(), values.data(), nullptr, nullptr, static_cast<std::int64_t>(values.size()));
  }
  return out;
}

TEST(Casts, FloatsTruncateAndStopAtTheEnds) {
  const std::vector<float> values{1.9f, -1.9f, 3e9f, -3e9f, NAN, INFINITY, -0.5f, 300.0f};
  constexpr auto top = std::numeric_limits<std::int32_t>::max();
  constexpr auto bottom = std::numeric_limits<std::int32_t>::min();
  EXPECT_EQ((cast<std::int32_t>(values)), (std::vector<std::int32_t>{1, -1, top, bottom, 0, top, 0, 300}));
  EXPECT_EQ((cast<std::uint8_t>(values)), (std::vector<std::uint8_t>{1, 0, 255, 0, 0, 255, 0, 255}));
}

TEST(Casts, HalfPrecisionRoundsToEvenAndComesBackExactly) {
  std::vector<float> values;
  std::mt19937 random(9);
  for (int i = 0; i < 3000; ++i)
    values.push_back(std::ldexp(std::uniform_real_distribution<float>(-2, 2)(random), i % 60 - 30));
  const auto brain = cast<keratin::BFloat16>(values);
  const auto half = cast<keratin::Float16>(values);
  const auto brain_back = cast<float>(brain);
  const auto half_back = cast<float>(half);
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_LE(std::abs(brain_back[i] - values[i]), std::ldexp(1.0f, std::ilogb(values[i]) - 8));
    if (std::abs(values[i]) < 60000.0f && std::abs(values[i]) > 1e-4f) {
      EXPECT_LE(std::abs(half_back[i] - values[i]), std::ldexp(1.0f, std::ilogb(values[i]) - 11));
    }
  }
  EXPECT_EQ((cast<float>(cast<keratin::BFloat16>(std::vector<float>{1.00390625f, 1.01171875f}))),
            (std::vector<float>{1.0f, 1.015625f}));
}

TEST(Casts, EveryNumberTypeConvertsToEveryOther) {
  const DType types[] = {keratin::boolean,  keratin::uint8,   keratin::uint16, keratin::uint32, keratin::uint64,
                         keratin::int8,     keratin::int16,   keratin::int32,  keratin::int64,  keratin::float16,
                         keratin::bfloat16, keratin::float32, keratin::float64};
  for (const DType from : types) {
    for (const DType to : types) {
      for (const CpuLevel level : levels()) {
        const auto there = find_loop(level, ScalarOp::cast, keratin::float32, from);
        const auto loop = find_loop(level, ScalarOp::cast, from, to);
        const auto back = find_loop(level, ScalarOp::cast, to, keratin::float32);
        ASSERT_TRUE(there != nullptr && loop != nullptr && back != nullptr);
        float values[33];
        alignas(8) std::byte x[33 * 8];
        alignas(8) std::byte y[33 * 8];
        for (int i = 0; i < 33; ++i) values[i] = static_cast<float>(i % 2);
        there(x, values, nullptr, nullptr, 33);
        loop(y, x, nullptr, nullptr, 33);
        for (float& value : values) value = -1.0f;
        back(values, y, nullptr, nullptr, 33);
        for (int i = 0; i < 33; ++i) ASSERT_EQ(values[i], static_cast<float>(i % 2)) << name_of(from) << name_of(to);
      }
    }
  }
}

}  // namespace

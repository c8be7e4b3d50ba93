#include "kernels/matmul.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory_resource>
#include <random>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include "core/half.h"
#include "core/parallel.h"
#include "keratin/core/memory.h"
#include "keratin/core/shape.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KERATIN_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define KERATIN_SANITIZED 1
#endif
#endif

namespace {

using keratin::BFloat16;
using keratin::DType;
using keratin::Shape;
using keratin::core::Parallel;
using keratin::graph::Attribute;
using keratin::graph::KernelPtr;
using keratin::graph::Spec;

/// A product with its operands and a reference computed in double.
struct Case {
  Shape a;
  Shape b;
  Shape c;
  bool transpose_a = false;
  bool transpose_b = false;
  bool bias = false;
  std::string activation = "linear";

  std::int64_t m() const { return c[-2]; }
  std::int64_t n() const { return c[-1]; }
  std::int64_t k() const { return transpose_a ? a[-2] : a[-1]; }
  std::string text() const {
    return to_string(a) + (transpose_a ? "ᵀ" : "") + " · " + to_string(b) + (transpose_b ? "ᵀ" : "") +
           (bias ? " + bias" : "") + ' ' + activation;
  }
};

Case matrices(std::int64_t m, std::int64_t n, std::int64_t k, bool transpose_a = false, bool transpose_b = false) {
  return {.a = transpose_a ? Shape{k, m} : Shape{m, k},
          .b = transpose_b ? Shape{n, k} : Shape{k, n},
          .c = {m, n},
          .transpose_a = transpose_a,
          .transpose_b = transpose_b};
}

double activated(const std::string& name, double x) {
  if (name == "relu") return std::max(x, 0.0);
  if (name == "tanh") return std::tanh(x);
  if (name == "sigmoid") return 1 / (1 + std::exp(-x));
  if (name == "elu") return x > 0 ? x : std::expm1(x);
  if (name == "gelu") return x * 0.5 * (1 + std::erf(x / std::sqrt(2.0)));
  if (name == "softplus") return std::log1p(std::exp(-std::abs(x))) + std::max(x, 0.0);
  if (name == "silu") return x / (1 + std::exp(-x));
  return x;
}

template <class T>
std::vector<T> numbers(std::size_t count, unsigned seed) {
  std::minstd_rand generator(seed);
  std::vector<T> values(count);
  for (T& value : values) {
    const auto x = static_cast<double>(generator() % 2001) / 1000 - 1;
    if constexpr (std::is_same_v<T, BFloat16>) {
      value = keratin::core::to_bfloat16(x);
    } else {
      value = static_cast<T>(std::is_integral_v<T> ? x * 50 : x);
    }
  }
  return values;
}

/// What the results of products are: those of bfloat16 are summed in float32, and stay it, as is what is added to them.
template <class T>
using Result = std::conditional_t<std::is_same_v<T, BFloat16>, float, T>;

template <class T>
struct Data {
  std::vector<T> a;
  std::vector<T> b;
  std::vector<Result<T>> bias;

  explicit Data(const Case& c)
      : a(numbers<T>(static_cast<std::size_t>(c.a.elements()), 1)),
        b(numbers<T>(static_cast<std::size_t>(c.b.elements()), 2)),
        bias(numbers<Result<T>>(static_cast<std::size_t>(c.n()), 3)) {}
};

/// The kernel of a case, and what running it takes.
template <class T, class R = Result<T>>
class Runner {
 public:
  Runner(const Case& c, int threads) : case_(c) {
    const DType dtype = keratin::dtype_of<T>;
    std::vector<Spec> inputs{{dtype, c.a}, {dtype, c.b}};
    if (c.bias) inputs.push_back({keratin::dtype_of<Result<T>>, Shape{c.n()}});
    const Spec output{keratin::dtype_of<R>, c.c};
    const std::vector<Attribute> attributes{
        {"transpose_a", c.transpose_a}, {"transpose_b", c.transpose_b}, {"activation", std::string_view(c.activation)}};
    kernel_ = keratin::kernels::matmul_kernel({.attributes = keratin::graph::Attributes(attributes),
                                               .inputs = inputs,
                                               .outputs = std::span(&output, 1),
                                               .threads = threads,
                                               .memory = std::pmr::new_delete_resource()});
  }

  /// Runs with a workspace of exactly what was asked for, between guards, and outputs that held rubbish.
  std::vector<R> run(const Data<T>& data, Parallel& parallel) const {
    constexpr std::size_t guard = 4096;
    const std::size_t bytes = kernel_->workspace_bytes();
    const std::size_t size = (bytes + 2 * guard + 63) / 64 * 64;
    auto* const block = static_cast<std::byte*>(std::pmr::new_delete_resource()->allocate(size, 64));
    std::memset(block, 0xa5, size);
    std::vector<R> c(static_cast<std::size_t>(case_.c.elements()), numbers<R>(1, 77).front());
    const std::byte* const inputs[] = {reinterpret_cast<const std::byte*>(data.a.data()),
                                       reinterpret_cast<const std::byte*>(data.b.data()),
                                       reinterpret_cast<const std::byte*>(data.bias.data())};
    std::byte* const outputs[] = {reinterpret_cast<std::byte*>(c.data())};
    kernel_->run({.inputs = std::span(inputs, case_.bias ? 3 : 2),
                  .outputs = outputs,
                  .workspace = block + guard,
                  .parallel = parallel});
    const auto untouched = [](std::byte byte) { return byte == std::byte{0xa5}; };
    EXPECT_TRUE(std::all_of(block, block + guard, untouched)) << "wrote in front of the workspace: " << case_.text();
    EXPECT_TRUE(std::all_of(block + guard + bytes, block + size, untouched))
        << "wrote behind the workspace: " << case_.text();
    std::pmr::new_delete_resource()->deallocate(block, size, 64);
    return c;
  }

 private:
  Case case_;
  KernelPtr kernel_;
};

/// Index of the matrix that an operand of this shape uses for item `item` of the output.
std::int64_t matrix_of(const Shape& operand, const Shape& output, std::int64_t item) {
  std::int64_t index = 0;
  std::int64_t step = 1;
  for (std::int64_t i = -3; i >= -static_cast<std::int64_t>(output.rank()); --i) {
    const std::int64_t at = item % output[i];
    item /= output[i];
    if (-i > static_cast<std::int64_t>(operand.rank())) continue;
    if (operand[i] != 1) index += at * step;
    step *= operand[i];
  }
  return index;
}

template <class T>
double as_double(T value) {
  if constexpr (std::is_same_v<T, BFloat16>) {
    return static_cast<double>(keratin::core::to_float(value));
  } else {
    return static_cast<double>(value);
  }
}

template <class T>
void expect_right(const Case& c, const Data<T>& data, const std::vector<Result<T>>& got) {
  const std::int64_t items = c.m() * c.n() == 0 ? 0 : c.c.elements() / (c.m() * c.n());
  const double precision = std::is_same_v<Result<T>, float> ? 1e-6 : std::is_same_v<T, double> ? 1e-15 : 0.0;
  for (std::int64_t item = 0; item < items; ++item) {
    const T* const a = data.a.data() + matrix_of(c.a, c.c, item) * c.m() * c.k();
    const T* const b = data.b.data() + matrix_of(c.b, c.c, item) * c.k() * c.n();
    for (std::int64_t i = 0; i < c.m(); ++i)
      for (std::int64_t j = 0; j < c.n(); ++j) {
        double sum = c.bias ? static_cast<double>(data.bias[static_cast<std::size_t>(j)]) : 0.0;
        double size = 1.0;
        for (std::int64_t k = 0; k < c.k(); ++k) {
          const auto term = as_double(a[c.transpose_a ? k * c.m() + i : i * c.k() + k]) *
                            as_double(b[c.transpose_b ? j * c.k() + k : k * c.n() + j]);
          sum += term;
          size += std::abs(term);
        }
        const auto result = static_cast<double>(got[static_cast<std::size_t>((item * c.m() + i) * c.n() + j)]);
        ASSERT_NEAR(result, activated(c.activation, sum), precision * size)
            << c.text() << " at item " << item << ", (" << i << ", " << j << ')';
      }
  }
}

template <class T = float>
void check(const Case& c, int threads = 1) {
  const Data<T> data(c);
  Parallel parallel(threads);
  expect_right(c, data, Runner<T>(c, threads).run(data, parallel));
}

/// Shapes that reach oneDNN as well as our own loops, by their size and by their activation.
std::vector<Case> large_cases() {
  return {matrices(96, 300, 240),
          matrices(96, 300, 240, true, false),
          matrices(96, 300, 240, false, true),
          matrices(97, 301, 243, true, true),
          matrices(3, 300, 240, false, true),
          matrices(1, 700, 600),
          matrices(1, 700, 600, false, true),
          matrices(700, 1, 600),
          matrices(700, 1, 600, true, false),
          matrices(130, 10, 512),
          matrices(512, 10, 130, true, false),
          matrices(8, 16, 513, true, false),
          matrices(31, 150, 640, true, false),
          matrices(200, 530, 777, true, false),
          matrices(256, 530, 130, true, false),
          matrices(530, 70, 600, true, false),
          matrices(512, 260, 100, true, false),
          matrices(130, 512, 10, false, true),
          matrices(5, 600, 700),
          matrices(530, 70, 600, false, true),
          matrices(1100, 150, 260, true, true),
          {.a = {101, 530}, .b = {530, 1045}, .c = {101, 1045}, .bias = true, .activation = "relu"},
          {.a = {7, 40, 70}, .b = {7, 70, 50}, .c = {7, 40, 50}},
          {.a = {5, 300, 60}, .b = {5, 90, 300}, .c = {5, 60, 90}, .transpose_a = true, .transpose_b = true},
          {.a = {3, 60, 300}, .b = {3, 300, 260}, .c = {3, 60, 260}, .bias = true}};
}

TEST(Matmul, IsRightForAllSmallSizesAndTransposes) {
  const std::vector<std::int64_t> sizes{1, 2, 3, 5, 7, 8, 13, 15, 16, 17, 31, 33, 47, 64, 65, 67};
  std::minstd_rand generator(7);
  for (const std::int64_t m : sizes)
    for (const std::int64_t n : sizes)
      for (int transposes = 0; transposes < 4; ++transposes) {
        Case c = matrices(m, n, sizes[generator() % sizes.size()], (transposes & 1) != 0, (transposes & 2) != 0);
        c.bias = generator() % 2 == 0;
        c.activation = generator() % 2 == 0 ? "relu" : "linear";
        check(c);
        if (HasFatalFailure()) return;
      }
}

TEST(Matmul, IsRightForLargeProductsOnOneAndMoreThreads) {
  for (const Case& c : large_cases())
    for (const int threads : {1, 2, 3}) {
      check(c, threads);
      if (HasFatalFailure()) return;
    }
}

TEST(Matmul, SumsProductsOfBfloat16InFloat32) {
  for (const Case& c : large_cases()) {
    check<BFloat16>(c, 2);
    if (HasFatalFailure()) return;
  }
  for (const std::int64_t size : {1, 2, 3, 5, 16, 31, 67})
    for (int transposes = 0; transposes < 4; ++transposes)
      check<BFloat16>(matrices(size, 33, size + 2, (transposes & 1) != 0, (transposes & 2) != 0));
  check<BFloat16>(matrices(3, 4, 0));
  check<BFloat16>(matrices(0, 4, 3));
}

TEST(Matmul, RoundsTheSumsOfBfloat16OnceIfThatIsWanted) {
  Parallel parallel(2);
  for (const Case& c : large_cases()) {
    const Data<BFloat16> data(c);
    const std::vector<float> sums = Runner<BFloat16>(c, 2).run(data, parallel);
    const std::vector<BFloat16> rounded = Runner<BFloat16, BFloat16>(c, 2).run(data, parallel);
    for (std::size_t i = 0; i < sums.size(); ++i)
      ASSERT_EQ(rounded[i].bits, keratin::core::to_bfloat16(sums[i]).bits) << c.text() << ' ' << i;
  }
}

TEST(Matmul, BroadcastsBatchDimensionsAsNumPyDoes) {
  const std::vector<Case> cases{
      {.a = {4, 5, 6, 7}, .b = {7, 9}, .c = {4, 5, 6, 9}},
      {.a = {5, 6, 7}, .b = {1, 7, 9}, .c = {5, 6, 9}, .bias = true},
      {.a = {6, 7}, .b = {3, 7, 9}, .c = {3, 6, 9}},
      {.a = {4, 1, 6, 7}, .b = {5, 7, 9}, .c = {4, 5, 6, 9}},
      {.a = {1, 5, 6, 7}, .b = {4, 1, 7, 9}, .c = {4, 5, 6, 9}},
      {.a = {5, 7, 6}, .b = {7, 9}, .c = {5, 6, 9}, .transpose_a = true},
      {.a = {5, 6, 7}, .b = {9, 7}, .c = {5, 6, 9}, .transpose_b = true},
      {.a = {2, 3, 7, 6}, .b = {3, 9, 7}, .c = {2, 3, 6, 9}, .transpose_a = true, .transpose_b = true},
      {.a = {5, 6, 7}, .b = {5, 7, 1}, .c = {5, 6, 1}, .bias = true},
      {.a = {5, 7, 6}, .b = {7, 1}, .c = {5, 6, 1}, .transpose_a = true},
      {.a = {5, 1, 7}, .b = {5, 9, 7}, .c = {5, 1, 9}, .transpose_b = true}};
  for (const Case& c : cases) {
    check<float>(c);
    check<double>(c);
    check<std::int32_t>(c);
    check<BFloat16>(c);
  }
}

TEST(Matmul, FusesBiasAndActivation) {
  for (const char* const activation : {"linear", "relu", "tanh", "sigmoid", "elu", "gelu", "softplus", "silu"}) {
    ASSERT_TRUE(keratin::kernels::fuses_activation(activation));
    for (Case c : {matrices(32, 32, 64), matrices(67, 10, 33, true, true), matrices(1, 5, 3), matrices(50, 300, 240)})
      for (const int threads : {1, 2}) {
        c.bias = true;
        c.activation = activation;
        check<float>(c, threads);
        check<double>(c, threads);
      }
  }
  EXPECT_FALSE(keratin::kernels::fuses_activation("softmax"));
}

TEST(Matmul, AnEmptySumIsZeroPlusBias) {
  for (const char* const activation : {"linear", "sigmoid"}) {
    Case c = matrices(3, 4, 0);
    c.activation = activation;
    check<float>(c);
    check<double>(c);
    c.bias = true;
    check<float>(c);
    check<double>(c);
    Case nothing = matrices(0, 4, 3);
    nothing.activation = activation;
    check(nothing);
    nothing = {.a = {0, 3, 4}, .b = {4, 5}, .c = {0, 3, 5}, .activation = activation};
    check(nothing);
  }
  check<std::int64_t>(matrices(3, 4, 0));
  check(matrices(1, 4, 0, false, true));
  check(matrices(3, 0, 3, true, true));
}

TEST(Matmul, ComputesInEveryNumberTypeThatKerasMultiplies) {
  const Case c = matrices(17, 9, 23, true, true);
  check<double>(c);
  check<std::int32_t>(c);
  check<std::int64_t>(c);
  check<std::int16_t>(matrices(3, 4, 2));
}

TEST(Matmul, KeepsNaNThroughRelu) {
  Case c = matrices(2, 3, 4);
  c.activation = "relu";
  Data<float> data(c);
  data.a[0] = std::nanf("");
  Parallel parallel(1);
  const std::vector<float> got = Runner<float>(c, 1).run(data, parallel);
  EXPECT_TRUE(std::isnan(got[0]));
  EXPECT_FALSE(std::isnan(got[5]));
}

TEST(Matmul, GivesTheSameBitsEachTime) {
  for (const Case& c : large_cases())
    for (const int threads : {1, 2, 3}) {
      const Data<float> data(c);
      Parallel parallel(threads);
      const std::vector<float> first = Runner<float>(c, threads).run(data, parallel);
      const Runner<float> again(c, threads);
      for (int i = 0; i < 5; ++i) ASSERT_EQ(again.run(data, parallel), first) << c.text() << ' ' << threads;
    }
}

TEST(Matmul, OneKernelRunsOnSeveralThreadsAtOnce) {
  for (Case c : {matrices(96, 300, 240, true, false), matrices(40, 30, 20, false, true)}) {
    const Data<float> data(c);
    const Runner<float> runner(c, 2);
    Parallel alone(2);
    const std::vector<float> expected = runner.run(data, alone);
    std::vector<std::thread> users;
    for (int user = 0; user < 3; ++user)
      users.emplace_back([&] {
        Parallel parallel(2);
        for (int i = 0; i < 50; ++i) ASSERT_EQ(runner.run(data, parallel), expected);
      });
    for (std::thread& user : users) user.join();
  }
}

#if !defined(KERATIN_SANITIZED)  // a sanitizer keeps freed memory
TEST(Matmul, KernelsLeaveNothingBehind) {
  Parallel parallel(1);
  const auto make = [&](std::int64_t i) {
    Case c = matrices(17 + i % 50, 3 + i / 50, 40);
    c.activation = "tanh";  // not one of our own loops'
    Runner<float>(c, 1).run(Data<float>(c), parallel);
  };
  for (std::int64_t i = 0; i < 200; ++i) make(i);
  const std::int64_t before = keratin::process_memory().resident_bytes;
  for (std::int64_t i = 200; i < 3200; ++i) make(i);
  EXPECT_LT(keratin::process_memory().resident_bytes - before, keratin::MiB(4).count);
}
#endif

}  // namespace

#include "kernels/reduce.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <memory_resource>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "core/parallel.h"
#include "keratin/core/array.h"

namespace {

using keratin::Array;
using keratin::DType;
using keratin::Shape;
using keratin::core::Parallel;
using keratin::graph::Ints;
using keratin::graph::KernelPtr;
using keratin::graph::KernelRequest;
using keratin::graph::Spec;
using keratin::kernels::Reduction;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// The shape without `axes`.
Shape without(const Shape& shape, const Ints& axes) {
  Shape rest;
  for (std::size_t i = 0; i < shape.rank(); ++i)
    if (!axes.contains(static_cast<std::int64_t>(i))) rest.push_back(shape.dims()[i]);
  return rest;
}

/// Runs what make(request) gives on x; the output is of `dtype`, and x's shape without `axes`.
template <class F>
Array run(const Array& x, const Ints& axes, DType dtype, int threads, F&& make) {
  const Spec input{x.dtype(), x.shape()};
  const Spec output{dtype, without(x.shape(), axes)};
  KernelRequest request;
  request.inputs = {&input, 1};
  request.outputs = {&output, 1};
  request.threads = threads;
  request.memory = std::pmr::get_default_resource();
  const KernelPtr kernel = make(request);
  Array result = Array::full(output.shape, 77, dtype);
  std::vector<double> workspace(kernel->workspace_bytes() / sizeof(double) + 1, nan);
  const std::byte* const from = static_cast<const std::byte*>(x.raw());
  auto* const to = static_cast<std::byte*>(const_cast<void*>(result.raw()));
  Parallel parallel(threads);
  kernel->run({{&from, 1}, {&to, 1}, reinterpret_cast<std::byte*>(workspace.data()), parallel});
  return result;
}

Array reduce(const Array& x, Reduction reduction, const Ints& axes, int threads = 1) {
  return run(x, axes, x.dtype(), threads,
             [&](const KernelRequest& request) { return keratin::kernels::reduce_kernel(request, reduction, axes); });
}

Array arg_reduce(const Array& x, bool greatest, const Ints& axes) {
  return run(x, axes, keratin::int32, 1, [&](const KernelRequest& request) {
    return keratin::kernels::arg_reduce_kernel(request, greatest, axes);
  });
}

/// By the definition, in long double, element after element.
Array expected(const Array& x, Reduction reduction, const Ints& axes) {
  const Shape& shape = x.shape();
  const Shape rest = without(shape, axes);
  const bool multiplies = reduction == Reduction::prod;
  std::vector<long double> results(static_cast<std::size_t>(rest.elements()), multiplies ? 1 : 0);
  std::vector<std::int64_t> counts(results.size());
  const Array wide = x.astype(keratin::float64);
  const auto values = wide.data<double>();
  for (std::int64_t i = 0; i < x.size(); ++i) {
    std::int64_t remaining = i;
    std::int64_t output = 0;
    std::int64_t scale = 1;
    for (std::size_t d = shape.rank(); d-- > 0;) {
      const std::int64_t index = remaining % shape.dims()[d];
      remaining /= shape.dims()[d];
      if (axes.contains(static_cast<std::int64_t>(d))) continue;
      output += index * scale;
      scale *= shape.dims()[d];
    }
    long double& result = results[static_cast<std::size_t>(output)];
    const auto value = static_cast<long double>(values[static_cast<std::size_t>(i)]);
    const bool first = counts[static_cast<std::size_t>(output)]++ == 0;
    if (reduction == Reduction::max) {
      result = first ? value : std::max(result, value);
    } else if (reduction == Reduction::min) {
      result = first ? value : std::min(result, value);
    } else {
      result = multiplies ? result * value : result + value;
    }
  }
  Array array = Array::zeros(rest, keratin::float64);
  const auto out = array.mutable_data<double>();
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<double>(reduction == Reduction::mean ? results[i] / static_cast<long double>(counts[i])
                                                              : results[i]);
  return array;
}

struct Case {
  Shape shape;
  Ints axes;
};

/// Each way in which reduced and kept dimensions alternate; sizes around the vectors' and strips' lengths.
const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {{}, {}},
      {{7}, {0}},
      {{7}, {}},
      {{1, 5, 1}, {0, 2}},
      {{3, 31}, {1}},
      {{3, 32}, {1}},
      {{5, 33}, {1}},
      {{2, 1000}, {1}},
      {{9, 3}, {0}},
      {{1000, 3}, {0}},
      {{17, 16}, {0}},
      {{24, 515}, {0}},
      {{7, 1100}, {0}},
      {{4, 5, 6}, {1}},
      {{4, 5, 6}, {0, 2}},
      {{4, 5, 6}, {0, 1}},
      {{3, 4, 5, 6}, {0, 2}},
      {{3, 4, 5, 6}, {1, 3}},
      {{2, 3, 2, 3, 2, 3}, {0, 2, 4}},
      {{2, 3, 2, 3, 2, 3}, {1, 3, 5}},
      {{1 << 18}, {0}},
      {{100003, 3}, {0}},
      {{3, 70001}, {1}},
      {{2, 70001, 2}, {0, 1}},
      {{300, 500, 2}, {0, 2}},
  };
  return all;
}

TEST(Reduce, SumsMeansAndExtremesAreThoseOfTheDefinition) {
  for (const Case& c : cases()) {
    const Array doubles = Array::random_normal(c.shape, {.seed = 3}).astype(keratin::float64);
    for (const DType dtype : {keratin::float32, keratin::float64, keratin::bfloat16}) {
      const Array x = doubles.astype(dtype);
      const double count = static_cast<double>(x.size()) / static_cast<double>(without(c.shape, c.axes).elements());
      for (const Reduction reduction : {Reduction::sum, Reduction::mean, Reduction::max, Reduction::min}) {
        SCOPED_TRACE(to_string(c.shape) + " " + std::string(name_of(dtype)) + " " +
                     std::to_string(static_cast<int>(reduction)));
        const Array result = reduce(x, reduction, c.axes).astype(keratin::float64);
        // Errors of adding grow with the root of the count, and with the partial sums, which are kept short; rounding
        // to bfloat16 comes on top.
        const double unit = dtype == keratin::float64 ? 1e-15 : 6e-8;
        const double error = unit * std::sqrt(count) * (reduction == Reduction::mean ? 1 / count : 1);
        const double rounding = dtype == keratin::bfloat16 ? 4e-3 : 2 * unit;
        EXPECT_TRUE(all_close(result, expected(x, reduction, c.axes), rounding, 12 * error));
      }
    }
  }
}

TEST(Reduce, IntegersAreExactAndWrapAround) {
  for (const Case& c : cases()) {
    const Array x = Array::random_uniform(c.shape, {.minval = -50, .maxval = 50, .seed = 5}).astype(keratin::int32);
    for (const Reduction reduction : {Reduction::sum, Reduction::max, Reduction::min}) {
      const Array result = reduce(x, reduction, c.axes).astype(keratin::float64);
      EXPECT_EQ(max_abs_difference(result, expected(x, reduction, c.axes)), 0) << to_string(c.shape);
    }
  }
  const Array large = Array::full({3}, 100, keratin::uint8);
  EXPECT_EQ(reduce(large, Reduction::sum, {0}).item<int>(), 300 - 256);
}

TEST(Reduce, Products) {
  const Array x = Array::random_uniform({3, 40, 5}, {.minval = 0.5, .maxval = 1.6, .seed = 2});
  EXPECT_TRUE(
      all_close(reduce(x, Reduction::prod, {1}).astype(keratin::float64), expected(x, Reduction::prod, {1}), 1e-5));
}

TEST(Reduce, NothingGivesTheNeutralElement) {
  const Array none = Array::zeros({2, 0, 3});
  EXPECT_EQ(max_abs_difference(reduce(none, Reduction::sum, {1}), Array::zeros({2, 3})), 0);
  EXPECT_EQ(max_abs_difference(reduce(none, Reduction::prod, {1}), Array::ones({2, 3})), 0);
  EXPECT_TRUE(std::isnan(reduce(none, Reduction::mean, {1}).at<float>({0, 0})));
  EXPECT_EQ(reduce(none, Reduction::max, {1}).at<float>({1, 2}), -std::numeric_limits<float>::infinity());
  EXPECT_EQ(reduce(none, Reduction::sum, {0}).shape(), (Shape{0, 3}));
}

TEST(Reduce, MaximumAndMinimumPassNaNOn) {
  for (const std::int64_t at : {0, 1, 31, 32, 40, 69}) {
    for (const DType dtype : {keratin::float32, keratin::float64, keratin::bfloat16}) {
      Array x = Array::random_normal({70}, {.seed = 1});
      x.mutable_data<float>()[static_cast<std::size_t>(at)] = static_cast<float>(nan);
      x = x.astype(dtype);
      EXPECT_TRUE(std::isnan(reduce(x, Reduction::max, {0}).item<float>())) << at;
      EXPECT_TRUE(std::isnan(reduce(x.reshaped({70, 1}), Reduction::min, {0}).item<float>())) << at;
      EXPECT_TRUE(std::isnan(reduce(x.reshaped({10, 7}), Reduction::max, {0}).at<float>({at % 7}))) << at;
      EXPECT_EQ(arg_reduce(x, true, {0}).item<int>(), at);
      EXPECT_EQ(arg_reduce(x, false, {0}).item<int>(), at);
    }
  }
}

TEST(Reduce, TheNumberOfThreadsDoesNotChangeABit) {
  for (const Case& c : cases()) {
    const Array x = Array::random_normal(c.shape, {.seed = 9});
    const Array alone = reduce(x, Reduction::sum, c.axes, 1);
    for (const int threads : {2, 3, 5}) {
      const Array together = reduce(x, Reduction::sum, c.axes, threads);
      EXPECT_EQ(std::memcmp(alone.raw(), together.raw(), static_cast<std::size_t>(alone.nbytes())), 0)
          << to_string(c.shape);
    }
  }
}

TEST(Reduce, AnyAndAll) {
  const Array x = Array::copy_of(std::vector<bool>{false, false, true, false, true, true}).reshaped({3, 2});
  EXPECT_EQ(
      max_abs_difference(reduce(x, Reduction::any, {1}).astype(keratin::float32), Array::copy_of({0.0f, 1.0f, 1.0f})),
      0);
  EXPECT_EQ(
      max_abs_difference(reduce(x, Reduction::all, {1}).astype(keratin::float32), Array::copy_of({0.0f, 0.0f, 1.0f})),
      0);
}

TEST(ArgReduce, FindsTheFirstOfEqualElements) {
  const Array x = Array::copy_of({3, 9, 2, 9, 1, 1, 4, 1}).reshaped({2, 4});
  EXPECT_EQ(max_abs_difference(arg_reduce(x, true, {1}), Array::copy_of({1, 2})), 0);
  EXPECT_EQ(max_abs_difference(arg_reduce(x, false, {1}), Array::copy_of({2, 0})), 0);
  EXPECT_EQ(max_abs_difference(arg_reduce(x, true, {0}), Array::copy_of({0, 0, 1, 0})), 0);
  EXPECT_EQ(arg_reduce(x, false, {0, 1}).item<int>(), 4);
}

}  // namespace

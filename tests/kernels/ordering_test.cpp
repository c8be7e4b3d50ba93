#include "kernels/indexing/ordering.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory_resource>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/parallel.h"
#include "keratin/core/array.h"

namespace {

using keratin::Array;
using keratin::DType;
using keratin::graph::Attribute;
using keratin::graph::KernelRequest;
using keratin::graph::Spec;

Array argsort(const Array& x, std::int64_t k, bool descending, int threads = 1) {
  const Attribute attribute{"descending", descending};
  const Spec input{x.dtype(), x.shape()};
  const Spec output{keratin::int32, {x.shape()[0], k}};
  KernelRequest request;
  request.attributes = keratin::graph::Attributes({&attribute, 1});
  request.inputs = {&input, 1};
  request.outputs = {&output, 1};
  request.threads = threads;
  request.memory = std::pmr::get_default_resource();
  const auto kernel = keratin::kernels::argsort_kernel(request);
  Array result = Array::full(output.shape, -7, keratin::int32);
  std::pmr::vector<std::byte> workspace(kernel->workspace_bytes());
  const auto* const from = static_cast<const std::byte*>(x.raw());
  auto* const to = reinterpret_cast<std::byte*>(result.mutable_data<std::int32_t>().data());
  keratin::core::Parallel parallel(threads);
  kernel->run({{&from, 1}, {&to, 1}, workspace.data(), parallel});
  return result;
}

/// By a stable sort of the values themselves.
std::vector<std::int32_t> expected_row(std::span<const double> row, std::int64_t k, bool descending) {
  const auto before = [](double a, double b) { return a < b || (std::isnan(b) && !std::isnan(a)); };
  std::vector<std::int32_t> order(row.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    const double x = row[static_cast<std::size_t>(a)];
    const double y = row[static_cast<std::size_t>(b)];
    return descending ? before(y, x) : before(x, y);
  });
  order.resize(static_cast<std::size_t>(k));
  return order;
}

void expect_sorted(const Array& x, int threads = 1) {
  const std::int64_t size = x.shape()[1];
  const Array wide = x.astype(keratin::float64);
  for (const std::int64_t k : {std::int64_t{0}, std::int64_t{1}, size / 2, size}) {
    for (const bool descending : {false, true}) {
      const Array result = argsort(x, k, descending, threads);
      for (std::int64_t i = 0; i < x.shape()[0]; ++i) {
        const auto row =
            wide.data<double>().subspan(static_cast<std::size_t>(i * size), static_cast<std::size_t>(size));
        const auto found =
            result.data<std::int32_t>().subspan(static_cast<std::size_t>(i * k), static_cast<std::size_t>(k));
        EXPECT_EQ(std::vector<std::int32_t>(found.begin(), found.end()), expected_row(row, k, descending))
            << name_of(x.dtype()) << " row " << i << ", k " << k << (descending ? ", descending" : "");
      }
    }
  }
}

constexpr std::array all_ordered{keratin::boolean, keratin::uint8,   keratin::uint16,   keratin::uint32,
                                 keratin::uint64,  keratin::int8,    keratin::int16,    keratin::int32,
                                 keratin::int64,   keratin::float16, keratin::bfloat16, keratin::float32,
                                 keratin::float64};

TEST(Argsort, IsAStableSortOfEachDtype) {
  for (const DType dtype : all_ordered) {
    const bool is_signed = keratin::result_type(dtype, keratin::int8) == dtype;
    for (const auto& shape : {keratin::Shape{3, 1}, keratin::Shape{4, 20}, keratin::Shape{2, 300}}) {
      const Array x = Array::random_uniform(shape, {.minval = is_signed ? -90.0 : 0.0, .maxval = 90, .seed = 4});
      expect_sorted(x.astype(dtype));
    }
  }
}

TEST(Argsort, PutsNaNLastAndZerosOfBothSignsTogether) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const Array x =
      Array::copy_of({0.0, nan, -0.0, 1.0, -infinity, -nan, infinity, -0.0, 0.0, -1.0, 6e-8, -6e-8}).reshaped({1, -1});
  for (const DType dtype : {keratin::float16, keratin::bfloat16, keratin::float32, keratin::float64})
    expect_sorted(x.astype(dtype));
}

TEST(Argsort, TakesIntegersAtTheirEnds) {
  using Limits = std::numeric_limits<std::int64_t>;
  const Array x = Array::copy_of(std::vector<std::int64_t>{Limits::max(), -1, 0, Limits::min(), 1, Limits::max() - 1});
  EXPECT_EQ(
      max_abs_difference(argsort(x.reshaped({1, 6}), 6, false), Array::copy_of({3, 1, 2, 4, 5, 0}).reshaped({1, 6})),
      0);
  const Array all = Array::copy_of(std::vector<std::uint64_t>{~std::uint64_t{0}, 0, ~std::uint64_t{0} - 1, 1});
  EXPECT_EQ(max_abs_difference(argsort(all.reshaped({1, 4}), 3, true), Array::copy_of({0, 2, 3}).reshaped({1, 3})), 0);
}

TEST(Argsort, RowsAreSharedByThreads) {
  const Array x = Array::random_normal({500, 60}, {.seed = 8});
  for (const int threads : {2, 3, 5}) expect_sorted(x, threads);
}

}  // namespace

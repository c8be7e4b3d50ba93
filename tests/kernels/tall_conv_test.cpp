#include <array>
#include <cstdint>
#include <memory_resource>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/conv/tall.h"
#include "support/guarded_kernel.h"
#include "support/numbers.h"

namespace {

using keratin::float32;
using keratin::Shape;
using keratin::graph::Attribute;
using keratin::graph::Ints;
using keratin::graph::Spec;
using keratin::kernels::ConvGeometry;
using keratin::test::numbers;

/// Kernels [1, size, in, out].
struct Case {
  std::int64_t items;
  std::int64_t height;
  std::int64_t width;
  std::int64_t in;
  std::int64_t out;
  std::int64_t size;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  bool same = false;

  std::int64_t places(std::int64_t length, std::int64_t reach) const {
    return same ? (length + stride - 1) / stride : (length - reach) / stride + 1;
  }
  Shape x() const { return {items, height, width, in}; }
  Shape kernel() const { return {1, size, in, out}; }
  Shape y() const { return {items, places(height, 1), places(width, (size - 1) * dilation + 1), out}; }
};

struct Problem {
  explicit Problem(const Case& of)
      : attributes{Attribute{"strides", Ints{of.stride, of.stride}},
                   Attribute{"dilation", Ints{of.dilation, of.dilation}}, Attribute{"same", of.same}},
        geometry(keratin::kernels::conv_geometry(keratin::graph::Attributes(attributes), of.x(), of.kernel(), of.y())),
        x(numbers(of.x().elements(), 1)),
        dy(numbers(of.y().elements(), 2)) {}
  std::array<Attribute, 3> attributes;
  ConvGeometry geometry;
  std::vector<float> x;
  std::vector<float> dy;
};

std::vector<double> defined(const Case& of, const Problem& problem) {
  std::vector<double> gradient(static_cast<std::size_t>(of.kernel().elements()));
  const ConvGeometry& g = problem.geometry;
  for (std::int64_t place = 0; place < g.batch * g.dst_pixels(); ++place)
    for (std::int64_t tap = 0; tap < of.size; ++tap) {
      const std::int64_t line = place / g.dst[2];
      const std::int64_t column = place % g.dst[2] * of.stride - g.before[2] + tap * of.dilation;
      if (column < 0 || column >= of.width) continue;
      const std::int64_t pixel = (line / g.dst[1] * of.height + line % g.dst[1] * of.stride) * of.width + column;
      for (std::int64_t in = 0; in < of.in; ++in)
        for (std::int64_t out = 0; out < of.out; ++out)
          gradient[static_cast<std::size_t>((tap * of.in + in) * of.out + out)] +=
              double{problem.x[static_cast<std::size_t>(pixel * of.in + in)]} *
              problem.dy[static_cast<std::size_t>(place * of.out + out)];
    }
  return gradient;
}

std::vector<float> computed(const Case& of, const Problem& problem, int threads) {
  const std::array<Spec, 3> inputs{Spec{float32, of.x()}, Spec{float32, of.y()}, Spec{float32, of.kernel()}};
  const Spec output{float32, of.kernel()};
  keratin::graph::KernelRequest request;
  request.attributes = keratin::graph::Attributes(problem.attributes);
  request.inputs = inputs;
  request.outputs = {&output, 1};
  request.threads = threads;
  request.memory = std::pmr::get_default_resource();
  const auto made = keratin::kernels::tall_conv_kernel(request, problem.geometry);
  const std::array from{&problem.x, &problem.dy};
  return keratin::test::run_guarded(made, from, output.shape.elements(), threads);
}

void expect_as_defined(const Case& of) {
  SCOPED_TRACE(to_string(of.x()) + " with " + to_string(of.kernel()) + ", strides " + std::to_string(of.stride) +
               ", dilation " + std::to_string(of.dilation) + (of.same ? ", same" : ", valid"));
  const Problem problem(of);
  const std::vector<double> expected = defined(of, problem);
  for (const int threads : {1, 2, 3}) {
    const std::vector<float> gradient = computed(of, problem, threads);
    for (std::size_t i = 0; i < gradient.size(); ++i)
      ASSERT_NEAR(gradient[i], expected[i], 1e-4) << threads << " threads, element " << i;
  }
}

TEST(TallConv, IsTheGradientOfAKernelThatIsALine) {
  for (const bool same : {false, true})
    for (const std::int64_t size : {1, 2, 5})
      for (const std::int64_t out : {1, 17, 40}) {
        expect_as_defined({4, 1, 70, 9, out, size, 1, 1, same});
        expect_as_defined({3, 1, 31, 16, out, size, 2, 1, same});
        expect_as_defined({2, 1, 40, 5, out, size, 1, 3, same});
      }
}

TEST(TallConv, TakesImages) {
  expect_as_defined({3, 7, 9, 8, 33, 1, 1, 1, true});
  expect_as_defined({3, 7, 9, 8, 33, 1, 2, 1, true});
  expect_as_defined({2, 5, 12, 8, 33, 3, 1, 1, true});
  expect_as_defined({1, 30, 40, 70, 50, 1});
}

TEST(TallConv, IsForManyChannelsOfLinesAlone) {
  using keratin::kernels::prefers_tall_conv;
  EXPECT_TRUE(prefers_tall_conv(Problem({8, 1, 100, 64, 128, 3}).geometry));
  EXPECT_TRUE(prefers_tall_conv(Problem({8, 10, 10, 128, 128, 1}).geometry));
  EXPECT_FALSE(prefers_tall_conv(Problem({8, 10, 10, 64, 64, 1}).geometry));
  EXPECT_FALSE(prefers_tall_conv(Problem({8, 1, 100, 64, 16, 3}).geometry));
  EXPECT_FALSE(prefers_tall_conv(Problem({1, 1, 100, 64, 128, 3}).geometry));
  ConvGeometry other = Problem({8, 1, 100, 64, 128, 3}).geometry;
  other.kernel[1] = 3;
  EXPECT_FALSE(prefers_tall_conv(other));
}

}  // namespace

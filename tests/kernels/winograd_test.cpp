#include "kernels/conv/winograd/winograd.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/cpu.h"
#include "kernels/conv/winograd/transforms.h"
#include "support/guarded_kernel.h"
#include "support/numbers.h"

namespace {

using keratin::float32;
using keratin::Shape;
using keratin::core::CpuLevel;
using keratin::graph::Attribute;
using keratin::graph::Ints;
using keratin::graph::Spec;
using keratin::kernels::ConvDirection;
using keratin::kernels::ConvEpilogue;
using keratin::kernels::ConvGeometry;
using keratin::kernels::WinogradMatrices;
using keratin::kernels::WinogradTransforms;
using keratin::test::numbers;

using Numbers = std::vector<float>;

/// A convolution of stride 1 with random numbers, what it is computed from in each direction, and its definition in
/// float64.
struct Case {
  std::int64_t items;
  std::int64_t height;
  std::int64_t width;
  std::int64_t in;
  std::int64_t out;
  bool same;
  bool relu = false;
  bool scale = false;

  Shape x() const { return {items, height, width, in}; }
  Shape kernel() const { return {3, 3, in, out}; }
  Shape y() const { return {items, same ? height : height - 2, same ? width : width - 2, out}; }
  std::string name() const {
    return to_string(x()) + " to " + to_string(y()) + (relu ? ", relu" : "") + (scale ? ", scale" : "");
  }

  Numbers x_values() const { return numbers(x().elements(), 1); }
  Numbers kernel_values() const { return numbers(kernel().elements(), 2); }
  Numbers bias_values() const { return numbers(out, 3); }
  Numbers scale_values() const { return numbers(out, 4); }
  Numbers dy_values() const { return numbers(y().elements(), 5); }

  /// Calls f(place in x, in the kernel, in y) for all products of channels that the convolution adds up.
  template <class F>
  void for_products(F&& f) const {
    const std::int64_t before = same ? 1 : 0;
    const std::array places{items, same ? height : height - 2, same ? width : width - 2};
    for (std::int64_t item = 0; item < items; ++item)
      for (std::int64_t row = 0; row < places[1]; ++row)
        for (std::int64_t column = 0; column < places[2]; ++column)
          for (std::int64_t tap = 0; tap < 9; ++tap) {
            const std::int64_t at_y = row - before + tap / 3;
            const std::int64_t at_x = column - before + tap % 3;
            if (at_y < 0 || at_y >= height || at_x < 0 || at_x >= width) continue;
            const std::int64_t pixel = (item * height + at_y) * width + at_x;
            const std::int64_t place = (item * places[1] + row) * places[2] + column;
            for (std::int64_t i = 0; i < in; ++i)
              for (std::int64_t o = 0; o < out; ++o)
                f(static_cast<std::size_t>(pixel * in + i), static_cast<std::size_t>((tap * in + i) * out + o),
                  static_cast<std::size_t>(place * out + o));
          }
  }
};

/// By its definition, in float64.
std::vector<double> defined(const Case& of, ConvDirection direction) {
  const Numbers x = of.x_values();
  const Numbers kernel = of.kernel_values();
  const Numbers dy = of.dy_values();
  const Shape shape = direction == ConvDirection::forward         ? of.y()
                      : direction == ConvDirection::data_gradient ? of.x()
                                                                  : of.kernel();
  std::vector<double> result(static_cast<std::size_t>(shape.elements()));
  of.for_products([&](std::size_t at_x, std::size_t at_kernel, std::size_t at_y) {
    if (direction == ConvDirection::forward) result[at_y] += double{x[at_x]} * kernel[at_kernel];
    if (direction == ConvDirection::data_gradient) result[at_x] += double{dy[at_y]} * kernel[at_kernel];
    if (direction == ConvDirection::weights_gradient) result[at_kernel] += double{dy[at_y]} * x[at_x];
  });
  if (direction != ConvDirection::forward) return result;
  const Numbers bias = of.bias_values();
  const Numbers scale = of.scale_values();
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::size_t channel = i % static_cast<std::size_t>(of.out);
    if (of.scale) result[i] *= scale[channel];
    result[i] += bias[channel];
    if (of.relu) result[i] = std::max(0.0, result[i]);
  }
  return result;
}

Numbers computed(const Case& of, ConvDirection direction, int threads) {
  const Spec x{float32, of.x()};
  const Spec kernel{float32, of.kernel()};
  const Spec y{float32, of.y()};
  const Spec channels{float32, {of.out}};
  const Numbers values = of.x_values();
  const Numbers weights = of.kernel_values();
  const Numbers dy = of.dy_values();
  const Numbers bias = of.bias_values();
  const Numbers scale = of.scale_values();
  std::vector<Spec> specs{x, kernel, channels};
  std::vector<const Numbers*> inputs{&values, &weights, &bias};
  if (of.scale) {
    specs.push_back(channels);
    inputs.push_back(&scale);
  }
  if (direction == ConvDirection::data_gradient) specs = {y, kernel}, inputs = {&dy, &weights};
  if (direction == ConvDirection::weights_gradient) specs = {x, y, kernel}, inputs = {&values, &dy, &weights};
  const Spec output = direction == ConvDirection::forward ? y : direction == ConvDirection::data_gradient ? x : kernel;
  const std::array<Attribute, 3> attributes{Attribute{"strides", Ints{1, 1}}, Attribute{"dilation", Ints{1, 1}},
                                            Attribute{"same", of.same}};
  keratin::graph::KernelRequest request;
  request.attributes = keratin::graph::Attributes(attributes);
  request.inputs = specs;
  request.outputs = {&output, 1};
  request.threads = threads;
  request.memory = std::pmr::get_default_resource();
  const ConvGeometry geometry = keratin::kernels::conv_geometry(request.attributes, of.x(), of.kernel(), of.y());
  ConvEpilogue epilogue;
  if (direction == ConvDirection::forward) {
    epilogue.bias = true;
    epilogue.scale = of.scale;
    if (of.relu) epilogue.activation = keratin::kernels::Activation::relu;
  }
  const auto made = keratin::kernels::winograd_kernel(request, geometry, direction, epilogue);
  return keratin::test::run_guarded(made, inputs, output.shape.elements(), threads);
}

/// That it is as defined, for any number of threads; values even have the same bits.
void expect_as_defined(const Case& of) {
  SCOPED_TRACE(of.name());
  constexpr std::array names{"forward", "gradient of x", "gradient of the kernel"};
  for (const auto direction : {ConvDirection::forward, ConvDirection::data_gradient, ConvDirection::weights_gradient}) {
    SCOPED_TRACE(names[static_cast<std::size_t>(direction)]);
    const std::vector<double> expected = defined(of, direction);
    const std::int64_t terms = direction == ConvDirection::weights_gradient
                                   ? of.y().elements() / of.out
                                   : 9 * (direction == ConvDirection::forward ? of.in : of.out);
    const double bound = 2e-6 * std::sqrt(static_cast<double>(terms)) + 2e-7 * static_cast<double>(terms);
    Numbers first;
    for (const int threads : {1, 2, 3}) {
      const Numbers result = computed(of, direction, threads);
      for (std::size_t i = 0; i < result.size(); ++i)
        ASSERT_NEAR(result[i], expected[i], bound) << "element " << i << ", " << threads << " threads";
      if (threads == 1) first = result;
      if (direction != ConvDirection::weights_gradient) {
        EXPECT_EQ(result, first) << threads << " threads";
      }
    }
  }
}

TEST(Winograd, IsTheConvolutionAndItsGradientsForAnySizes) {
  for (const bool same : {false, true})
    for (const std::int64_t out : {16, 17, 40}) {
      expect_as_defined({1, 7, 9, 16, out, same});
      expect_as_defined({2, 8, 5, 20, out, same, true, true});
      expect_as_defined({3, 3, 4, 9, out, same, true});
    }
}

TEST(Winograd, TakesImagesThatAreSmallerThanATile) {
  expect_as_defined({5, 1, 1, 16, 16, true});
  expect_as_defined({5, 2, 1, 16, 16, true});
  expect_as_defined({5, 1, 6, 16, 16, true});
  expect_as_defined({5, 3, 3, 16, 16, false});
}

TEST(Winograd, GoesFromBlockToBlockAcrossItems) {
  expect_as_defined({3, 17, 19, 18, 34, true});
  expect_as_defined({2, 22, 22, 33, 16, false});
  expect_as_defined({1, 16, 16, 140, 130, true});
}

ConvGeometry geometry(std::int64_t items, std::int64_t size, std::int64_t in, std::int64_t out) {
  const std::array<Attribute, 3> attributes{Attribute{"strides", Ints{1, 1}}, Attribute{"dilation", Ints{1, 1}},
                                            Attribute{"same", true}};
  return keratin::kernels::conv_geometry(keratin::graph::Attributes(attributes), {items, size, size, in},
                                         {3, 3, in, out}, {items, size, size, out});
}

TEST(Winograd, IsForManyTilesOfManyChannelsAlone) {
  using keratin::kernels::Activation;
  using keratin::kernels::prefers_winograd;
  EXPECT_TRUE(prefers_winograd(geometry(64, 8, 64, 64), {}));
  EXPECT_TRUE(prefers_winograd(geometry(64, 8, 64, 64), {.activation = Activation::relu}));
  EXPECT_FALSE(prefers_winograd(geometry(64, 8, 64, 64), {.activation = Activation::tanh}));
  EXPECT_FALSE(prefers_winograd(geometry(64, 32, 3, 64), {}));
  EXPECT_FALSE(prefers_winograd(geometry(1, 8, 64, 64), {}));
  EXPECT_FALSE(prefers_winograd(geometry(64, 3, 64, 64), {}));
  ConvGeometry other = geometry(64, 8, 64, 64);
  other.stride[2] = 2;
  EXPECT_FALSE(prefers_winograd(other, {}));
  other = geometry(64, 8, 64, 64);
  other.dilation[1] = 2;
  EXPECT_FALSE(prefers_winograd(other, {}));
  other = geometry(64, 8, 64, 64);
  other.groups = 2;
  EXPECT_FALSE(prefers_winograd(other, {}));
}

std::vector<const WinogradTransforms*> levels() {
  std::vector<const WinogradTransforms*> all{&keratin::kernels::winograd_baseline};
  if (keratin::core::cpu_level() >= CpuLevel::avx2) all.push_back(&keratin::kernels::winograd_avx2);
  if (keratin::core::cpu_level() >= CpuLevel::avx512) all.push_back(&keratin::kernels::winograd_avx512);
  return all;
}

/// One 4×4 tile convolved with a 3×3 kernel, channel by channel, by way of the transforms.
TEST(WinogradTransforms, GiveAConvolutionAtEachInstructionSet) {
  for (const WinogradTransforms* const level : levels())
    for (const std::int64_t channels : {1, 7, 16, 19, 40}) {
      const Numbers tile = numbers(16 * channels, 1);
      const Numbers kernel = numbers(9 * channels, 2);
      Numbers seen(static_cast<std::size_t>(16 * channels));
      Numbers weights(seen.size());
      Numbers result(static_cast<std::size_t>(4 * channels));
      const WinogradMatrices matrices{seen.data(), channels, channels, channels};
      level->input({tile.data(), 4 * channels, channels}, 1, matrices);
      level->weights(kernel.data(), channels, channels, weights.data(), channels);
      for (std::size_t i = 0; i < seen.size(); ++i) seen[i] *= weights[i];
      level->output(matrices, 1, {result.data(), 2 * channels, channels}, {});
      for (std::int64_t i = 0; i < 4 * channels; ++i) {
        double expected = 0.0;
        for (std::int64_t tap = 0; tap < 9; ++tap) {
          const std::int64_t pixel = (i / channels / 2 + tap / 3) * 4 + i / channels % 2 + tap % 3;
          expected += double{tile[static_cast<std::size_t>(pixel * channels + i % channels)]} *
                      kernel[static_cast<std::size_t>(tap * channels + i % channels)];
        }
        ASSERT_NEAR(result[static_cast<std::size_t>(i)], expected, 1e-5) << channels << " channels, " << i;
      }
    }
}

TEST(WinogradTransforms, LetNaNThroughRelu) {
  for (const WinogradTransforms* const level : levels()) {
    Numbers products(16 * 16, std::numeric_limits<float>::quiet_NaN());
    Numbers result(4 * 16);
    level->output({products.data(), 16, 16, 16}, 1, {result.data(), 32, 16}, {.relu = true});
    for (const float value : result) EXPECT_TRUE(std::isnan(value));
  }
}

}  // namespace

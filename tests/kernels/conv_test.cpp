#include "kernels/conv/conv.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/conv/direct.h"
#include "kernels/conv/onednn.h"
#include "kernels/conv/own.h"
#include "support/guarded_kernel.h"
#include "support/numbers.h"

namespace {

using keratin::float32;
using keratin::Shape;
using keratin::graph::Attribute;
using keratin::graph::Ints;
using keratin::graph::KernelRequest;
using keratin::graph::Spec;
using keratin::test::numbers;

/// A gradient of weights on buffers with a guard behind them.
void expect_to_stay_inside(const Shape& x, const Shape& kernel, const Shape& y, std::int64_t stride) {
  const std::array<Spec, 3> inputs{Spec{float32, x}, Spec{float32, y}, Spec{float32, kernel}};
  const Spec output{float32, kernel};
  const std::array<Attribute, 3> attributes{Attribute{"strides", Ints{stride, stride}},
                                            Attribute{"dilation", Ints{1, 1}}, Attribute{"same", true}};
  KernelRequest request;
  request.attributes = keratin::graph::Attributes(attributes);
  request.inputs = inputs;
  request.outputs = {&output, 1};
  request.memory = std::pmr::get_default_resource();
  const auto made = keratin::kernels::conv_weights_gradient_kernel(request);

  const std::vector<float> values(static_cast<std::size_t>(x.elements()), 1.0f);
  const std::vector<float> dy(static_cast<std::size_t>(y.elements()), 1.0f);
  const std::array from{&values, &dy};
  keratin::test::run_guarded(made, from, kernel.elements(), 1);
}

TEST(ConvWeightsGradient, WritesNothingBehindItsWorkspace) {
  for (const std::int64_t kernel : {1, 3})
    for (const std::int64_t stride : {1, 2, 3})
      for (const std::int64_t in : {1, 3, 4, 8, 20})
        for (const std::int64_t out : {1, 6, 16, 20}) {
          SCOPED_TRACE(std::to_string(kernel) + ", strides " + std::to_string(stride) + ", " + std::to_string(in) +
                       " to " + std::to_string(out));
          const std::int64_t places = (10 + stride - 1) / stride;
          expect_to_stay_inside({2, 10, 10, in}, {kernel, kernel, in, out}, {2, places, places, out}, stride);
        }
}

struct Case {
  Shape x;
  Shape kernel;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  bool same = false;
  bool bias = true;
  bool relu = true;
  bool scale = false;
  std::string_view activation = "relu";  ///< if `relu`
};

enum class By : std::uint8_t { direct, onednn, own };

/// A forward convolution by its definition, in float64.
class Definition {
 public:
  explicit Definition(const Case& of)
      : case_(of),
        x_(numbers(of.x.elements(), 1)),
        kernel_(numbers(of.kernel.elements(), 2)),
        bias_(numbers(of.kernel.back(), 3)),
        scale_(numbers(of.kernel.back(), 4)) {
    for (const std::size_t axis : {1u, 2u}) {
      const std::int64_t reach = (of.kernel.dims()[axis - 1] - 1) * of.dilation + 1;
      const std::int64_t length = of.x.dims()[axis];
      const std::int64_t places = of.same ? (length + of.stride - 1) / of.stride : (length - reach) / of.stride + 1;
      y_[axis] = places;
      before_[axis] = of.same ? std::max<std::int64_t>(0, (places - 1) * of.stride + reach - length) / 2 : 0;
    }
  }

  Shape y() const { return {case_.x.front(), y_[1], y_[2], case_.kernel.back()}; }
  const std::vector<float>& x() const { return x_; }
  const std::vector<float>& kernel() const { return kernel_; }
  const std::vector<float>& bias() const { return bias_; }
  const std::vector<float>& scale() const { return scale_; }

  double at(std::int64_t item, std::int64_t row, std::int64_t column, std::int64_t out) const {
    double sum = 0.0;
    for (std::int64_t i = 0; i < case_.kernel.dims()[0]; ++i)
      for (std::int64_t j = 0; j < case_.kernel.dims()[1]; ++j)
        for (std::int64_t in = 0; in < case_.x.back(); ++in)
          sum += source(item, row * case_.stride - before_[1] + i * case_.dilation,
                        column * case_.stride - before_[2] + j * case_.dilation, in) *
                 kernel_[static_cast<std::size_t>(
                     ((i * case_.kernel.dims()[1] + j) * case_.x.back() + in) * case_.kernel.back() + out)];
    if (case_.scale) sum *= scale_[static_cast<std::size_t>(out)];
    if (case_.bias) sum += bias_[static_cast<std::size_t>(out)];
    if (!case_.relu) return sum;
    if (case_.activation == "tanh") return std::tanh(sum);
    if (case_.activation == "sigmoid") return 1.0 / (1.0 + std::exp(-sum));
    return std::max(0.0, sum);
  }

 private:
  double source(std::int64_t item, std::int64_t row, std::int64_t column, std::int64_t in) const {
    const auto size = case_.x.dims();
    if (row < 0 || row >= size[1] || column < 0 || column >= size[2]) return 0.0;
    return x_[static_cast<std::size_t>(((item * size[1] + row) * size[2] + column) * size[3] + in)];
  }

  Case case_;
  std::vector<float> x_;
  std::vector<float> kernel_;
  std::vector<float> bias_;
  std::vector<float> scale_;
  std::array<std::int64_t, 3> y_{};
  std::array<std::int64_t, 3> before_{};
};

/// The kernel's result, for so many threads, with guards behind it and its workspace.
std::vector<float> convolved(const Case& of, const Definition& definition, int threads, By by) {
  const Spec output{float32, definition.y()};
  std::vector<Spec> inputs{{float32, of.x}, {float32, of.kernel}};
  if (of.bias) inputs.push_back({float32, {of.kernel.back()}});
  if (of.scale) inputs.push_back({float32, {of.kernel.back()}});
  std::vector<Attribute> attributes{
      {"strides", Ints{of.stride, of.stride}}, {"dilation", Ints{of.dilation, of.dilation}}, {"same", of.same}};
  if (of.relu) attributes.push_back({"activation", of.activation});
  KernelRequest request;
  request.attributes = keratin::graph::Attributes(attributes);
  request.inputs = inputs;
  request.outputs = {&output, 1};
  request.threads = threads;
  request.memory = std::pmr::get_default_resource();
  const auto geometry = keratin::kernels::conv_geometry(request.attributes, of.x, of.kernel, output.shape);
  const keratin::kernels::ConvEpilogue epilogue{
      .bias = of.bias,
      .scale = of.scale,
      .activation =
          of.relu ? *keratin::kernels::activation_from_name(of.activation) : keratin::kernels::Activation::none};
  constexpr auto forward = keratin::kernels::ConvDirection::forward;
  const auto made = by == By::direct   ? keratin::kernels::direct_conv_kernel(request, geometry, epilogue)
                    : by == By::onednn ? keratin::kernels::onednn_conv_kernel(request, geometry, forward, epilogue)
                                       : keratin::kernels::own_conv_kernel(request, geometry, forward, epilogue);
  if (made == nullptr) return {};
  const std::array from{&definition.x(), &definition.kernel(), &definition.bias(), &definition.scale()};
  return keratin::test::run_guarded(made, std::span(from).first(inputs.size()), output.elements(), threads);
}

void expect_as_defined(const Case& of, By by = By::direct) {
  SCOPED_TRACE(to_string(of.x) + " with " + to_string(of.kernel) + ", strides " + std::to_string(of.stride) +
               ", dilation " + std::to_string(of.dilation) + (of.same ? ", same" : ", valid"));
  const Definition definition(of);
  const std::vector<float> y = convolved(of, definition, 1, by);
  ASSERT_FALSE(y.empty()) << "there is no such kernel";
  const Shape shape = definition.y();
  std::size_t at = 0;
  for (std::int64_t item = 0; item < shape.dims()[0]; ++item)
    for (std::int64_t row = 0; row < shape.dims()[1]; ++row)
      for (std::int64_t column = 0; column < shape.dims()[2]; ++column)
        for (std::int64_t out = 0; out < shape.dims()[3]; ++out)
          ASSERT_NEAR(y[at++], definition.at(item, row, column, out),
                      1e-6 * static_cast<double>(of.kernel.elements() / of.kernel.back()))
              << item << ' ' << row << ' ' << column << ' ' << out;
  for (const int threads : {2, 3}) EXPECT_EQ(convolved(of, definition, threads, by), y) << threads << " threads";
}

TEST(DirectConv, IsTheConvolutionForAnySizes) {
  for (const std::int64_t kernel : {1, 2, 3})
    for (const std::int64_t stride : {1, 2})
      for (const std::int64_t out : {1, 7, 16, 40, 70})
        for (const bool same : {false, true}) {
          expect_as_defined({{1, 5, 9, 3}, {kernel, kernel, 3, out}, stride, 1, same, out != 7, out != 16});
          expect_as_defined({{3, 4, 3, 2}, {kernel, kernel, 2, out}, stride, 1, same});
        }
}

TEST(DirectConv, TakesKernelsThatAreWideOrTallAlone) {
  expect_as_defined({{2, 1, 30, 5}, {1, 4, 5, 24}, 1, 1, true});
  expect_as_defined({{2, 12, 1, 5}, {4, 1, 5, 24}, 1, 2, true});
  expect_as_defined({{1, 9, 2, 4}, {3, 1, 4, 130}, 1, 3, false});
}

TEST(DirectConv, SharesPanelsOrRowsOutAmongThreads) {
  expect_as_defined({{1, 13, 13, 32}, {3, 3, 32, 64}, 1, 1, false});  // of panels
  expect_as_defined({{2, 30, 31, 8}, {3, 3, 8, 16}, 1, 1, true});     // of rows, across items
}

TEST(DirectConv, ReadsItemsOncePerPanelOrOnceForAll) {
  for (const std::int64_t batch : {1, 2, 5}) {
    expect_as_defined({{batch, 9, 8, 6}, {3, 3, 6, 70}, 1, 1, true});
    expect_as_defined({{batch, 5, 4, 6}, {3, 3, 6, 70}, 1, 1, true});
    expect_as_defined({{batch, 9, 8, 20}, {1, 1, 20, 70}, 1, 1, false});
    expect_as_defined({{batch, 9, 8, 20}, {1, 1, 20, 70}, 2, 1, false});
  }
}

TEST(DirectConv, GivesASingleChannelByItsWindows) {
  for (const std::int64_t in : {1, 3, 16, 21})
    for (const bool same : {false, true})
      expect_as_defined({{2, 9, 11, in}, {3, 3, in, 1}, 1, 1, same, true, false, in == 3});
}

TEST(DirectConv, AppliesActivationsThatHaveLoops) {
  for (const std::string_view activation : {"tanh", "sigmoid"})
    for (const std::int64_t out : {1, 6, 40})
      expect_as_defined({{2, 9, 11, 4}, {3, 3, 4, out}, 1, 1, true, true, true, false, activation});
}

TEST(ForwardConv, ScalesItsChannelsBeforeTheBiasInEachKernel) {
  for (const By by : {By::direct, By::onednn, By::own})
    for (const bool relu : {false, true}) {
      SCOPED_TRACE(static_cast<int>(by));
      for (const std::int64_t out : {8, 16, 40, 64})
        expect_as_defined({{2, 9, 11, 8}, {3, 3, 8, out}, 1, 1, true, true, relu, true}, by);
      expect_as_defined({{1, 26, 26, 16}, {3, 3, 16, 32}, 1, 1, false, true, relu, true}, by);
    }
}

}  // namespace

#include "kernels/conv/conv.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/parallel.h"

namespace {

using keratin::float32;
using keratin::Shape;
using keratin::graph::Attribute;
using keratin::graph::Ints;
using keratin::graph::KernelRequest;
using keratin::graph::Spec;

constexpr std::size_t guard = 1 << 14;
constexpr float untouched = 77.0f;

bool is_untouched(std::span<const float> floats) {
  return std::ranges::all_of(floats, [](float value) { return value == untouched; });
}

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

  const std::size_t floats = made->workspace_bytes() / sizeof(float);
  std::vector<float> workspace(floats + guard + 16, untouched);
  const std::size_t shift = (64 - reinterpret_cast<std::uintptr_t>(workspace.data()) % 64) % 64 / sizeof(float);
  float* const aligned = workspace.data() + shift;
  const auto size = static_cast<std::size_t>(kernel.elements());
  std::vector<float> gradient(size + guard, untouched);
  const std::vector<float> values(static_cast<std::size_t>(x.elements()), 1.0f);
  const std::vector<float> dy(static_cast<std::size_t>(y.elements()), 1.0f);
  const std::array from{reinterpret_cast<const std::byte*>(values.data()),
                        reinterpret_cast<const std::byte*>(dy.data()), static_cast<const std::byte*>(nullptr)};
  auto* const to = reinterpret_cast<std::byte*>(gradient.data());
  keratin::core::Parallel parallel(1);
  made->run({from, {&to, 1}, reinterpret_cast<std::byte*>(aligned), parallel});
  EXPECT_TRUE(is_untouched({aligned + floats, guard}));
  EXPECT_TRUE(is_untouched(std::span(gradient).subspan(size)));
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

}  // namespace

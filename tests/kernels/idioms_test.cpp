#include "kernels/elementwise/idioms.h"

#include <array>
#include <cmath>
#include <memory_resource>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "core/parallel.h"
#include "kernels/elementwise/elementwise.h"

namespace {

using namespace keratin::graph;
using keratin::Shape;
using keratin::kernels::Idiom;
using keratin::kernels::Idioms;

using Floats = std::vector<float>;

Instruction instruction(ScalarOp op, std::array<std::int16_t, 3> arguments, std::int8_t output = -1) {
  Instruction result;
  result.op = op;
  result.arguments = arguments;
  result.output = output;
  return result;
}

Instruction number(double value) {
  Instruction result = instruction(ScalarOp::immediate, {-1, -1, -1});
  result.immediate = value;
  return result;
}

Instruction greater(std::int16_t a, std::int16_t b) {
  Instruction result = instruction(ScalarOp::greater, {a, b, -1});
  result.result = keratin::boolean;
  return result;
}

Floats numbers(std::int64_t count, float low, float high, unsigned seed) {
  std::mt19937 random(seed);
  Floats values(static_cast<std::size_t>(count));
  for (float& value : values) value = std::uniform_real_distribution<float>(low, high)(random);
  return values;
}

/// Adam's update as it is traced: inputs gradient, m, v, step, w; outputs m, v, w.
std::vector<Instruction> adam() {
  return {instruction(ScalarOp::subtract, {0, 1, -1}),       // 5
          number(0.1),                                       // 6
          instruction(ScalarOp::multiply, {5, 6, -1}),       // 7
          instruction(ScalarOp::add, {1, 7, -1}, 0),         // 8: m
          instruction(ScalarOp::square, {0, -1, -1}),        // 9
          instruction(ScalarOp::subtract, {9, 2, -1}),       // 10
          number(0.001),                                     // 11
          instruction(ScalarOp::multiply, {11, 10, -1}),     // 12
          instruction(ScalarOp::add, {12, 2, -1}, 1),        // 13: v
          instruction(ScalarOp::sqrt, {13, -1, -1}),         // 14
          number(1e-7),                                      // 15
          instruction(ScalarOp::add, {14, 15, -1}),          // 16
          instruction(ScalarOp::multiply, {8, 3, -1}),       // 17
          instruction(ScalarOp::divide, {17, 16, -1}),       // 18
          instruction(ScalarOp::subtract, {4, 18, -1}, 2)};  // 19: w
}

std::vector<char> uniform_of_adam() {
  std::vector<char> uniform(20, 0);
  for (const std::size_t i : {3, 6, 11, 15}) uniform[i] = 1;
  return uniform;
}

TEST(Idioms, AdamsUpdateIsThreeOfThem) {
  const std::vector<Instruction> code = adam();
  const Idioms idioms(code, 5, uniform_of_adam());
  std::size_t left = 0;
  for (std::size_t i = 0; i < code.size(); ++i)
    if (code[i].op != ScalarOp::immediate && !idioms.is_inside(i)) ++left;
  EXPECT_EQ(left, 3u);
  ASSERT_NE(idioms.at(3), nullptr);
  EXPECT_EQ(idioms.at(3)->idiom, Idiom::blend);
  ASSERT_NE(idioms.at(8), nullptr);
  EXPECT_EQ(idioms.at(8)->idiom, Idiom::blend_square);
  ASSERT_NE(idioms.at(14), nullptr);
  EXPECT_EQ(idioms.at(14)->idiom, Idiom::descend);
}

TEST(Idioms, WhatSomebodyElseReadsIsComputed) {
  for (const std::size_t read : {0u, 2u, 4u, 5u, 7u, 9u, 11u, 12u, 13u}) {
    std::vector<Instruction> code = adam();
    code[read].output = 3;
    const Idioms idioms(code, 5, uniform_of_adam());
    EXPECT_FALSE(idioms.is_inside(read)) << read;
  }
}

TEST(Idioms, FactorsByElementAreNone) {
  const std::vector<Instruction> code = adam();
  std::vector<char> uniform = uniform_of_adam();
  uniform[3] = 0;
  EXPECT_EQ(Idioms(code, 5, uniform).at(14), nullptr);
}

/// A kernel's results in its own memory, or on that of its inputs.
std::vector<Floats> results(const std::vector<Instruction>& code, std::vector<Floats> inputs, std::size_t outputs,
                            std::int64_t n, const std::vector<int>& in_place) {
  std::vector<Spec> specs;
  for (const Floats& input : inputs)
    specs.push_back({keratin::float32, static_cast<std::int64_t>(input.size()) == n ? Shape{n} : Shape{}});
  const std::vector<Spec> made(outputs, Spec{keratin::float32, Shape{n}});
  KernelRequest request;
  request.inputs = specs;
  request.outputs = made;
  request.memory = std::pmr::new_delete_resource();
  const KernelPtr kernel = keratin::kernels::elementwise_kernel(request, Program{code});
  std::vector<Floats> all(outputs, Floats(static_cast<std::size_t>(n)));
  std::vector<const std::byte*> in;
  std::vector<std::byte*> out;
  for (const Floats& input : inputs) in.push_back(reinterpret_cast<const std::byte*>(input.data()));
  for (std::size_t i = 0; i < outputs; ++i)
    out.push_back(reinterpret_cast<std::byte*>(
        in_place.empty() ? all[i].data() : inputs[static_cast<std::size_t>(in_place[i])].data()));
  keratin::core::Parallel parallel(2);
  kernel->run({in, out, nullptr, parallel});
  if (!in_place.empty())
    for (std::size_t i = 0; i < outputs; ++i) all[i] = inputs[static_cast<std::size_t>(in_place[i])];
  return all;
}

TEST(Idioms, AdamGivesWhatDoublePrecisionGives) {
  for (const std::int64_t n : {2, 7, 33, 1000, 5003, 70001}) {
    const std::vector<Floats> inputs{numbers(n, -2.0f, 2.0f, 1),
                                     numbers(n, -1.0f, 1.0f, 2),
                                     numbers(n, 0.0f, 1.0f, 3),
                                     {0.01f},
                                     numbers(n, -3.0f, 3.0f, 4)};
    const std::vector<Floats> apart = results(adam(), inputs, 3, n, {});
    const std::vector<Floats> in_place = results(adam(), inputs, 3, n, {1, 2, 4});
    for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
      const double g = inputs[0][i];
      const double m = inputs[1][i] + (g - inputs[1][i]) * 0.1;
      const double v = inputs[2][i] + (g * g - inputs[2][i]) * 0.001;
      const double w = inputs[4][i] - m * 0.01 / (std::sqrt(v) + 1e-7);
      ASSERT_NEAR(apart[0][i], m, 1e-6) << n << " " << i;
      ASSERT_NEAR(apart[1][i], v, 1e-6) << n << " " << i;
      ASSERT_NEAR(apart[2][i], w, 1e-5 * (1.0 + std::abs(w - inputs[4][i]) * 10.0)) << n << " " << i;
    }
    EXPECT_EQ(apart, in_place) << n;
  }
}

TEST(Idioms, TheGradientOfReluPassesNaN) {
  const std::vector<Instruction> code{number(0.0), greater(0, 2), instruction(ScalarOp::select, {3, 1, 2}, 0)};
  for (const std::int64_t n : {2, 9, 100, 5001}) {
    Floats x = numbers(n, -1.0f, 1.0f, 5);
    Floats y = numbers(n, -1.0f, 1.0f, 6);
    x[0] = 0.0f;
    y[1] = std::nanf("");
    x[1] = 1.0f;
    const Floats got = results(code, {x, y}, 1, n, {})[0];
    EXPECT_EQ(got[0], 0.0f);
    EXPECT_TRUE(std::isnan(got[1]));
    for (std::size_t i = 2; i < got.size(); ++i) ASSERT_EQ(got[i], x[i] > 0.0f ? y[i] : 0.0f) << i;
  }
}

}  // namespace

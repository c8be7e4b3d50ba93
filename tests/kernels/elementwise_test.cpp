#include "kernels/elementwise/elementwise.h"

#include <cmath>
#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/parallel.h"
#include "keratin/core/error.h"

namespace {

using namespace keratin::graph;
using keratin::DType;
using keratin::Shape;
using keratin::core::Parallel;

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

Floats numbers(std::int64_t count, unsigned seed = 1) {
  std::mt19937 random(seed);
  Floats values(static_cast<std::size_t>(count));
  for (float& value : values) value = std::uniform_real_distribution<float>(-2.0f, 2.0f)(random);
  return values;
}

/// Makes a kernel for float32 inputs and outputs; what it is made from is gone when it runs.
KernelPtr make(std::vector<Instruction> code, const std::vector<Shape>& inputs, const Shape& output,
               std::size_t outputs, DType result = keratin::float32) {
  std::vector<Spec> specs;
  for (const Shape& shape : inputs) specs.push_back({keratin::float32, shape});
  const std::vector<Spec> results(outputs, Spec{result, output});
  KernelRequest request;
  request.inputs = specs;
  request.outputs = results;
  request.memory = std::pmr::new_delete_resource();
  KernelPtr kernel = keratin::kernels::elementwise_kernel(request, Program{code});
  for (Instruction& line : code) line = number(std::nan(""));
  return kernel;
}

void run(const Kernel& kernel, const std::vector<const float*>& inputs, const std::vector<float*>& outputs,
         int threads = 1) {
  std::vector<const std::byte*> in;
  std::vector<std::byte*> out;
  for (const float* input : inputs) in.push_back(reinterpret_cast<const std::byte*>(input));
  for (float* output : outputs) out.push_back(reinterpret_cast<std::byte*>(output));
  Parallel parallel(threads);
  kernel.run({in, out, nullptr, parallel});
}

struct Pattern {
  Shape a;
  Shape b;
  Shape out;
};

/// The element of an input that broadcasting puts at a flat place of the output, index by index.
std::size_t source_of(std::int64_t place, const Shape& from, const Shape& to) {
  std::int64_t at = 0;
  std::int64_t stride = 1;
  for (std::int64_t d = 1; d <= static_cast<std::int64_t>(from.rank()); ++d) {
    if (from[-d] != 1) at += place % to[-d] * stride;
    stride *= from[-d];
    place /= to[-d];
  }
  return static_cast<std::size_t>(at);
}

TEST(Elementwise, BroadcastsAsNumPy) {
  const std::vector<Pattern> patterns{
      {{7}, {7}, {7}},
      {{}, {}, {}},
      {{1}, {}, {1}},
      {{5000}, {}, {5000}},
      {{3, 1}, {1, 4}, {3, 4}},
      {{700, 3}, {3}, {700, 3}},
      {{5, 3000}, {3000}, {5, 3000}},
      {{5, 3000}, {5, 1}, {5, 3000}},
      {{1000, 3}, {1000, 1}, {1000, 3}},
      {{8, 1, 6, 1}, {7, 1, 5}, {8, 7, 6, 5}},
      {{4, 9, 50}, {4, 1, 50}, {4, 9, 50}},
      {{1, 9, 1}, {40, 9, 50}, {40, 9, 50}},
      {{2, 3, 4, 5, 6}, {3, 1, 1, 6}, {2, 3, 4, 5, 6}},
      {{1, 1, 30000}, {2, 2, 1}, {2, 2, 30000}},
      {{0, 4}, {4}, {0, 4}},
      {{2, 1, 2, 1, 2, 1, 2, 1}, {1, 2, 1, 2, 1, 2, 1, 2}, {2, 2, 2, 2, 2, 2, 2, 2}},
  };
  for (const auto& [a_shape, b_shape, out_shape] : patterns) {
    const Floats a = numbers(a_shape.elements(), 1);
    const Floats b = numbers(b_shape.elements(), 2);
    for (const int threads : {1, 2}) {
      Floats out(static_cast<std::size_t>(out_shape.elements()), -77.0f);
      run(*make({instruction(ScalarOp::subtract, {0, 1, -1}, 0)}, {a_shape, b_shape}, out_shape, 1),
          {a.data(), b.data()}, {out.data()}, threads);
      for (std::size_t i = 0; i < out.size(); ++i) {
        const auto place = static_cast<std::int64_t>(i);
        ASSERT_EQ(out[i], a[source_of(place, a_shape, out_shape)] - b[source_of(place, b_shape, out_shape)])
            << to_string(a_shape) << " - " << to_string(b_shape) << " at " << i;
      }
    }
  }
}

TEST(Elementwise, OneOpTakesItsDtypesFromTheSpecs) {
  const Spec truth{keratin::boolean, {3}};
  const Spec value{keratin::int64, {3}};
  const std::vector<Spec> inputs{truth, value, {keratin::int64, {}}};
  const std::vector<Spec> outputs{value};
  const KernelRequest request{{}, inputs, outputs, 1, std::pmr::new_delete_resource()};
  const KernelPtr kernel = keratin::kernels::elementwise_kernel(request, ScalarOp::select);
  const bool condition[] = {true, false, true};
  const std::int64_t a[] = {std::int64_t{1} << 40, 2, 3};
  const std::int64_t b = -5;
  std::int64_t out[3] = {};
  const std::byte* const in[] = {reinterpret_cast<const std::byte*>(condition), reinterpret_cast<const std::byte*>(a),
                                 reinterpret_cast<const std::byte*>(&b)};
  std::byte* const results[] = {reinterpret_cast<std::byte*>(out)};
  Parallel parallel(1);
  kernel->run({in, results, nullptr, parallel});
  EXPECT_EQ(out[0], std::int64_t{1} << 40);
  EXPECT_EQ(out[1], -5);
  EXPECT_EQ(out[2], 3);
}

/// Adam on p, m, v, g and the scalar lr: new m, v, p, with the outputs written as early as they can be.
std::vector<Instruction> adam() {
  return {
      number(0.9),                                    // 5
      number(0.1),                                    // 6
      number(0.999),                                  // 7
      number(0.001),                                  // 8
      number(1e-7),                                   // 9
      instruction(ScalarOp::multiply, {1, 5, -1}),    // 10
      instruction(ScalarOp::multiply, {3, 6, -1}),    // 11
      instruction(ScalarOp::add, {10, 11, -1}, 1),    // 12: m
      instruction(ScalarOp::square, {3, -1, -1}),     // 13
      instruction(ScalarOp::multiply, {13, 8, -1}),   // 14
      instruction(ScalarOp::multiply, {2, 7, -1}),    // 15
      instruction(ScalarOp::add, {14, 15, -1}, 2),    // 16: v
      instruction(ScalarOp::sqrt, {16, -1, -1}),      // 17
      instruction(ScalarOp::add, {17, 9, -1}),        // 18
      instruction(ScalarOp::divide, {12, 18, -1}),    // 19
      instruction(ScalarOp::negative, {4, -1, -1}),   // 20
      instruction(ScalarOp::multiply, {19, 20, -1}),  // 21
      instruction(ScalarOp::add, {0, 21, -1}, 0),     // 22: p
  };
}

struct Adam {
  Floats p, m, v;
};

Adam expected_adam(Adam state, const Floats& g, float lr) {
  for (std::size_t i = 0; i < g.size(); ++i) {
    const double m = 0.9 * state.m[i] + 0.1 * g[i];
    const double v = 0.999 * state.v[i] + 0.001 * g[i] * g[i];
    state.p[i] = static_cast<float>(state.p[i] - lr * m / (std::sqrt(v) + 1e-7));
    state.m[i] = static_cast<float>(m);
    state.v[i] = static_cast<float>(v);
  }
  return state;
}

Adam adam_state(std::int64_t n) {
  Adam state{numbers(n, 1), numbers(n, 2), numbers(n, 3)};
  for (float& value : state.v) value = std::abs(value) + 0.1f;
  return state;
}

void expect_near(const Adam& got, const Adam& expected) {
  for (std::size_t i = 0; i < got.p.size(); ++i) {
    ASSERT_NEAR(got.p[i], expected.p[i], 1e-6);
    ASSERT_NEAR(got.m[i], expected.m[i], 1e-6);
    ASSERT_NEAR(got.v[i], expected.v[i], 1e-6);
  }
}

TEST(Elementwise, AProgramHasSeveralOutputsInPlaceOrNot) {
  for (const std::int64_t n : {1, 2, 63, 1000, 50001}) {
    const Shape shape{n};
    const KernelPtr kernel = make(adam(), {shape, shape, shape, shape, {}}, shape, 3);
    const Floats g = numbers(n, 4);
    const float lr = 0.05f;
    const Adam before = adam_state(n);
    const Adam expected = expected_adam(before, g, lr);

    Adam apart = before;
    run(*kernel, {before.p.data(), before.m.data(), before.v.data(), g.data(), &lr},
        {apart.p.data(), apart.m.data(), apart.v.data()});
    expect_near(apart, expected);

    for (const int threads : {1, 2}) {
      Adam in_place = before;
      run(*kernel, {in_place.p.data(), in_place.m.data(), in_place.v.data(), g.data(), &lr},
          {in_place.p.data(), in_place.m.data(), in_place.v.data()}, threads);
      EXPECT_EQ(in_place.p, apart.p);
      EXPECT_EQ(in_place.m, apart.m);
      EXPECT_EQ(in_place.v, apart.v);
    }
  }
}

// Output 0 is written first and lies on the input that output 1 reads last, and the other way round.
TEST(Elementwise, AnOutputMayLieOnAnInputThatIsStillNeeded) {
  const std::int64_t n = 3001;
  const std::vector<Instruction> swap{
      instruction(ScalarOp::negative, {0, -1, -1}, 0), instruction(ScalarOp::identity, {1, -1, -1}),
      instruction(ScalarOp::add, {3, 0, -1}, 1), instruction(ScalarOp::subtract, {4, 1, -1}, 2)};
  const KernelPtr kernel = make(swap, {Shape{n}, Shape{n}}, Shape{n}, 3);
  const Floats a = numbers(n, 1);
  const Floats b = numbers(n, 2);
  for (const bool crossed : {false, true}) {
    Floats x = a;
    Floats y = b;
    Floats third(x.size());
    run(*kernel, {x.data(), y.data()}, {(crossed ? y : x).data(), (crossed ? x : y).data(), third.data()});
    const Floats& first = crossed ? y : x;
    const Floats& second = crossed ? x : y;
    for (std::size_t i = 0; i < a.size(); ++i) {
      ASSERT_EQ(first[i], -a[i]);
      ASSERT_EQ(second[i], b[i] + a[i]);
      ASSERT_EQ(third[i], b[i] + a[i] - b[i]);
    }
  }
}

TEST(Elementwise, WhatDependsOnScalarsAloneFillsTheOutputs) {
  const std::vector<Instruction> code{number(3.0), instruction(ScalarOp::multiply, {1, 2, -1}, 0),
                                      instruction(ScalarOp::add, {0, 3, -1}, 1), number(7.0)};
  std::vector<Instruction> with_constant = code;
  with_constant.back().output = 2;
  const std::int64_t n = 2500;
  const KernelPtr kernel = make(with_constant, {Shape{n}, Shape{1}}, Shape{n}, 3);
  const Floats x = numbers(n);
  const float scale = 0.5f;
  Floats product(x.size());
  Floats sum(x.size());
  Floats constant(x.size());
  run(*kernel, {x.data(), &scale}, {product.data(), sum.data(), constant.data()});
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_EQ(product[i], 1.5f);
    ASSERT_EQ(sum[i], x[i] + 1.5f);
    ASSERT_EQ(constant[i], 7.0f);
  }
}

// Comparisons narrow, selects and casts widen again: elements of several sizes in one tile.
TEST(Elementwise, MixesDtypes) {
  const std::int64_t n = 1777;
  Instruction less = instruction(ScalarOp::less, {0, 1, -1});
  less.result = keratin::boolean;
  Instruction wide = instruction(ScalarOp::cast, {2, -1, -1});
  wide.dtype = keratin::boolean;
  wide.result = keratin::float64;
  Instruction square = instruction(ScalarOp::add, {3, 3, -1});
  square.dtype = square.result = keratin::float64;
  Instruction narrow = instruction(ScalarOp::cast, {4, -1, -1});
  narrow.dtype = keratin::float64;
  const Instruction select = instruction(ScalarOp::select, {2, 5, 1}, 0);
  const KernelPtr kernel = make({less, wide, square, narrow, select}, {Shape{n}, Shape{n}}, Shape{n}, 1);
  const Floats a = numbers(n, 1);
  Floats b = numbers(n, 2);
  Floats expected = b;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] < b[i]) expected[i] = 2.0f;
  run(*kernel, {a.data(), b.data()}, {b.data()});
  EXPECT_EQ(b, expected);
}

// As many live values as a deep chain of activations may have.
TEST(Elementwise, ManyValuesAtATimeFitByShorterTiles) {
  std::vector<Instruction> code;
  for (int i = 0; i < 100; ++i) code.push_back(instruction(ScalarOp::add, {static_cast<std::int16_t>(i), 0, -1}));
  for (int i = 0; i < 100; ++i)
    code.push_back(
        instruction(ScalarOp::add, {static_cast<std::int16_t>(100 + i), static_cast<std::int16_t>(100 - i), -1}));
  code.back().output = 0;
  const std::int64_t n = 777;
  Floats x(static_cast<std::size_t>(n));
  std::iota(x.begin(), x.end(), 0.0f);
  Floats out(x.size());
  run(*make(code, {Shape{n}}, Shape{n}, 1), {x.data()}, {out.data()});
  // Values 1 … 100 are 2x … 101x; the sum of values 100, 100, 99, …, 1.
  const float factor = 101.0f + (101.0f * 102.0f / 2.0f - 1.0f);
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(out[i], factor * x[i]);
}

TEST(Elementwise, SaysWhatItCannotCompute) {
  try {
    make({instruction(ScalarOp::exp, {0, -1, -1}, 0)}, {Shape{2}}, Shape{2}, 1, keratin::int32);
    FAIL();
  } catch (const keratin::InternalError&) {
  }
  Instruction exp = instruction(ScalarOp::exp, {1, -1, -1}, 0);
  exp.dtype = exp.result = keratin::int32;
  Instruction cast = instruction(ScalarOp::cast, {0, -1, -1});
  cast.result = keratin::int32;
  try {
    make({cast, exp}, {Shape{2}}, Shape{2}, 1, keratin::int32);
    FAIL();
  } catch (const keratin::DTypeError& error) {
    EXPECT_NE(std::string(error.what()).find("exp"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("int32"), std::string::npos);
  }
  EXPECT_THROW(make({instruction(ScalarOp::exp, {0, -1, -1}, 0)}, {Shape{3}}, Shape{4}, 1), keratin::ShapeError);
}

}  // namespace

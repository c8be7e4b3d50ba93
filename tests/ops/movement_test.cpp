#include "ops/movement.h"

#include <array>
#include <cmath>
#include <limits>
#include <memory_resource>

#include <gtest/gtest.h>

#include "graph/builder.h"
#include "graph/gradients.h"
#include "keratin/core/error.h"
#include "keratin/ops/creation.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/math.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "ops/registry.h"
#include "support/evaluate.h"

namespace {

using namespace keratin;

/// A graph that is current, with inputs made on the way.
struct Traced {
  graph::Builder builder{std::pmr::get_default_resource()};
  graph::Builder::Current current{builder};
  Tensor input(const Shape& shape, DType dtype = float32) { return builder.input({dtype, shape}, "x"); }
  Array run(const Tensor& result, std::vector<Array> inputs, int threads = 1) {
    builder.finish(std::array{result});
    return test::evaluate(builder.graph(), inputs, {.threads = threads}).outputs[0];
  }
};

template <class E, class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return "nothing of that type was thrown";
}

void expect_has(const std::string& text, std::initializer_list<std::string> parts) {
  for (const std::string& part : parts) EXPECT_NE(text.find(part), std::string::npos) << part << " in: " << text;
}

TEST(Movement, ErrorsNameOpAndShapes) {
  Traced traced;
  const Tensor x = traced.input({2, 3});
  const Tensor y = traced.input({4, 5});
  expect_has(message_of<ShapeError>([&] { ops::reshape(x, {4, 2}); }), {"reshape", "(4, 2)", "f32[2,3]"});
  expect_has(message_of<ShapeError>([&] { ops::reshape(x, {-1, 4}); }), {"reshape", "f32[2,3]"});
  expect_has(message_of<ShapeError>([&] { ops::reshape(x, {-1, -1}); }), {"reshape", "one size"});
  expect_has(message_of<ShapeError>([&] { ops::squeeze(x, 0); }), {"f32[2,3]"});
  expect_has(message_of<ShapeError>([&] { ops::concatenate({x, y}, 0); }), {"concatenate", "f32[2,3]", "f32[4,5]"});
  expect_has(message_of<ValueError>([&] { ops::concatenate({}, 0); }), {"concatenate", "none"});
  expect_has(message_of<ValueError>([&] { ops::transpose(x, {0}); }), {"transpose", "1 axes"});
  expect_has(message_of<ValueError>([&] { ops::transpose(x, {0, 0}); }), {"transpose", "axis 0"});
  expect_has(message_of<ShapeError>([&] { ops::broadcast_to(x, {3, 3}); }), {"broadcast_to", "(3, 3)", "f32[2,3]"});
  expect_has(message_of<ShapeError>([&] { ops::split(x, 2, 1); }), {"split", "2 sections", "(2, 3)"});
  expect_has(message_of<ValueError>([&] { ops::pad(x, {{1, 1}}); }), {"pad", "(2, 3)", "1 pairs"});
  expect_has(message_of<ShapeError>([&] {
               ops::pad(x, {{2, 0}, {0, 0}}, ops::PadMode::reflect);
             }),
             {"pad", "(2, 0)", "(2, 3)"});
  expect_has(message_of<ValueError>([&] { ops::slice(x, {1, 1}, {2, 2}); }), {"slice", "(2, 3)", "size 2"});
  expect_has(message_of<ShapeError>([&] { ops::zeros({-1, 2}); }), {"full", "(None, 2)"});
  expect_has(message_of<ShapeError>([&] { ops::top_k(x, 4); }), {"argsort", "f32[2,3]"});
}

/// What running `build(x, indices)` on a (3, 2) array and the indices 1 and `index` throws.
template <class F>
std::string index_error(std::int32_t index, F&& build) {
  Traced traced;
  const Tensor x = traced.input({3, 2});
  const Tensor indices = traced.input({2, 1}, int32);
  const Tensor result = build(x, indices);
  return message_of<ValueError>([&] {
    traced.run(result, {Array::zeros({3, 2}), Array::copy_of({1, index}).reshaped({2, 1})});
  });
}

TEST(Movement, IndexOutOfRangeThrowsWhenItRuns) {
  for (const std::int32_t index : {3, -4}) {
    const std::string number = "index " + std::to_string(index) + " at position 1";
    expect_has(index_error(index, [](const Tensor& x, const Tensor& at) { return ops::take(x, at, 0); }),
               {"take: ", "size 3", number});
    expect_has(index_error(index, [](const Tensor& x, const Tensor& at) { return ops::take_along_axis(x, at, 0); }),
               {"take_along_axis: ", "size 3", "index " + std::to_string(index) + " at"});
    expect_has(
        index_error(index, [](const Tensor&, const Tensor& at) { return ops::scatter(at, ops::ones({2}), {3}); }),
        {"scatter: ", "size 3", number});
    expect_has(index_error(index,
                           [](const Tensor& x, const Tensor& at) {
                             return ops::scatter_update(x, at, ops::ones({2, 2}));
                           }),
               {"scatter_update: ", "size 3", number});
  }
}

TEST(Movement, IndicesMustBeIntegers) {
  Traced traced;
  const Tensor x = traced.input({3, 2});
  expect_has(message_of<DTypeError>([&] { ops::take(x, x, 0); }), {"take", "float32"});
}

TEST(Movement, UnknownBatchStaysUnknown) {
  Traced traced;
  const Tensor x = traced.input({-1, 6});
  EXPECT_EQ(ops::reshape(x, {-1, 3, 2}).shape(), (Shape{-1, 3, 2}));
  EXPECT_EQ(ops::transpose(x).shape(), (Shape{6, -1}));
  EXPECT_EQ(ops::concatenate({x, x}, 0).shape(), (Shape{-1, 6}));
  EXPECT_EQ(ops::concatenate({x, x}, 1).shape(), (Shape{-1, 12}));
  EXPECT_EQ(ops::detail::select_index(x, 0, -1).shape(), (Shape{6}));
  EXPECT_EQ(ops::repeat(x, 2, 0).shape(), (Shape{-1, 6}));
  EXPECT_EQ(ops::tile(x, {1, 2}).shape(), (Shape{-1, 12}));
  EXPECT_EQ(ops::pad(x, {{0, 0}, {1, 2}}).shape(), (Shape{-1, 9}));
  EXPECT_EQ(ops::top_k(x, 2).values.shape(), (Shape{-1, 2}));
  EXPECT_THROW(ops::split(x, 2, 0), ShapeError);
  EXPECT_THROW(ops::reshape(x, {5, 5}), ShapeError);
}

/// More tensors than one node's gradient could tell apart.
TEST(Movement, ConcatenatesManyBatchesOfUnknownSize) {
  Traced traced;
  const Tensor x = traced.input({-1, 2});
  std::vector<Tensor> parts;
  for (int i = 0; i < 40; ++i) parts.push_back(x);
  const Tensor all = ops::concatenate(parts, 0);
  const Array in = Array::random_normal({3, 2});
  EXPECT_EQ(traced.run(all, {in}).shape(), (Shape{120, 2}));
  const Tensor gradient = graph::gradients(ops::sum(all), std::array{x}, ops::gradient_ops())[0];
  EXPECT_EQ(max_abs_difference(traced.run(gradient, {in}), Array::full({3, 2}, 40.0)), 0.0);
}

TEST(Movement, AConcatenationsPartsHaveSecondGradients) {
  Traced traced;
  const Tensor x = traced.input({-1}, float64);
  const Tensor y = traced.input({-1}, float64);
  const Tensor joined = ops::concatenate({x, y}, 0);
  // d sum((x, y)³) / dx = 3x², and of that once more 6x.
  const Tensor cubes = ops::sum(ops::multiply(joined, ops::square(joined)));
  const Tensor first = graph::gradients(cubes, std::array{x}, ops::gradient_ops())[0];
  const Tensor second = graph::gradients(ops::sum(first), std::array{x}, ops::gradient_ops())[0];
  const std::vector<Array> inputs{Array::copy_of({1.0, -2.0}), Array::copy_of({3.0})};
  EXPECT_TRUE(all_close(traced.run(first, inputs), Array::copy_of({3.0, 12.0})));
  EXPECT_TRUE(all_close(traced.run(second, inputs), Array::copy_of({6.0, -12.0})));
}

TEST(Movement, SortsNanLastAndKeepsEqualOnesInOrder) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  Traced traced;
  const Tensor x = traced.input({6});
  const std::vector<Array> inputs{Array::copy_of({2.0f, nan, 1.0f, 2.0f, nan, 0.0f})};
  EXPECT_EQ(max_abs_difference(traced.run(ops::argsort(x), inputs), Array::copy_of({5, 2, 0, 3, 1, 4})), 0.0);
  EXPECT_EQ(max_abs_difference(traced.run(ops::top_k(x, 4).indices, inputs), Array::copy_of({1, 4, 0, 3})), 0.0);
}

TEST(Movement, GradientsByIndexDontDependOnThreads) {
  Traced traced;
  const Tensor table = traced.input({50, 64});
  const Tensor at = traced.input({3000}, int32);
  const Tensor weights = traced.input({3000, 64});
  const Tensor target = ops::sum(ops::multiply(ops::take(table, at, 0), weights));
  const Tensor gradient = graph::gradients(target, std::array{table}, ops::gradient_ops())[0];
  Array indices = Array::arange(3000);
  for (std::int32_t& index : indices.mutable_data<std::int32_t>()) index = index * 17 % 50;
  const std::vector<Array> inputs{Array::zeros({50, 64}), indices, Array::random_normal({3000, 64})};
  const Array one = traced.run(gradient, inputs, 1);
  EXPECT_EQ(max_abs_difference(one, traced.run(gradient, inputs, 2)), 0.0);
  EXPECT_EQ(max_abs_difference(one, traced.run(gradient, inputs, 5)), 0.0);
}

}  // namespace

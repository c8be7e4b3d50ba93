#include <cmath>
#include <limits>
#include <memory_resource>
#include <vector>

#include <gtest/gtest.h>

#include "graph/builder.h"
#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/reduce.h"
#include "ops/registry.h"
#include "support/evaluate.h"

namespace keratin::test {
namespace {

/// A loss of (target, x) and its gradient by x, of the sum over its elements.
struct Result {
  Array loss;
  Array gradient;
};

template <class F>
Result run(const Array& target, const Array& x, F&& loss_of) {
  graph::Builder builder(std::pmr::get_default_resource(), "a test");
  const Tensor t = builder.input({target.dtype(), target.shape()}, "target");
  const Tensor in = builder.input({x.dtype(), x.shape()}, "x");
  const Tensor loss = loss_of(t, in);
  const std::vector<Tensor> gradients = graph::gradients(ops::sum(loss), {&in, 1}, ops::gradient_ops());
  builder.finish(std::vector<Tensor>{loss, gradients[0]});
  const std::vector<Array> inputs{target, x};
  const Evaluated evaluated = evaluate(builder.graph(), inputs);
  return {evaluated.outputs[0], evaluated.outputs[1]};
}

TEST(Crossentropy, OfLogitsOfAThousandIsTheirDifference) {
  const Array x = Array::copy_of({1000.0f, -1000.0f, 0.0f, -1000.0f, 1000.0f, 0.0f}).reshaped({2, 3});
  const Result sparse = run(Array::copy_of({0, 0}), x, [](const Tensor& t, const Tensor& logits) {
    return ops::sparse_categorical_crossentropy(t, logits, true);
  });
  EXPECT_EQ(max_abs_difference(sparse.loss, Array::copy_of({0.0f, 2000.0f})), 0);
  EXPECT_EQ(max_abs_difference(sparse.gradient, Array::copy_of({0.0f, 0.0f, 0.0f, -1.0f, 1.0f, 0.0f}).reshaped({2, 3})),
            0);
  const Array one_hot = Array::copy_of({1.0f, 0.0f, 0.0f, 1.0f, 0.0f, 0.0f}).reshaped({2, 3});
  const Result dense = run(
      one_hot, x, [](const Tensor& t, const Tensor& logits) { return ops::categorical_crossentropy(t, logits, true); });
  EXPECT_EQ(max_abs_difference(dense.loss, sparse.loss), 0);
  EXPECT_EQ(max_abs_difference(dense.gradient, sparse.gradient), 0);
}

TEST(Crossentropy, BinaryOfExtremeLogits) {
  const Array x = Array::copy_of({1000.0f, -1000.0f, 1000.0f, -1000.0f});
  const Result result = run(Array::copy_of({1.0f, 1.0f, 0.0f, 0.0f}), x, [](const Tensor& t, const Tensor& logits) {
    return ops::binary_crossentropy(t, logits, true);
  });
  EXPECT_EQ(max_abs_difference(result.loss, Array::copy_of({0.0f, 1000.0f, 1000.0f, 0.0f})), 0);
  EXPECT_EQ(max_abs_difference(result.gradient, Array::copy_of({0.0f, -1.0f, 1.0f, 0.0f})), 0);
}

TEST(Crossentropy, SaturatedActivationsKeepLossAndGradientOfTheirLogits) {
  const Array x = Array::copy_of({50.0f, -50.0f}).reshaped({1, 2});
  const Result softmax = run(Array::copy_of({1}), x, [](const Tensor& t, const Tensor& logits) {
    return ops::sparse_categorical_crossentropy(t, ops::softmax(logits));
  });
  EXPECT_EQ(softmax.loss.item<float>(), 100.0f);
  EXPECT_EQ(max_abs_difference(softmax.gradient, Array::copy_of({1.0f, -1.0f}).reshaped({1, 2})), 0);
  const Result sigmoid = run(Array::copy_of({1.0f, 1.0f}).reshaped({1, 2}), x, [](const Tensor& t, const Tensor& in) {
    return ops::binary_crossentropy(t, ops::sigmoid(in));
  });
  EXPECT_FLOAT_EQ(sigmoid.loss.at<float>({0, 1}), 50.0f);
  EXPECT_FLOAT_EQ(sigmoid.gradient.at<float>({0, 1}), -1.0f);
}

TEST(Crossentropy, ProbabilitiesThatComeFromElsewhereAreClipped) {
  const Array p = Array::copy_of({1.0f, 0.0f}).reshaped({1, 2});
  const Array target = Array::copy_of({0.0f, 1.0f}).reshaped({1, 2});
  const Result dense =
      run(target, p, [](const Tensor& t, const Tensor& output) { return ops::categorical_crossentropy(t, output); });
  EXPECT_NEAR(dense.loss.item<float>(), -std::log(1e-7), 1e-4);
  EXPECT_EQ(dense.gradient.at<float>({0, 1}), 0);
  const Result binary =
      run(target, p, [](const Tensor& t, const Tensor& output) { return ops::binary_crossentropy(t, output); });
  EXPECT_NEAR(binary.loss.at<float>({0, 1}), -std::log(1e-7), 1e-4);
}

TEST(Crossentropy, SparseLabelsOfAnyNumberTypeAndShape) {
  const Array x = Array::random_normal({3, 4}, {.seed = 4});
  const auto loss = [](const Tensor& t, const Tensor& logits) {
    return ops::sparse_categorical_crossentropy(t, logits, true);
  };
  const Array labels = Array::copy_of({2, 0, 3});
  const Result expected = run(labels, x, loss);
  for (const DType dtype : {uint8, int64, float32, float64}) {
    const Result result = run(labels.astype(dtype).reshaped({3, 1}), x, loss);
    EXPECT_EQ(max_abs_difference(result.loss, expected.loss), 0) << name_of(dtype);
    EXPECT_EQ(max_abs_difference(result.gradient, expected.gradient), 0) << name_of(dtype);
  }
}

TEST(Crossentropy, ALabelThatIsNoClassGivesNaN) {
  const Array x = Array::random_normal({3, 4}, {.seed = 4});
  const Result result = run(Array::copy_of({4, -1, 1}), x, [](const Tensor& t, const Tensor& logits) {
    return ops::sparse_categorical_crossentropy(t, logits, true);
  });
  EXPECT_TRUE(std::isnan(result.loss.at<float>({0})));
  EXPECT_TRUE(std::isnan(result.loss.at<float>({1})));
  EXPECT_FALSE(std::isnan(result.loss.at<float>({2})));
  EXPECT_TRUE(std::isnan(result.gradient.at<float>({0, 2})));
  EXPECT_FALSE(std::isnan(result.gradient.at<float>({2, 2})));
}

TEST(Crossentropy, ShapesThatDoNotFitAreNamed) {
  const auto loss = [](const Tensor& t, const Tensor& output) { return ops::categorical_crossentropy(t, output); };
  const auto sparse = [](const Tensor& t, const Tensor& output) {
    return ops::sparse_categorical_crossentropy(t, output);
  };
  EXPECT_THROW(run(Array::ones({2, 3}), Array::ones({2, 4}), loss), ShapeError);
  EXPECT_THROW(run(Array::ones({2, 1}), Array::ones({2, 4}), loss), ShapeError);
  EXPECT_THROW(run(Array::ones({3}), Array::ones({2, 4}), sparse), ShapeError);
}

TEST(Softmax, InfiniteLogits) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const Array x = Array::copy_of({-infinity, 0.0f, 0.0f, -infinity, -infinity, -infinity}).reshaped({2, 3});
  const Result result = run(x, x, [](const Tensor&, const Tensor& in) { return ops::softmax(in); });
  EXPECT_EQ(max_abs_difference(result.loss.rows(0, 1), Array::copy_of({0.0f, 0.5f, 0.5f}).reshaped({1, 3})), 0);
  EXPECT_TRUE(std::isnan(result.loss.at<float>({1, 0})));
}

TEST(Gradients, OfTiesAndZeros) {
  const Array x = Array::copy_of({3.0f, 1.0f, 3.0f, 0.0f}).reshaped({1, 4});
  const Result tied = run(x, x, [](const Tensor&, const Tensor& in) { return ops::max(in, 1); });
  EXPECT_EQ(max_abs_difference(tied.gradient, Array::copy_of({0.5f, 0.0f, 0.5f, 0.0f}).reshaped({1, 4})), 0);
  const Result product = run(x, x, [](const Tensor&, const Tensor& in) { return ops::prod(in, 1); });
  EXPECT_EQ(max_abs_difference(product.gradient, Array::copy_of({0.0f, 0.0f, 0.0f, 9.0f}).reshaped({1, 4})), 0);
  const Array zeros = Array::zeros({1, 3});
  const Result none = run(zeros, zeros, [](const Tensor&, const Tensor& in) { return ops::prod(in, 1); });
  EXPECT_EQ(max_abs_difference(none.gradient, zeros), 0);
  const Result larger = run(x, x, [](const Tensor& t, const Tensor& in) { return ops::maximum(in, t); });
  EXPECT_EQ(max_abs_difference(larger.gradient, Array::ones({1, 4})), 0);
}

TEST(Promotion, IsKerass) {
  graph::Builder builder(std::pmr::get_default_resource(), "a test");
  const graph::Builder::Current current(builder);
  const auto of = [&](DType dtype) { return builder.input({dtype, {2}}, "x"); };
  EXPECT_EQ(ops::add(of(int32), 1).dtype(), int32);
  EXPECT_EQ(ops::add(of(int64), 1.5).dtype(), float32);
  EXPECT_EQ(ops::add(of(bfloat16), 1.5).dtype(), bfloat16);
  EXPECT_EQ(ops::add(of(boolean), 1).dtype(), int32);
  EXPECT_EQ(ops::add(of(float32), of(int64)).dtype(), float32);
  EXPECT_EQ(ops::divide(of(int32), of(int32)).dtype(), float32);
  EXPECT_EQ(ops::sum(of(boolean)).dtype(), int32);
  EXPECT_EQ(ops::mean(of(int32)).dtype(), float32);
  EXPECT_EQ(ops::where(of(boolean), of(int32), 0.5).dtype(), float32);
}

}  // namespace
}  // namespace keratin::test

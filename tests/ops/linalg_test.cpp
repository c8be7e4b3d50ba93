#include "keratin/ops/linalg.h"

#include <memory_resource>
#include <string>

#include <gtest/gtest.h>

#include "graph/builder.h"
#include "graph/gradients.h"
#include "graph/graph.h"
#include "keratin/core/error.h"
#include "ops/registry.h"

namespace {

using keratin::DType;
using keratin::Shape;
using keratin::Tensor;
using keratin::graph::Builder;

class Linalg : public testing::Test {
 protected:
  Tensor input(const Shape& shape, DType dtype = keratin::float32) {
    return builder_.input({dtype, shape}, "x" + std::to_string(count_++));
  }
  Builder builder_{std::pmr::new_delete_resource()};
  int count_ = 0;
};

TEST_F(Linalg, InfersShapesWithUnknownSizes) {
  namespace ops = keratin::ops;
  EXPECT_EQ(ops::matmul(input({-1, 4}), input({4, 3})).shape(), (Shape{-1, 3}));
  EXPECT_EQ(ops::matmul(input({-1, 5, 4}), input({-1, 4, -1})).shape(), (Shape{-1, 5, -1}));
  EXPECT_EQ(ops::matmul(input({4}), input({-1, 4, 3})).shape(), (Shape{-1, 3}));
  EXPECT_EQ(ops::matmul(input({-1, 5, 4}), input({4})).shape(), (Shape{-1, 5}));
  EXPECT_EQ(ops::matmul(input({2, -1}), input({4, 3})).shape(), (Shape{2, 3}));
}

TEST_F(Linalg, PromotesDTypes) {
  EXPECT_EQ(keratin::ops::matmul(input({2, 3}, keratin::int32), input({3, 2})).dtype(), keratin::float32);
  EXPECT_EQ(keratin::ops::matmul(input({2, 3}, keratin::float64), input({3, 2})).dtype(), keratin::float64);
}

/// The message of the error that f throws.
template <class Error, class F>
std::string message_of(F f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing thrown";
}

TEST_F(Linalg, SaysWhatDoesNotFit) {
  namespace ops = keratin::ops;
  const std::string sizes = message_of<keratin::ShapeError>([&] { ops::matmul(input({2, 3}), input({4, 5})); });
  EXPECT_NE(sizes.find("3 and 4"), std::string::npos) << sizes;
  EXPECT_NE(sizes.find("f32[2,3]"), std::string::npos) << sizes;
  EXPECT_THROW(ops::matmul(input({2, 2, 3}), input({3, 3, 5})), keratin::ShapeError);
  EXPECT_THROW(ops::matmul(input({}), input({3, 5})), keratin::ShapeError);
  EXPECT_THROW(ops::matmul(input({2, 3}), 2.0), keratin::ShapeError);
  EXPECT_THROW(ops::matmul(input({2, 3}, keratin::boolean), input({3, 2}, keratin::boolean)), keratin::DTypeError);
  EXPECT_THROW(ops::tensordot(input({2, 3}), input({4, 5}), 1, 0), keratin::ShapeError);
}

/// Ops of that name in the graph.
int count_of(const keratin::graph::Graph& graph, std::string_view name) {
  int count = 0;
  for (const keratin::graph::Node& node : graph.nodes()) count += node.op->name == name ? 1 : 0;
  return count;
}

TEST_F(Linalg, TheGradientOfDenseWeightsIsOneProductWithoutAReduction) {
  const Tensor x = input({-1, 6, 4});
  const Tensor w = input({4, 3});
  const Tensor y = keratin::ops::matmul(x, w);
  const Tensor sources[] = {x, w};
  const auto gradients = keratin::graph::gradients(y, sources, keratin::ops::gradient_ops());
  EXPECT_EQ(gradients[0].shape(), (Shape{-1, 6, 4}));
  EXPECT_EQ(gradients[1].shape(), (Shape{4, 3}));
  EXPECT_EQ(count_of(builder_.graph(), "matmul"), 3);
  EXPECT_EQ(count_of(builder_.graph(), "sum_like"), 0);
  EXPECT_EQ(count_of(builder_.graph(), "transpose"), 0);
}

}  // namespace

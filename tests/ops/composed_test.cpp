#include <memory_resource>
#include <string>

#include <gtest/gtest.h>

#include "graph/builder.h"
#include "keratin/core/error.h"
#include "keratin/ops/creation.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"

namespace {

namespace ops = keratin::ops;
using keratin::DType;
using keratin::Shape;
using keratin::Tensor;
using keratin::graph::Builder;
using ops::ellipsis;
using ops::Slice;

class Composed : public testing::Test {
 protected:
  Tensor input(const Shape& shape, DType dtype = keratin::float32) {
    return builder_.input({dtype, shape}, "x" + std::to_string(count_++));
  }
  /// The message of the ValueError that einsum throws on operands of these shapes.
  std::string complaint(const char* subscripts, const std::vector<Shape>& shapes) {
    std::vector<Tensor> operands;
    for (const Shape& shape : shapes) operands.push_back(input(shape));
    try {
      ops::einsum(subscripts, operands);
    } catch (const keratin::ValueError& error) {
      return error.what();
    }
    return "nothing thrown";
  }

  Builder builder_{std::pmr::new_delete_resource()};
  Builder::Current current_{builder_};
  int count_ = 0;
};

TEST_F(Composed, EinsumKeepsUnknownSizes) {
  const auto shape = [&](const char* subscripts, const std::vector<Shape>& shapes) {
    std::vector<Tensor> operands;
    for (const Shape& each : shapes) operands.push_back(input(each));
    return ops::einsum(subscripts, operands).shape();
  };
  EXPECT_EQ(shape("abc,cde->abde", {{-1, -1, 4}, {4, 2, 3}}), (Shape{-1, -1, 2, 3}));
  EXPECT_EQ(shape("aecd,abcd->acbe", {{-1, -1, 2, 3}, {-1, -1, 2, 3}}), (Shape{-1, 2, -1, -1}));
  EXPECT_EQ(shape("acbe,aecd->abcd", {{-1, 2, -1, -1}, {-1, -1, 2, 3}}), (Shape{-1, -1, 2, 3}));
  EXPECT_EQ(shape("abcx,x->abc", {{-1, -1, -1, 4}, {4}}), (Shape{-1, -1, -1}));
  EXPECT_EQ(shape("ax,bcdx->abcd", {{-1, 4}, {-1, -1, -1, 4}}), (Shape{-1, -1, -1, -1}));
  EXPECT_EQ(shape("...x,xy->...y", {{-1, -1, 4}, {4, 5}}), (Shape{-1, -1, 5}));
}

TEST_F(Composed, EinsumSaysWhatIsWrongWithTheEquation) {
  const auto expect = [&](const char* subscripts, const std::vector<Shape>& shapes, const char* part) {
    const std::string message = complaint(subscripts, shapes);
    EXPECT_NE(message.find(part), std::string::npos) << message;
    EXPECT_NE(message.find("subscripts=\"" + std::string(subscripts) + "\""), std::string::npos) << message;
  };
  expect("ab,bc->ac", {{2, 3}}, "subscripts for 2 operands, but 1 operands");
  expect("ab->ab", {{2, 3, 4}}, "can't name the axes of an operand of rank 3");
  expect("abc...->c", {{2, 3}}, "can't name the axes of an operand of rank 2");
  expect("ab,bc->ac", {{2, 3}, {4, 5}}, "those of \"b\" have 3 and 4");
  expect("ab,bc->ac", {{2, 1}, {4, 5}}, "those of \"b\" have 1 and 4");
  expect("...a,...a->...", {{2, 3}, {4, 3}}, "those of the ellipsis have 2 and 4");
  expect("ab->aa", {{2, 3}}, "\"a\" twice");
  expect("ab->ac", {{2, 3}}, "\"c\", which no operand has");
  expect("a1->a", {{2, 3}}, "subscripts are letters");
  expect("a->b->c", {{2}}, "subscripts are letters");
  expect("a....->a", {{2}}, "subscripts are letters");
  EXPECT_THROW(ops::einsum("->", {}), keratin::ValueError);
}

TEST_F(Composed, EinsumPromotes) {
  EXPECT_EQ(ops::einsum("ab,bc", {input({2, 3}, keratin::int32), input({3, 2})}).dtype(), keratin::float32);
  EXPECT_EQ(ops::einsum("ab", {input({2, 3}, keratin::float64)}).dtype(), keratin::float64);
}

TEST_F(Composed, ItemsOfUnknownSizes) {
  const Tensor x = input({-1, 5, -1});
  EXPECT_EQ(ops::get_item(x, {0}).shape(), (Shape{5, -1}));
  EXPECT_EQ(ops::get_item(x, {ellipsis, Slice{1, 3}}).shape(), (Shape{-1, 5, -1}));
  EXPECT_EQ(ops::get_item(x, {ops::newaxis, Slice{}, -1}).shape(), (Shape{1, -1, -1}));
  EXPECT_THROW(ops::get_item(x, {0, 5}), keratin::ValueError);
  EXPECT_THROW(ops::get_item(x, {0, -6}), keratin::ValueError);
  EXPECT_THROW(ops::get_item(x, {0, 0, 0, 0}), keratin::ValueError);
  EXPECT_THROW(ops::get_item(x, {ellipsis, ellipsis}), keratin::ValueError);
  EXPECT_THROW(ops::get_item(x, {Slice{0, 1, 0}}), keratin::ValueError);
}

TEST_F(Composed, WhatDoesNotFitIsRefused) {
  EXPECT_THROW(ops::diagonal(input({2, 3}), 0, 1, 1), keratin::ValueError);
  EXPECT_THROW(ops::diagonal(input({-1, 3})), keratin::ShapeError);
  EXPECT_THROW(ops::dot_product_attention(input({2, 3, 4}), input({2, 3, 4}), input({2, 3, 4})), keratin::ShapeError);
  EXPECT_THROW(ops::dot_product_attention(input({2, 3, 4, 5}), input({2, 3, 3, 5}), input({2, 3, 3, 5})),
               keratin::ShapeError);
  EXPECT_THROW(ops::normalize(input({2, 3}), -1, 0), keratin::ValueError);
  EXPECT_THROW(ops::normalize(input({2, 3}), {0, 1}, 3), keratin::ValueError);
  EXPECT_THROW(ops::psnr(input({2, 3}), input({2, 4}), 1.0), keratin::ShapeError);
  EXPECT_THROW(ops::psnr(input({2, 3}), input({2, 3}), 0.0), keratin::ValueError);
  EXPECT_THROW(ops::depth_to_space(input({2, 3, 4, 6}), 2), keratin::ValueError);
  EXPECT_THROW(ops::depth_to_space(input({2, 3, 4, 8}), 0), keratin::ValueError);
  EXPECT_THROW(ops::space_to_depth(input({2, 3, 4, 6}), 2), keratin::ValueError);
  EXPECT_THROW(ops::space_to_depth(input({2, 3, 4, 6}), 0), keratin::ValueError);
  EXPECT_THROW(ops::space_to_depth(input({2, 3, 4}), 2), keratin::ShapeError);
  EXPECT_THROW(ops::unfold(input({2, 3, 4, 4}), 5), keratin::ValueError);
  EXPECT_THROW(ops::fold(input({2, 8, 5}), 4, 2, 1, 0, 2), keratin::ShapeError);
  EXPECT_THROW(ops::linspace(0.0, 1.0, -1), keratin::ValueError);
}

}  // namespace

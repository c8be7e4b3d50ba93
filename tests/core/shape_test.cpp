#include "keratin/core/shape.h"

#include <limits>
#include <sstream>

#include <gtest/gtest.h>

#include "keratin/core/error.h"

namespace {

using namespace keratin;

TEST(Shape, PrintsAsPythonDoes) {
  EXPECT_EQ(to_string(Shape{}), "()");
  EXPECT_EQ(to_string(Shape{3}), "(3,)");
  EXPECT_EQ(to_string(Shape{-1, 10}), "(None, 10)");
  std::ostringstream out;
  out << Shape{32, 64};
  EXPECT_EQ(out.str(), "(32, 64)");
}

TEST(Shape, TakesAnyIntegersAndNegativeIndices) {
  const std::size_t rows = 4;
  const unsigned char columns = 5;
  const Shape shape{rows, columns, -1};
  EXPECT_EQ(shape[0], 4);
  EXPECT_EQ(shape[-1], -1);
  EXPECT_EQ(shape[-3], 4);
  EXPECT_THROW(shape[3], ShapeError);
  EXPECT_THROW(shape[-4], ShapeError);
  EXPECT_THROW(Shape{}.front(), ShapeError);
}

TEST(Shape, InsertsAndErases) {
  Shape shape{2, 4};
  shape.insert(1, 3);
  EXPECT_EQ(shape, (Shape{2, 3, 4}));
  shape.push_back(5);
  EXPECT_EQ(shape, (Shape{2, 3, 4, 5}));
  shape.erase(0);
  EXPECT_EQ(shape, (Shape{3, 4, 5}));
  EXPECT_THROW(shape.insert(4, 1), ShapeError);
  EXPECT_THROW(shape.erase(3), ShapeError);
}

TEST(Shape, EqualityForgetsWhatWasErased) {
  Shape shape{2, 9};
  shape.erase(1);
  EXPECT_EQ(shape, Shape{2});
}

TEST(Shape, RefusesNineDimensionsAndSizesBelowMinusOne) {
  EXPECT_NO_THROW((Shape{1, 1, 1, 1, 1, 1, 1, 1}));
  EXPECT_THROW((Shape{1, 1, 1, 1, 1, 1, 1, 1, 1}), ShapeError);
  EXPECT_THROW(Shape{-2}, ShapeError);
  Shape full{1, 1, 1, 1, 1, 1, 1, 1};
  EXPECT_THROW(full.push_back(1), ShapeError);
  EXPECT_EQ(full.rank(), 8u);
}

TEST(Shape, CountsElements) {
  EXPECT_EQ(Shape{}.elements(), 1);
  EXPECT_EQ((Shape{3, 0, 5}).elements(), 0);
  EXPECT_EQ((Shape{3, 4, 5}).elements(), 60);
  EXPECT_THROW((Shape{-1, 5}).elements(), ShapeError);
  const std::int64_t huge = std::numeric_limits<std::int64_t>::max() / 2;
  EXPECT_THROW((Shape{huge, 3}).elements(), ShapeError);
  EXPECT_EQ((Shape{huge, huge, 0}).elements(), 0);
}

}  // namespace

#include "keratin/eigen.h"

#include <complex>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/complex.h"

namespace {

using namespace keratin;
using eigen::RowMajorMatrix;

/// 0, 1, 2 …
Array counted(const Shape& shape) { return Array::arange(shape.elements(), float32).reshaped(shape); }

TEST(EigenViews, SeeTheArraysOwnMemory) {
  const Array array = counted({2, 3});
  const auto matrix = eigen::as_matrix<float>(array);
  EXPECT_EQ(matrix.data(), array.data<float>().data());
  ASSERT_EQ(matrix.rows(), 2);
  ASSERT_EQ(matrix.cols(), 3);
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j) EXPECT_EQ(matrix(i, j), array.at<float>({i, j}));
  const Array values = counted({4});
  EXPECT_EQ(eigen::as_vector<float>(values).data(), values.data<float>().data());
  EXPECT_EQ(eigen::as_vector<float>(values).sum(), 6.0f);
}

TEST(EigenViews, HaveTheFirstDimensionAsRowsAndTheRestAsColumns) {
  const auto sizes = [](const Array& array) {
    const auto matrix = eigen::as_matrix<float>(array);
    return std::pair{matrix.rows(), matrix.cols()};
  };
  EXPECT_EQ(sizes(counted({5})), (std::pair<Eigen::Index, Eigen::Index>{5, 1}));
  EXPECT_EQ(sizes(counted({2, 3, 4})), (std::pair<Eigen::Index, Eigen::Index>{2, 12}));
  EXPECT_EQ(sizes(Array::zeros({0, 3})), (std::pair<Eigen::Index, Eigen::Index>{0, 3}));
  const Array cube = counted({2, 3, 4});
  EXPECT_EQ(eigen::as_matrix<float>(cube)(1, 7), cube.at<float>({1, 1, 3}));
}

TEST(EigenViews, ForWritingUnshareTheMemoryFirst) {
  Array array = counted({2, 2});
  const Array before = array;
  eigen::as_mutable_matrix<float>(array) *= 2.0f;
  EXPECT_TRUE(all_close(array, Array::copy_of({0.0f, 2.0f, 4.0f, 6.0f}).reshaped({2, 2})));
  EXPECT_TRUE(all_close(before, counted({2, 2})));
  Array vector = counted({3});
  eigen::as_mutable_vector<float>(vector).setConstant(7.0f);
  EXPECT_TRUE(all_close(vector, Array::full({3}, 7.0)));
}

TEST(EigenViews, RefuseOtherTypesAndShapes) {
  Array array = counted({2, 3});
  EXPECT_THROW(eigen::as_matrix<double>(array), DTypeError);
  EXPECT_THROW(eigen::as_mutable_matrix<std::int32_t>(array), DTypeError);
  EXPECT_THROW(eigen::as_vector<float>(array), ShapeError);
  EXPECT_THROW(eigen::as_mutable_vector<float>(array), ShapeError);
  Array scalar = Array::scalar(1.0f);
  EXPECT_THROW(eigen::as_matrix<float>(scalar), ShapeError);
  EXPECT_THROW(eigen::as_vector<float>(scalar), ShapeError);
  const Array strided = array.transposed();
  EXPECT_THROW(eigen::as_matrix<float>(strided), ValueError);
  const Array row_major = strided.contiguous();
  EXPECT_EQ(eigen::as_matrix<float>(row_major)(2, 1), 5.0f);
}

TEST(EigenCopies, AreRowMajorWhateverTheExpressionIs) {
  Eigen::MatrixXf columns(2, 3);
  columns << 1, 2, 3, 4, 5, 6;
  EXPECT_TRUE(all_close(eigen::copy_of(columns), Array::copy_of({1.f, 2.f, 3.f, 4.f, 5.f, 6.f}).reshaped({2, 3})));
  EXPECT_TRUE(all_close(eigen::copy_of(columns.transpose() * 2.0f),
                        Array::copy_of({2.f, 8.f, 4.f, 10.f, 6.f, 12.f}).reshaped({3, 2})));
  EXPECT_TRUE(all_close(eigen::copy_of(columns * columns.transpose()),
                        Array::copy_of({14.f, 32.f, 32.f, 77.f}).reshaped({2, 2})));
  EXPECT_TRUE(all_close(eigen::copy_of(columns.col(1)), Array::copy_of({2.f, 5.f})));
  EXPECT_TRUE(all_close(eigen::copy_of(columns.row(1)), Array::copy_of({4.f, 5.f, 6.f})));
  EXPECT_EQ(eigen::copy_of(Eigen::Vector3d(1, 2, 3)).dtype(), float64);
  EXPECT_EQ(eigen::copy_of(Eigen::MatrixXi::Identity(2, 2)).dtype(), int32);
  EXPECT_EQ(eigen::copy_of(Eigen::MatrixXcf::Zero(2, 2)).dtype(), complex64);
  EXPECT_EQ(eigen::copy_of(Eigen::MatrixXf(0, 3)).shape(), (Shape{0, 3}));
}

TEST(EigenBorrowing, SeesTheMatrixWithoutACopy) {
  RowMajorMatrix<double> matrix = RowMajorMatrix<double>::Random(3, 2);
  const Array array = eigen::borrow(matrix);
  EXPECT_TRUE(array.is_borrowed());
  EXPECT_EQ(array.shape(), (Shape{3, 2}));
  EXPECT_EQ(array.data<double>().data(), matrix.data());
  matrix(2, 1) = 5.0;
  EXPECT_EQ(array.at<double>({2, 1}), 5.0);
  Array written = array;
  eigen::as_mutable_matrix<double>(written).setZero();
  EXPECT_EQ(matrix(2, 1), 5.0) << "writing copies first";
  const Eigen::VectorXf vector = Eigen::VectorXf::LinSpaced(4, 0.0f, 3.0f);
  EXPECT_TRUE(all_close(eigen::borrow(vector), counted({4})));
}

template <class T>
concept Borrowable = requires(T&& matrix) { eigen::borrow(std::forward<T>(matrix)); };
template <class T>
concept Viewable = requires(T&& array) { eigen::as_matrix<float>(std::forward<T>(array)); };
static_assert(Borrowable<RowMajorMatrix<float>&> && Borrowable<const RowMajorMatrix<float>&>);
static_assert(!Borrowable<RowMajorMatrix<float>>, "a temporary would end before the array");
static_assert(Viewable<Array&> && Viewable<const Array&> && !Viewable<Array>);

}  // namespace

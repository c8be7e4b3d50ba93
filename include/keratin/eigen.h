#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <Eigen/Core>

#include "keratin/core/array.h"
#include "keratin/core/dtype.h"
#include "keratin/core/error.h"
#include "keratin/core/shape.h"

/// Arrays as Eigen's matrices, and the other way. For programs that use Eigen: nothing else of Keratin includes it.
namespace keratin::inline v0::eigen {

template <class T>
using RowMajorMatrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using Vector = Eigen::Matrix<T, Eigen::Dynamic, 1>;

namespace detail {

/// Rows of an array as a matrix: its first dimension. The columns are all others together.
inline Eigen::Index rows_of(const Array& array) {
  if (array.rank() == 0)
    throw ShapeError("as_matrix needs at least one dimension; a scalar has item(). Received: shape ()");
  return static_cast<Eigen::Index>(array.shape().front());
}

inline Eigen::Index columns_of(const Array& array) {
  return static_cast<Eigen::Index>(Shape(array.shape().dims().subspan(1)).elements());
}

inline void check_vector(const Array& array) {
  if (array.rank() != 1)
    throw ShapeError("as_vector needs one dimension; take as_matrix, or reshaped({-1}) first. Received: shape " +
                     to_string(array.shape()));
}

template <class Derived>
Shape shape_of(const Eigen::EigenBase<Derived>& matrix) {
  if constexpr (Derived::IsVectorAtCompileTime) {
    return {matrix.size()};
  } else {
    return {matrix.rows(), matrix.cols()};
  }
}

}  // namespace detail

/// The array's elements, seen as long as the array lives and isn't changed: shape (n,) as n×1, (n, m) as n×m, more
/// dimensions as rows × all the rest. Throws DTypeError for another type, ShapeError for a scalar, ValueError for a
/// strided array (take contiguous() first).
template <Element T>
Eigen::Map<const RowMajorMatrix<T>> as_matrix(const Array& array) {
  const Eigen::Index rows = detail::rows_of(array);
  return {array.data<T>().data(), rows, detail::columns_of(array)};
}
template <Element T>
Eigen::Map<const RowMajorMatrix<T>> as_matrix(const Array&& array) = delete;  // what it would see ends with the line

/// The same for writing: un-shares the array's memory, copies a borrowed or strided one.
template <Element T>
Eigen::Map<RowMajorMatrix<T>> as_mutable_matrix(Array& array) {
  const Eigen::Index rows = detail::rows_of(array);
  return {array.mutable_data<T>().data(), rows, detail::columns_of(array)};
}

/// An array of shape (n,) as a column vector. Throws DTypeError, ShapeError for more or fewer dimensions, ValueError
/// for a strided array.
template <Element T>
Eigen::Map<const Vector<T>> as_vector(const Array& array) {
  detail::check_vector(array);
  return {array.data<T>().data(), static_cast<Eigen::Index>(array.size())};
}
template <Element T>
Eigen::Map<const Vector<T>> as_vector(const Array&& array) = delete;

/// The same for writing.
template <Element T>
Eigen::Map<Vector<T>> as_mutable_vector(Array& array) {
  detail::check_vector(array);
  return {array.mutable_data<T>().data(), static_cast<Eigen::Index>(array.size())};
}

/// The values of any matrix expression, copied row by row: shape (rows, columns), or (n,) for vectors.
template <class Derived>
  requires Element<typename Derived::Scalar>
Array copy_of(const Eigen::MatrixBase<Derived>& matrix) {
  using T = typename Derived::Scalar;
  Array array = Array::empty(detail::shape_of(matrix), dtype_of<T>);
  Eigen::Map<RowMajorMatrix<T>>(array.mutable_data<T>().data(), matrix.rows(), matrix.cols()).noalias() =
      matrix.derived();
  return array;
}

/// Sees a row-major matrix or a vector without a copy: it must live, with its size, as long as the array is used.
template <class Derived>
  requires Element<typename Derived::Scalar>
Array borrow(const Eigen::PlainObjectBase<Derived>& matrix) {
  static_assert(Derived::IsRowMajor || Derived::IsVectorAtCompileTime,
                "A column-major matrix can't be borrowed: take copy_of, or a RowMajorMatrix");
  using T = typename Derived::Scalar;
  return Array::borrow(std::span<const T>(matrix.data(), static_cast<std::size_t>(matrix.size())),
                       detail::shape_of(matrix));
}
template <class Derived>
Array borrow(const Eigen::PlainObjectBase<Derived>&& matrix) = delete;

}  // namespace keratin::inline v0::eigen

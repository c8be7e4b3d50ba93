#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/core/dtype.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"

namespace keratin::inline v0 {

struct BorrowOptions {
  /// Elements from one index to the next, per dimension; empty means contiguous. May be negative or 0: the array's
  /// lowest element is the memory's first, so that {−1} sees it from its end to its beginning.
  std::vector<std::int64_t> strides = {};
  /// Kept alive as long as any Array sees the memory; without it the caller keeps the memory alive.
  std::shared_ptr<const void> owner = {};
};

struct RandomNormalOptions {
  double mean = 0.0;
  double stddev = 1.0;
  std::uint64_t seed = 0;
};

struct RandomUniformOptions {
  double minval = 0.0;
  double maxval = 1.0;
  std::uint64_t seed = 0;
};

/// Data: dtype, shape and memory that is reference-counted or borrowed. No session is involved, and results
/// outlive `Session::clear()`. Copies are cheap and share memory; writing un-shares first (copy on write).
/// Const use from several threads is safe.
class KERATIN_API Array {
 public:
  /// A float32 scalar 0 with shape ().
  Array();
  ~Array();
  Array(const Array&);
  Array& operator=(const Array&);
  Array(Array&&) noexcept;
  Array& operator=(Array&&) noexcept;

  static Array zeros(const Shape& shape, DType dtype = float32);
  static Array ones(const Shape& shape, DType dtype = float32);
  static Array full(const Shape& shape, double value, DType dtype = float32);
  /// Memory whose content is not set; for results that are filled at once.
  static Array empty(const Shape& shape, DType dtype = float32);
  static Array arange(std::int64_t stop, DType dtype = int32);
  template <Element T>
  static Array scalar(T value) {
    return copy_bytes(&value, {}, dtype_of<T>);
  }
  /// A copy of the values, with shape (n,).
  template <Element T>
  static Array copy_of(std::span<const T> values) {
    return copy_bytes(values.data(), Shape{values.size()}, dtype_of<T>);
  }
  template <Element T>
  static Array copy_of(const std::vector<T>& values) {
    if constexpr (std::is_same_v<T, bool>) {
      const std::vector<std::uint8_t> bytes(values.begin(), values.end());
      return copy_bytes(bytes.data(), Shape{bytes.size()}, boolean);
    } else {
      return copy_of(std::span<const T>(values));
    }
  }
  template <Element T>
  static Array copy_of(std::initializer_list<T> values) {
    return copy_of(std::span<const T>(values.begin(), values.size()));
  }
  /// Sees the caller's memory without a copy. Throws ShapeError if shape and strides reach outside of `memory`.
  template <class T>
    requires Element<T>
  static Array borrow(std::span<const T> memory, const Shape& shape, BorrowOptions options = {}) {
    return borrow_bytes(memory.data(), memory.size(), shape, dtype_of<T>, std::move(options));
  }
  /// Standard normal and uniform values from the counter-based generator: the same for the same seed everywhere.
  static Array random_normal(const Shape& shape, RandomNormalOptions options = {});
  static Array random_uniform(const Shape& shape, RandomUniformOptions options = {});

  DType dtype() const noexcept;
  const Shape& shape() const noexcept;
  std::int64_t rank() const noexcept { return std::int64_t(shape().rank()); }
  std::int64_t size() const noexcept;    ///< number of elements
  std::int64_t nbytes() const noexcept;  ///< size() times the element's bytes
  /// Elements from one index to the next, per dimension.
  std::span<const std::int64_t> strides() const noexcept;
  bool is_contiguous() const noexcept;
  bool is_borrowed() const noexcept;

  /// The elements in row-major order. Throws DTypeError for another type, ValueError for a strided array (take
  /// contiguous() first).
  template <Element T>
  std::span<const T> data() const {
    return {static_cast<const T*>(contiguous_data(dtype_of<T>)), std::size_t(size())};
  }
  /// The same for writing: un-shares the memory, copies a borrowed or strided one.
  template <Element T>
  std::span<T> mutable_data() {
    return {static_cast<T*>(writable_data(dtype_of<T>)), std::size_t(size())};
  }
  /// The first element's address, strided or not; for kernels that walk the strides themselves.
  const void* raw() const noexcept;

  /// The only element, converted; throws ValueError if there isn't exactly one.
  template <class T>
    requires std::is_arithmetic_v<T>
  T item() const {
    return convert<T>(only_element());
  }
  /// One element, converted; negative indices count from the end. Throws ValueError for an index out of range.
  template <class T>
    requires std::is_arithmetic_v<T>
  T at(std::initializer_list<Dim> indices) const {
    return convert<T>(element({indices.begin(), indices.size()}));
  }

  /// Same elements in another shape; one dimension may be −1. Shares memory where the layout allows it.
  Array reshaped(const Shape& shape) const;
  /// Rows first … last−1 of the first dimension, sharing memory; negative bounds count from the end. Throws
  /// ValueError for bounds out of range (NumPy clips them).
  Array rows(std::int64_t first, std::int64_t last) const;
  /// Dimensions in another order (reversed if empty), sharing memory.
  Array transposed(std::vector<std::int64_t> axes = {}) const;
  /// Elements start, start+step … below stop along `axis`, sharing memory. Negative bounds count from the end; with a
  /// negative step, down to above stop, where −size−1 stands for before the first. Throws ValueError for bounds out of
  /// range.
  Array sliced(std::int64_t axis, std::int64_t start, std::int64_t stop, std::int64_t step = 1) const;
  /// Rows in the order of `indices` (repeats allowed, negative ones count from the end), copied. Throws ValueError for
  /// an index out of range.
  Array take(std::span<const std::int64_t> indices) const;
  /// Converted elements; float to integer truncates (and stops at the type's ends, NaN becomes 0), to bool compares
  /// with 0, complex to real takes the real part. The array itself if the dtype is the same. Throws DTypeError between
  /// strings and anything else.
  Array astype(DType dtype) const;
  /// Row-major memory: the array itself if it is contiguous already.
  Array contiguous() const;
  /// Contiguous memory of its own, never shared.
  Array copy() const;

  /// NumPy's `.npy` format, versions 1.0 to 3.0 read, C and Fortran order, little endian; strings as `<U` (UTF-8
  /// here), `|S` read too. The file appears whole or not at all. Throws FileError, and DTypeError for bfloat16, which
  /// the format lacks.
  void save(const std::string& path) const;
  static Array load(const std::string& path);

 private:
  struct Impl;
  /// An element as a number: integers exactly, the rest as double.
  struct Number {
    double floating;
    std::int64_t integer;  ///< an uint64's bits
    DType dtype;
  };
  template <class T>
  static T convert(const Number& number) {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
      if (is_integer(number.dtype)) return static_cast<T>(number.integer);
    return static_cast<T>(number.floating);
  }

  explicit Array(std::shared_ptr<Impl> impl) noexcept;
  static Array copy_bytes(const void* data, const Shape& shape, DType dtype);
  static Array borrow_bytes(const void* data, std::size_t elements, const Shape& shape, DType dtype,
                            BorrowOptions options);
  /// What the array sees; a default or moved-from one, which has no Impl, a shared scalar 0.
  const Impl& self() const noexcept;
  /// The same memory with another shape and strides, its first element `offset` elements further on.
  Array view(const Shape& shape, std::span<const std::int64_t> strides, std::int64_t offset) const;
  const void* contiguous_data(DType expected) const;
  void* writable_data(DType expected);
  Number only_element() const;
  Number element(std::span<const Dim> indices) const;

  std::shared_ptr<Impl> impl_;
};

/// NumPy-like, shortened for large arrays.
KERATIN_API std::ostream& operator<<(std::ostream& out, const Array& array);

/// max |a − b| over all elements, in double; NaN if either holds one where the other doesn't. Throws ShapeError if
/// shapes differ.
KERATIN_API double max_abs_difference(const Array& a, const Array& b);
/// True if all |a − b| ≤ atol + rtol·|b|; false with a NaN, as in NumPy. Throws ShapeError if shapes differ.
KERATIN_API bool all_close(const Array& a, const Array& b, double rtol = 1e-5, double atol = 1e-8);

}  // namespace keratin::inline v0

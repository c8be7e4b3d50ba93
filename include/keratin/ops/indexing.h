#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <vector>

#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"

/// Operations that read and write by index, sort and search, with Keras's names and parameter order. Indices are
/// integers of any dtype; negative ones count from the end. One out of range throws ValueError when the op runs.
namespace keratin::inline v0::ops {

/// `shape` elements from start_indices on; −1 takes all that remain. Throws ValueError for what lies outside.
KERATIN_API Tensor slice(const Tensor& inputs, const std::vector<std::int64_t>& start_indices, const Shape& shape);

/// Python's start:stop:step; each may be left out or negative.
struct Slice {
  std::optional<std::int64_t> start = {};
  std::optional<std::int64_t> stop = {};
  std::optional<std::int64_t> step = {};
};
struct Ellipsis {};
struct NewAxis {};
inline constexpr Ellipsis ellipsis{};  ///< all axes that the rest of the key doesn't name
inline constexpr NewAxis newaxis{};    ///< an axis of size 1
/// What a key says of one axis: an index, a slice, ellipsis or newaxis.
class ItemKey {
 public:
  enum class Kind : std::uint8_t { index, slice, rest, added };
  template <std::integral T>
  ItemKey(T index) noexcept : slice_{.start = static_cast<std::int64_t>(index)}, kind_(Kind::index) {}
  ItemKey(const Slice& slice) noexcept : slice_(slice), kind_(Kind::slice) {}
  ItemKey(Ellipsis) noexcept : kind_(Kind::rest) {}
  ItemKey(NewAxis) noexcept : kind_(Kind::added) {}
  Kind kind() const noexcept { return kind_; }
  const Slice& slice() const noexcept { return slice_; }  ///< of an index: its start

 private:
  Slice slice_ = {};
  Kind kind_;
};
/// x[key] as in Python: `get_item(x, {Slice{1, {}, 2}, ellipsis, -1})` is x[1::2, ..., -1]. An unknown size stays
/// unknown. Throws ValueError for an index out of range, too many of them, or a second ellipsis.
KERATIN_API Tensor get_item(const Tensor& x, const std::vector<ItemKey>& key);

/// Entries along the axis (of the vector of all elements, if none is given): the axis is replaced by the shape of
/// indices.
KERATIN_API Tensor take(const Tensor& x, const Tensor& indices, std::optional<std::int64_t> axis = {});
/// One element for each index: out[i, j, k] = x[i, indices[i, j, k], k] for axis 1. Other dimensions of size 1 repeat.
KERATIN_API Tensor take_along_axis(const Tensor& x, const Tensor& indices, std::optional<std::int64_t> axis = -1);

/// Zeros of this shape, to which values are added at indices: a row of indices is a position in the first dimensions.
KERATIN_API Tensor scatter(const Tensor& indices, const Tensor& values, const Shape& shape);
/// inputs with updates in place of what was at indices; of equal positions the last one counts.
KERATIN_API Tensor scatter_update(const Tensor& inputs, const Tensor& indices, const Tensor& updates);

/// In ascending order, NaN last.
KERATIN_API Tensor sort(const Tensor& x, std::int64_t axis = -1);
/// The int32 indices that do that; equal elements stay in order.
KERATIN_API Tensor argsort(const Tensor& x, std::int64_t axis = -1);
struct TopK {
  Tensor values;
  Tensor indices;  ///< int32
};
/// The k largest elements of the last dimension; largest first (always, whatever `sorted` says), and of equal ones the
/// first.
KERATIN_API TopK top_k(const Tensor& x, std::int64_t k, bool sorted = true);
/// Whether each target is the index of one of the k largest predictions of its row: targets (n,), predictions
/// (n, classes). Ties count as in; false for a target out of range.
KERATIN_API Tensor in_top_k(const Tensor& targets, const Tensor& predictions, std::int64_t k);

/// Sums of all elements up to each one along the axis (of the vector of all elements, if none is given).
KERATIN_API Tensor cumsum(const Tensor& x, std::optional<std::int64_t> axis = {});

}  // namespace keratin::inline v0::ops

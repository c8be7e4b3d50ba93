#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/ops/axes.h"

/// Operations on shapes, with Keras's names and parameter order. Negative axes count from the end. All throw ValueError
/// for an axis out of range and ShapeError for shapes that don't fit.
namespace keratin::inline v0::ops {

/// The same elements in another shape; one size may be −1 and follows from the others.
KERATIN_API Tensor reshape(const Tensor& x, const Shape& newshape);
/// The same elements as a vector.
KERATIN_API Tensor ravel(const Tensor& x);
/// Without these dimensions of size 1; without all of them if no axis is given.
KERATIN_API Tensor squeeze(const Tensor& x, const Axes& axis = {});
/// With dimensions of size 1 put in: `axis` are their places in the result.
KERATIN_API Tensor expand_dims(const Tensor& x, const Axes& axis);
/// Dimension i of the result is dimension axes[i] of x; reversed if none is given.
KERATIN_API Tensor transpose(const Tensor& x, const Axes& axes = {});
KERATIN_API Tensor swapaxes(const Tensor& x, std::int64_t axis1, std::int64_t axis2);
/// The dimensions `source` go to the places `destination`; the others keep their order.
KERATIN_API Tensor moveaxis(const Tensor& x, const Axes& source, const Axes& destination);

/// One after the other along an axis they all have; dtypes promote.
KERATIN_API Tensor concatenate(const std::vector<Tensor>& xs, std::int64_t axis = -1);
/// Along a new axis; shapes must be the same.
KERATIN_API Tensor stack(const std::vector<Tensor>& x, std::int64_t axis = 0);
/// The entries along an axis of known size, without it.
KERATIN_API std::vector<Tensor> unstack(const Tensor& x, std::int64_t axis = 0);
/// At these indices: `split(x, {2, 5})` gives x[:2], x[2:5] and x[5:].
KERATIN_API std::vector<Tensor> split(const Tensor& x, const std::vector<std::int64_t>& indices, std::int64_t axis = 0);
/// Into equal parts; the axis must have a known size that the number divides.
KERATIN_API std::vector<Tensor> split_into(const Tensor& x, std::int64_t sections, std::int64_t axis = 0);
template <std::integral T>
std::vector<Tensor> split(const Tensor& x, T sections, std::int64_t axis = 0) {
  return split_into(x, static_cast<std::int64_t>(sections), axis);
}

/// In reverse order along these axes, or all.
KERATIN_API Tensor flip(const Tensor& x, const Axes& axis = {});
/// Elements move `shift` places on along the axis, and come in again at its beginning.
KERATIN_API Tensor roll(const Tensor& x, std::int64_t shift, std::int64_t axis);

enum class PadMode : std::uint8_t {
  constant,
  reflect,    ///< mirrored at the first and last element, which aren't repeated
  symmetric,  ///< mirrored at the ends, so that they are
};
/// Elements before the first and after the last, a pair for each dimension.
using PadWidth = std::vector<std::pair<std::int64_t, std::int64_t>>;
KERATIN_API Tensor pad(const Tensor& x, const PadWidth& pad_width, PadMode mode = PadMode::constant,
                       double constant_values = 0.0);

/// x with dimensions of size 1 repeated, and new ones before; −1 keeps a size as it is.
KERATIN_API Tensor broadcast_to(const Tensor& x, const Shape& shape);
/// The whole of x so many times along each dimension; missing ones are 1, and come first.
KERATIN_API Tensor tile(const Tensor& x, const std::vector<std::int64_t>& repeats);
/// Each entry along the axis (of the vector of all elements, if none is given) so many times.
KERATIN_API Tensor repeat(const Tensor& x, std::int64_t repeats, std::optional<std::int64_t> axis = {});

}  // namespace keratin::inline v0::ops

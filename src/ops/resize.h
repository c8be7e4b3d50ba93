#pragma once

#include <cstdint>

#include "graph/op.h"
#include "keratin/graph/tensor.h"
#include "keratin/ops/interpolation.h"

namespace keratin::inline v0::ops {

/// The matrix (places, length) that interpolates along `axis` of its input, of which only the shape is read.
/// Attributes: axis, factor (int64: places are so many times the length), method (text).
extern const graph::OpDef resize_weights_op;

namespace detail {

/// x with an axis of `factor` times as many elements, interpolated as TensorFlow's image.resize does without
/// antialiasing, at the centers of pixels.
Tensor enlarge(const Tensor& x, std::int64_t axis, std::int64_t factor, Interpolation interpolation);

}  // namespace detail
}  // namespace keratin::inline v0::ops

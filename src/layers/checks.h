#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/options.h"
#include "keratin/core/config.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/layers/layer.h"
#include "ops/axes_config.h"

namespace keratin::inline v0::layers {

/// Throws ValueError, "Dense: `units` must be positive. Received: units=0", unless it is.
std::int64_t checked_positive(std::int64_t value, std::string_view layer, std::string_view option);
double checked_positive(double value, std::string_view layer, std::string_view option);

/// The size along an axis of a layer's input. Throws ValueError for an axis out of range, ShapeError for an unknown
/// size.
std::int64_t known_size(const Layer& layer, const Shape& input, std::int64_t axis);
/// Throws ShapeError if the rank is below that.
void check_rank_at_least(const Layer& layer, const Shape& input, std::size_t rank);
/// Throws ShapeError if the size along the axis isn't the one that the layer was built for.
void check_size(const Layer& layer, const Shape& input, std::int64_t axis, std::int64_t built);

/// "Dense 'dense'"
std::string title(const Layer& layer);

std::vector<Shape> shapes_of(std::span<const Tensor> tensors);

using core::config_of;
using core::shape_from;
using ops::axes_from;
using ops::config_of;

}  // namespace keratin::inline v0::layers

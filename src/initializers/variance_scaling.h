#pragma once

#include "keratin/core/config.h"
#include "keratin/core/shape.h"
#include "keratin/initializers/initializers.h"

namespace keratin::inline v0::initializers {

struct Fans {
  std::int64_t in = 1;
  std::int64_t out = 1;
};
/// How many numbers go into, and out of, one unit of a weight of this shape, as Keras counts them: by the axes, if both
/// are given. Throws ShapeError for axes that the shape doesn't have.
Fans fans_of(const Shape& shape, const Axes& input_axes = {}, const Axes& output_axes = {});

FanMode fan_mode_from(const std::string& name);
/// In any case of letters; "normal" is the truncated one.
Distribution distribution_from(const std::string& name);

}  // namespace keratin::inline v0::initializers

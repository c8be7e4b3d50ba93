#pragma once

#include "keratin/core/config.h"
#include "keratin/core/shape.h"
#include "keratin/initializers/initializers.h"

namespace keratin::inline v0::initializers {

struct Fans {
  std::int64_t in = 1;
  std::int64_t out = 1;
};
/// How many numbers go into, and out of, one unit of a weight of this shape, as Keras counts them.
Fans fans_of(const Shape& shape);

FanMode fan_mode_from(const std::string& name);
Distribution distribution_from(const std::string& name);

}  // namespace keratin::inline v0::initializers

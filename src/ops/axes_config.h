#pragma once

#include "keratin/core/config.h"
#include "keratin/ops/axes.h"

namespace keratin::inline v0::ops {

ConfigValue config_of(const Axes& axes);  ///< a number, a list, or None for all
Axes axes_from(const ConfigValue& config);

}  // namespace keratin::inline v0::ops

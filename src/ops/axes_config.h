#pragma once

#include "core/options.h"
#include "keratin/core/config.h"
#include "keratin/ops/axes.h"

namespace keratin::inline v0 {
namespace ops {

ConfigValue config_of(const Axes& axes);  ///< a number, a list, or None for all
Axes axes_from(const ConfigValue& config);

}  // namespace ops

template <>
struct core::OptionKind<Axes> {
  static ConfigValue written(const Axes& value) { return ops::config_of(value); }
  static Axes read(const ConfigValue& config) { return ops::axes_from(config); }
};

}  // namespace keratin::inline v0

#include "ops/axes_config.h"

#include <cstdint>
#include <span>
#include <vector>

namespace keratin::inline v0::ops {

ConfigValue config_of(const Axes& axes) {
  if (axes.empty()) return {};
  if (axes.values().size() == 1) return axes.values().front();
  ConfigValue::List list;
  for (const std::int64_t axis : axes.values()) list.emplace_back(axis);
  return list;
}

Axes axes_from(const ConfigValue& config) {
  if (config.is_none()) return {};
  if (config.is_number()) return config.as_integer();
  return Axes(std::span<const std::int64_t>(config.as<std::vector<std::int64_t>>()));
}

}  // namespace keratin::inline v0::ops

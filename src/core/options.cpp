#include "core/options.h"

namespace keratin::inline v0::core {

ConfigValue config_of(const Shape& shape) {
  ConfigValue::List list;
  for (const std::int64_t size : shape) {
    list.emplace_back();
    if (size >= 0) list.back() = size;
  }
  return list;
}

Shape shape_from(const ConfigValue& config) {
  Shape shape;
  for (const ConfigValue& size : config.as_list()) shape.push_back(size.is_none() ? -1 : size.as_integer());
  return shape;
}

void fail_option(std::string_view owner, std::string_view name, const std::string& reason) {
  throw ValueError(std::string(owner) + ": the option `" + std::string(name) + "` can't be used as given. " + reason);
}

bool asks_for_nothing(const ConfigValue& value) { return value.is_none() || (value.is_bool() && !value.as_bool()); }

void refuse_option(std::string_view owner, std::string_view name, const ConfigValue& value) {
  std::string reason = std::string(owner) + ": the option `";
  reason.append(name).append("` isn't supported. Received: ").append(name).append("=").append(to_string(value));
  throw ValueError(reason);
}

DType dtype_from(const ConfigValue& config) {
  if (config.is_config()) return dtype_from(config.as_config().at("config").as_config().at("name"));
  std::string_view name = config.as_text();
  constexpr std::string_view mixed = "mixed_";
  if (name.starts_with(mixed)) name.remove_prefix(mixed.size());
  return dtype_from_name(name);
}

}  // namespace keratin::inline v0::core

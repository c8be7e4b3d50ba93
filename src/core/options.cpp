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

}  // namespace keratin::inline v0::core

#include "keratin/core/dtype_policy.h"

#include <string>

#include "keratin/core/error.h"

namespace keratin::inline v0 {

DType DTypePolicy::compute_dtype() const {
  std::string_view wanted = name() == nullptr ? "float32" : name();
  if (wanted.starts_with("mixed_")) wanted.remove_prefix(6);
  return dtype_from_name(wanted);
}

DType DTypePolicy::variable_dtype() const {
  const std::string_view wanted = name() == nullptr ? "float32" : name();
  return wanted.starts_with("mixed_") ? float32 : dtype_from_name(wanted);
}

ConfigValue DTypePolicy::config() const {
  return Config{{"module", "keras"},
                {"class_name", "DTypePolicy"},
                {"config", Config{{"name", name() == nullptr ? "float32" : name()}}},
                {"registered_name", ConfigValue()}};
}

DTypePolicy DTypePolicy::from_config(const ConfigValue& config) {
  if (config.is_none()) return {};
  if (config.is_text()) return RuntimeName{config.as_text()};
  const Config& object = config.as_config();
  if (const auto class_name = object.get<std::string>("class_name"); class_name != "DTypePolicy")
    throw ValueError(
        "A dtype policy of this class can't be made: the weights of quantized layers aren't supported. "
        "Received: " +
        class_name);
  return RuntimeName{object.at("config").as_config().get<std::string>("name")};
}

}  // namespace keratin::inline v0

#include "core/spec_table.h"

namespace keratin::inline v0::core {

Config object_config(std::string_view module, const std::string& class_name, Config config) {
  const bool own = module.empty();
  Config object;
  object.set("module", own ? ConfigValue() : ConfigValue(std::string(module)));
  object.set("class_name", class_name);
  object.set("config", std::move(config));
  object.set("registered_name", own ? ConfigValue(class_name) : ConfigValue());
  return object;
}

Config function_config(const std::string& name) {
  return {{"module", "builtins"}, {"class_name", "function"}, {"config", name}, {"registered_name", "function"}};
}

Config options_in(const Config& description) {
  const bool given = description.contains("config") && !description.at("config").is_none();
  return given ? description.get<Config>("config") : Config();
}

}  // namespace keratin::inline v0::core

#include "core/spec_table.h"

namespace keratin::inline v0::core {

Config object_config(std::string_view module, const std::string& class_name, Config config) {
  const bool own = module.empty();
  Config object;
  object.set("module", own ? ConfigValue() : ConfigValue(std::string(module)));
  object.set("class_name", class_name.substr(class_name.rfind('>') + 1));
  object.set("config", std::move(config));
  object.set("registered_name", own ? ConfigValue(class_name) : ConfigValue());
  return object;
}

Config function_config(const std::string& name) {
  if (name == detail::unnamed_function)
    throw ValueError(
        "A function of C++ without a name has no description and can't be saved. Give it one, by which it is loaded "
        "too: kt::custom(\"name\", function)");
  return {{"module", "builtins"}, {"class_name", "function"}, {"config", name}, {"registered_name", "function"}};
}

std::string name_of_function(const std::string& name) {
  return name == detail::unnamed_function ? "lambda" : name.substr(name.rfind('>') + 1);
}

Config options_in(const Config& description) {
  const bool given = description.contains("config") && !description.at("config").is_none();
  return given ? description.get<Config>("config") : Config();
}

void refuse_class(std::string_view what, const Config& description) {
  const auto class_name = description.get<std::string>("class_name");
  const std::string start = "The library has no such class of " + std::string(what);
  if (class_name == "__lambda__")
    throw ValueError(start + ": it is Python code, a function without a name, which can't run here. Received: '" +
                     class_name + "'");
  throw ValueError(start + ". Give one of your own in custom_objects: kt::custom<" + class_name + ">(\"" + class_name +
                   "\"). Received: '" + class_name + "'");
}

void refuse_function(const std::string& name, const std::string& reason) {
  throw ValueError(reason + ". Give a function of your own in custom_objects: kt::custom(\"" + name + "\", function)");
}

}  // namespace keratin::inline v0::core

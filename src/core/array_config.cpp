#include "core/array_config.h"

#include <string>
#include <vector>

#include "keratin/core/error.h"

namespace keratin::inline v0::core {
namespace {

ConfigValue lists_of(const Array& array) {
  if (array.rank() == 0) return array.item<double>();
  ConfigValue::List list;
  for (std::int64_t i = 0; i < array.shape()[0]; ++i) {
    const std::vector<std::int64_t> rest(array.shape().begin() + 1, array.shape().end());
    list.push_back(lists_of(array.rows(i, i + 1).reshaped(Shape(std::span(rest)))));
  }
  return list;
}

}  // namespace

Array array_of_lists(const ConfigValue& value, DType dtype) {
  Shape shape;
  for (const ConfigValue* level = &value; level->is_list(); level = &level->as_list().front()) {
    shape.push_back(static_cast<std::int64_t>(level->as_list().size()));
    if (level->as_list().empty()) break;
  }
  std::vector<double> numbers;
  const auto collect = [&](const auto& self, const ConfigValue& each) -> void {
    if (each.is_list()) {
      for (const ConfigValue& inner : each.as_list()) self(self, inner);
    } else {
      numbers.push_back(each.is_bool() ? static_cast<double>(each.as_bool()) : each.as_floating());
    }
  };
  collect(collect, value);
  return Array::copy_of(numbers).reshaped(shape).astype(dtype);
}

Array array_of(const ConfigValue& value) {
  if (value.is_list() || value.is_bool()) return array_of_lists(value, float32);
  if (value.is_config()) {
    const auto name = value.as_config().get<std::string>("class_name");
    const Config& config = value.as_config().at("config").as_config();
    if (name == "__numpy__" || name == "__tensor__")
      return array_of_lists(config.at("value"), dtype_from_name(config.get<std::string>("dtype")));
  }
  throw ValueError("An array is expected. Received: " + to_string(value));
}

Config object_of(const Array& array) {
  return {{"class_name", "__numpy__"},
          {"config", Config{{"value", lists_of(array)}, {"dtype", std::string(name_of(array.dtype()))}}}};
}

}  // namespace keratin::inline v0::core

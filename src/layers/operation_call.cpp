#include "layers/operation_call.h"

#include <algorithm>

#include "keratin/core/error.h"
#include "layers/checks.h"

namespace keratin::inline v0::layers {

const ConfigValue* OperationCall::argument(std::size_t position, std::string_view name) const {
  const ConfigValue::List& args = node_.at("args").as_list();
  if (position < args.size()) return &args[position];
  const Config& kwargs = node_.at("kwargs").as_config();
  return kwargs.contains(name) ? &kwargs.at(name) : nullptr;
}

Tensor OperationCall::tensor(std::size_t position, std::string_view name) const {
  const ConfigValue* const value = argument(position, name);
  if (value == nullptr || value->is_none()) return {};
  std::vector<Tensor> tensors;
  flatten_tensors(*value, tensor_of_, tensors);
  return tensors.empty() ? Tensor() : tensors.front();
}

std::vector<Tensor> OperationCall::first_list() const {
  std::vector<Tensor> tensors;
  if (const ConfigValue* const value = argument(0, "xs")) flatten_tensors(*value, tensor_of_, tensors);
  return tensors;
}

std::vector<Tensor> OperationCall::all() const {
  std::vector<Tensor> tensors;
  for (const ConfigValue& value : node_.at("args").as_list()) flatten_tensors(value, tensor_of_, tensors);
  return tensors;
}

const ConfigValue& OperationCall::option(std::string_view name, std::size_t position) const {
  static const ConfigValue none;
  if (config_.contains(name)) return config_.at(name);
  const ConfigValue* const value = argument(position, name);
  return value == nullptr ? none : *value;
}

std::int64_t OperationCall::integer(std::string_view name, std::int64_t fallback, std::size_t position) const {
  const ConfigValue& value = option(name, position);
  return value.is_none() ? fallback : value.as_integer();
}

double OperationCall::number(std::string_view name, double fallback, std::size_t position) const {
  const ConfigValue& value = option(name, position);
  return value.is_none() ? fallback : value.as_floating();
}

bool OperationCall::flag(std::string_view name, bool fallback, std::size_t position) const {
  const ConfigValue& value = option(name, position);
  return value.is_none() ? fallback : value.as_bool();
}

Axes OperationCall::axes(std::string_view name, std::size_t position) const {
  const std::vector<std::int64_t> values = integers(name, position);
  return values.empty() ? Axes() : Axes{std::span<const std::int64_t>(values)};
}

std::vector<std::int64_t> OperationCall::integers(std::string_view name, std::size_t position) const {
  const ConfigValue& value = option(name, position);
  if (value.is_none()) return {};
  if (!value.is_list()) return {value.as_integer()};
  std::vector<std::int64_t> values;
  for (const ConfigValue& each : value.as_list()) values.push_back(each.is_none() ? -1 : each.as_integer());
  return values;
}

DType OperationCall::dtype(DType fallback) const {
  const ConfigValue& value = option("dtype");
  return value.is_none() ? fallback : dtype_from_name(value.as_text());
}

}  // namespace keratin::inline v0::layers

#include "training/callbacks/messages.h"

#include <iostream>

namespace keratin::inline v0::callbacks {

std::string names_of(const Logs& logs) {
  std::string all;
  for (std::size_t i = 0; i < logs.size(); ++i) all += (i == 0 ? "" : ", ") + logs.name(i);
  return all.empty() ? "none" : all;
}

void print_epoch(std::int64_t epoch, const std::string& message) {
  std::cout << "\nEpoch " << epoch + 1 << ": " << message << '\n' << std::flush;
}

ConfigValue or_none(const std::optional<double>& value) { return value ? ConfigValue(*value) : ConfigValue(); }

std::optional<double> optional_number(const Config& config, const char* name) {
  const ConfigValue& value = config.at(name);
  if (value.is_none()) return std::nullopt;
  return value.as_floating();
}

}  // namespace keratin::inline v0::callbacks

#include "optimizers/common.h"

namespace keratin::inline v0::optimizers {
namespace {

[[noreturn]] void fail(std::string_view owner, std::string_view option, const char* rule, double value) {
  throw ValueError(std::string(owner) + ": `" + std::string(option) + "` must be " + rule +
                   ". Received: " + std::string(option) + "=" + to_string(ConfigValue(value)));
}

}  // namespace

Config joined(Config first, const Config& second) {
  for (const auto& [name, value] : second.entries()) first.set(name, value);
  return first;
}

Config with_text_name(const Config& config) {
  Config named;
  for (const auto& [name, value] : config.entries())
    if (name != "name" || !value.is_none()) named.set(name, value);
  return named;
}

void check_finite(std::string_view owner, std::string_view option, double value) {
  if (!std::isfinite(value)) fail(owner, option, "a finite number", value);
}

void check_not_negative(std::string_view owner, std::string_view option, double value) {
  if (!std::isfinite(value) || value < 0.0) fail(owner, option, "finite and not negative", value);
}

void check_positive(std::string_view owner, std::string_view option, double value) {
  if (!std::isfinite(value) || value <= 0.0) fail(owner, option, "finite and positive", value);
}

void check_share(std::string_view owner, std::string_view option, double value) {
  if (std::isnan(value) || value < 0.0 || value > 1.0) fail(owner, option, "in [0, 1]", value);
}

}  // namespace keratin::inline v0::optimizers

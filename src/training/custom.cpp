#include "keratin/training/custom.h"

#include "core/options.h"
#include "keratin/core/error.h"

namespace keratin::inline v0::detail {

void check_options_of(std::string_view name, const Config& given, const Config& made) {
  for (const auto& [option, value] : given.entries()) {
    const bool is_known = made.contains(option);
    if (is_known ? to_string(made.at(option)) == to_string(value) : core::asks_for_nothing(value)) continue;
    throw ValueError("The class of '" + std::string(name) +
                     "' has no from_config, and the description asks for other " +
                     "options than its constructor without arguments gives. Write a static from_config(const " +
                     "kt::Config&). Received: " + option + "=" + to_string(value));
  }
}

}  // namespace keratin::inline v0::detail

#include "core/text.h"

namespace keratin::inline v0::core {

std::string listed(std::span<const std::string> names, std::string_view quote) {
  std::string all;
  for (const std::string& each : names) {
    if (!all.empty()) all += ", ";
    all += quote;
    all += each;
    all += quote;
  }
  return all.empty() ? "none" : all;
}

}  // namespace keratin::inline v0::core

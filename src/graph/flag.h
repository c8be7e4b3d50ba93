#pragma once

#include <string_view>

#include "graph/attributes.h"

namespace keratin::inline v0::graph {

/// A boolean attribute that may be left out, as false.
inline bool flag(const Attributes& attributes, std::string_view name) {
  return attributes.find(name) != nullptr && attributes.get<bool>(name);
}

}  // namespace keratin::inline v0::graph

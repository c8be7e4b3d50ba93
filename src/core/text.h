#pragma once

#include <span>
#include <string>
#include <string_view>

#include "keratin/core/export.h"

namespace keratin::inline v0::core {

/// "'a', 'b'" with quote "'"; "none" where there is no name. For messages that say what exists.
KERATIN_API std::string listed(std::span<const std::string> names, std::string_view quote = "");

}  // namespace keratin::inline v0::core

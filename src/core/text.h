#pragma once

#include <span>
#include <string>
#include <string_view>

#include "keratin/core/export.h"

namespace keratin::inline v0::core {

/// "'a', 'b'" with quote "'"; "none" where there is no name. For messages that say what exists.
KERATIN_API std::string listed(std::span<const std::string> names, std::string_view quote = "");

/// A number as Python prints it: the fewest digits that give it back; with an exponent below 1e-4 and from 1e16 on.
KERATIN_API std::string shortest(double value);

}  // namespace keratin::inline v0::core

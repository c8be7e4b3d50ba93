#pragma once

#include <cstdint>
#include <string>

#include "keratin/core/shape.h"

namespace keratin::inline v0::testing {

/// Where element `index` of an array of this shape stands: "[1, 2]".
std::string place_text(const Shape& shape, std::int64_t index);
/// "1 of 6 elements differs", "3 of 6 elements differ".
std::string count_text(std::int64_t count, std::int64_t all);

}  // namespace keratin::inline v0::testing

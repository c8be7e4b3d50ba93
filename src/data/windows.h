#pragma once

#include <cstdint>
#include <span>

#include "keratin/core/array.h"

namespace keratin::inline v0::data {

/// Of each start, `length` rows of `table`, `rate` apart: (starts, length, …).
Array windows_of(const Array& table, std::span<const std::int64_t> starts, std::int64_t length, std::int64_t rate);

}  // namespace keratin::inline v0::data

#pragma once

#include <string>
#include <string_view>

#include "keratin/core/export.h"

namespace keratin::inline v0::core {

/// Code points of UTF-8 text; throws ValueError where the bytes are no UTF-8.
KERATIN_API std::u32string from_utf8(std::string_view text);
/// UTF-8 of code points; one beyond Unicode becomes U+FFFD.
std::string to_utf8(std::u32string_view points);

}  // namespace keratin::inline v0::core

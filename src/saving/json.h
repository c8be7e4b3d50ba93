#pragma once

#include <string>
#include <string_view>

#include "keratin/core/config.h"

namespace keratin::inline v0::saving {

/// JSON as Python writes and reads it: NaN, Infinity and −Infinity are numbers. Keys keep their order; integers beyond
/// int64 become floating numbers. Throws FileError, which begins with `name`, for text that is no JSON, with line and
/// column.
ConfigValue parse_json(std::string_view text, const std::string& name);

/// In one line, with Python's spacing and numbers: 1.0, 1e-07, NaN. Text is written in ASCII, as Python does.
std::string to_json(const ConfigValue& value);

}  // namespace keratin::inline v0::saving

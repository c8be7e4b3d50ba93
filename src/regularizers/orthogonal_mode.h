#pragma once

#include <string>

#include "keratin/regularizers/regularizers.h"

namespace keratin::inline v0::regularizers {

/// Throws ValueError unless it is "rows" or "columns".
OrthogonalMode orthogonal_mode_from(const std::string& name);

}  // namespace keratin::inline v0::regularizers

#pragma once

#include <string_view>

#include "keratin/core/error.h"

namespace keratin::inline v0::runtime {

/// Inside a catch block: throws the same error again with the layer and the line of the node at work, unless it names
/// a layer or line itself. What is no keratin::Error passes as it is.
[[noreturn]] void rethrow_at(std::string_view owner, const SourceLine& where);

}  // namespace keratin::inline v0::runtime

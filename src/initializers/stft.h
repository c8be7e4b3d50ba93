#pragma once

#include "keratin/core/config.h"
#include "keratin/initializers/initializer.h"

namespace keratin::inline v0::initializers {

InitializerSpec stft_from(const Config& config);

}  // namespace keratin::inline v0::initializers

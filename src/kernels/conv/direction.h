#pragma once

#include <cstdint>

namespace keratin::inline v0::kernels {

/// What of a convolution is computed: y, or the gradient of x or of the kernel.
enum class ConvDirection : std::uint8_t { forward, data_gradient, weights_gradient };

}  // namespace keratin::inline v0::kernels

#pragma once

#include <cstdint>

namespace keratin::inline v0 {

/// Where the channels of images and sequences are: (batch, …, channels) or (batch, channels, …). Keras's
/// `data_format`.
enum class DataFormat : std::uint8_t { channels_last, channels_first };

}  // namespace keratin::inline v0

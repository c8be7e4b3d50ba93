#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "keratin/core/array.h"

namespace keratin::inline v0::images {

using Bytes = std::span<const std::uint8_t>;

/// Each: (height, width, channels) uint8, with 1 (grey), 3 or 4 channels as asked for. Throws FileError; `name`: "The
/// file 'x.png'".
Array decode_png(Bytes bytes, int channels, const std::string& name);
Array decode_jpeg(Bytes bytes, int channels, const std::string& name);
Array decode_bmp(Bytes bytes, int channels, const std::string& name);

/// Memory for an image of that size. Throws FileError where the sizes are beyond reason.
Array image_of(std::int64_t height, std::int64_t width, std::int64_t channels, const std::string& name);
[[noreturn]] void refuse(const std::string& name, const std::string& why);

}  // namespace keratin::inline v0::images

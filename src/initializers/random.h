#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "keratin/core/array.h"
#include "keratin/core/config.h"
#include "keratin/core/shape.h"

namespace keratin::inline v0::initializers {

// Values are drawn in float32 from the stream of the seed, and then converted. `name` is for messages.

/// mean + stddev · n, with n normal; in [−2, 2] if truncated.
Array normal_values(const Shape& shape, DType dtype, std::uint64_t seed, double mean, double stddev, bool truncated,
                    std::string_view name);
/// Uniform in [minval, maxval).
Array uniform_values(const Shape& shape, DType dtype, std::uint64_t seed, double minval, double maxval,
                     std::string_view name);

/// The seed as data: a number, or None.
ConfigValue seed_config(std::optional<std::uint64_t> seed);
/// A number, a SeedGenerator's description or None, or nothing at all.
std::optional<std::uint64_t> seed_from(const Config& config);

}  // namespace keratin::inline v0::initializers

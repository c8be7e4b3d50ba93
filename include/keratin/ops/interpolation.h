#pragma once

#include <cstdint>
#include <string_view>

#include "keratin/core/choice.h"

namespace keratin::inline v0 {

namespace detail {
struct InterpolationNames {
  enum Value : std::uint8_t { nearest, bilinear, bicubic, lanczos3, lanczos5 };
  static constexpr std::string_view names[] = {"nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"};
};
}  // namespace detail

/// How images are made larger or smaller: Keras's `interpolation`.
class Interpolation : public Choice<detail::InterpolationNames> {
 public:
  KERATIN_CHOICE_NAMES(Interpolation, detail::InterpolationNames, "interpolation")
};

}  // namespace keratin::inline v0

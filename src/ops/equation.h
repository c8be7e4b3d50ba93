#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/core/shape.h"

namespace keratin::inline v0::ops {

/// An einsum equation for operands of certain shapes: a letter for each of their axes. The axes of an ellipsis have the
/// labels 1, 2, … from its right end on, which are no letters.
struct Equation {
  /// Throws ValueError, with the equation and the shapes, if it makes no sense or doesn't fit them.
  Equation(std::string_view subscripts, std::span<const Shape> shapes);

  std::vector<std::string> inputs;
  std::string output;
  std::array<std::int64_t, 128> sizes{};  ///< by label; −1 where none of the operands knows it

  static std::size_t place(char label) noexcept { return static_cast<unsigned char>(label); }
  static bool is_of_ellipsis(char label) noexcept { return label <= static_cast<char>(Shape::max_rank); }
};

}  // namespace keratin::inline v0::ops

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "graph/program.h"
#include "kernels/elementwise/loops.h"

namespace keratin::inline v0::kernels {

/// Instructions that training programs have again and again, as one loop instead of several. They round as their
/// instructions do one after the other. Small letters are elements, capitals the same number for all of them.
enum class Idiom : std::uint8_t {
  blend,         ///< x + (y − x)·C: a moving average
  blend_square,  ///< x + (y² − x)·C
  descend,       ///< w − m·A / (√v + E): Adam's step
  gate,          ///< x > C ? y : Z: the gradient of relu
};

/// The instruction that an idiom ends with, and what it reads.
struct IdiomMatch {
  Idiom idiom = Idiom::blend;
  std::uint8_t elements = 0;  ///< arguments of which each element is read; behind them come the numbers
  std::uint8_t numbers = 0;
  std::array<std::int16_t, 5> arguments{};  ///< as in Instruction

  std::span<const std::int16_t> of_elements() const noexcept { return {arguments.data(), elements}; }
  std::span<const std::int16_t> all() const noexcept {
    return {arguments.data(), static_cast<std::size_t>(elements) + numbers};
  }
};

/// The idioms of a program. What is computed on the way is read by nobody else.
class Idioms {
 public:
  /// uniform[i]: whether argument i is the same for all elements.
  Idioms(std::span<const graph::Instruction> code, std::size_t inputs, std::span<const char> uniform);

  /// nullptr: the instruction ends none.
  const IdiomMatch* at(std::size_t instruction) const noexcept {
    return matches_[instruction].elements > 0 ? &matches_[instruction] : nullptr;
  }
  /// True for one that is computed on the way of an idiom.
  bool is_inside(std::size_t instruction) const noexcept { return inside_[instruction] != 0; }

 private:
  std::vector<IdiomMatch> matches_;
  std::vector<char> inside_;
};

}  // namespace keratin::inline v0::kernels

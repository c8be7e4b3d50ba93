#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "keratin/core/dtype.h"

namespace keratin::inline v0::graph {

/// What an elementwise op does to one element. One table gives each its name and number of arguments.
enum class ScalarOp : std::uint8_t {
  none,  ///< the op is not elementwise
  // no argument
  immediate,
  // one
  identity,
  cast,
  negative,
  absolute,
  sign,
  square,
  sqrt,
  rsqrt,
  reciprocal,
  exp,
  expm1,
  log,
  log1p,
  log2,
  log10,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  tanh,
  asinh,
  acosh,
  atanh,
  erf,
  sigmoid,
  softplus,
  relu,
  floor,
  ceil,
  round,  ///< half to even
  trunc,
  isnan,
  isinf,
  isfinite,
  logical_not,
  // two
  add,
  subtract,
  multiply,
  divide,
  floor_divide,
  mod,  ///< the sign of the divisor, as in Python
  power,
  maximum,
  minimum,
  atan2,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  logical_and,
  logical_or,
  logical_xor,
  // three
  select,  ///< condition, where true, where false
};
inline constexpr int scalar_op_count = static_cast<int>(ScalarOp::select) + 1;

int arguments_of(ScalarOp op) noexcept;
/// "add", "select", …: Keras's name where it has one.
std::string_view name_of(ScalarOp op) noexcept;

/// One line of an elementwise program: result = op(arguments). Arguments below the number of inputs are inputs; n +
/// inputs is the result of instruction n. Arguments have one dtype (but for select, whose condition is bool).
struct Instruction {
  ScalarOp op = ScalarOp::identity;
  DType dtype = float32;    ///< of the arguments (select: of its last two; cast: of what is cast)
  DType result = float32;   ///< of the result
  std::int8_t output = -1;  ///< which output of the program the result is; −1: none
  std::array<std::int16_t, 3> arguments{-1, -1, -1};
  double immediate = 0.0;

  friend bool operator==(const Instruction&, const Instruction&) noexcept = default;
};

/// An elementwise program: every output has the shape that its inputs broadcast to.
struct Program {
  std::span<const Instruction> code;
  friend bool operator==(const Program& a, const Program& b) noexcept;
};

}  // namespace keratin::inline v0::graph

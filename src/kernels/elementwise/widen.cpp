#include "kernels/elementwise/widen.h"

#include <algorithm>
#include <cstdint>

namespace keratin::inline v0::kernels {
namespace {

using graph::Instruction;
using graph::ScalarOp;

DType wide(DType dtype) noexcept { return dtype == bfloat16 ? float32 : dtype; }

Instruction cast(std::int16_t argument, DType from, DType to, std::int8_t output) {
  return {.op = ScalarOp::cast, .dtype = from, .result = to, .output = output, .arguments = {argument, -1, -1}};
}

}  // namespace

std::vector<Instruction> widened(const graph::Program& program, std::span<const graph::Spec> inputs) {
  if (std::none_of(program.code.begin(), program.code.end(), [](const Instruction& instruction) {
        return instruction.dtype == bfloat16 || instruction.result == bfloat16;
      }))
    return {};
  std::vector<Instruction> code;
  std::vector<std::int16_t> place;  // by input, then by instruction: its number in the new program
  const auto next = [&] { return static_cast<std::int16_t>(inputs.size() + code.size()); };
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const bool narrow = inputs[i].dtype == bfloat16;
    place.push_back(narrow ? next() : static_cast<std::int16_t>(i));
    if (narrow) code.push_back(cast(static_cast<std::int16_t>(i), bfloat16, float32, -1));
  }
  for (const Instruction& old : program.code) {
    Instruction instruction = old;
    instruction.dtype = wide(old.dtype);
    instruction.result = wide(old.result);
    if (old.op == ScalarOp::cast && instruction.dtype == instruction.result) instruction.op = ScalarOp::identity;
    for (std::int16_t& argument : instruction.arguments)
      if (argument >= 0) argument = place[static_cast<std::size_t>(argument)];
    if (old.result == bfloat16) instruction.output = -1;
    place.push_back(next());
    code.push_back(instruction);
    if (old.result == bfloat16 && old.output >= 0) code.push_back(cast(place.back(), float32, bfloat16, old.output));
  }
  return code;
}

}  // namespace keratin::inline v0::kernels

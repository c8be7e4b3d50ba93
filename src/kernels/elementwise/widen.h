#pragma once

#include <span>
#include <vector>

#include "graph/program.h"
#include "graph/spec.h"

namespace keratin::inline v0::kernels {

/// The program with bfloat16 computed as float32: inputs are cast when they are read, and outputs when they are
/// written; values between instructions keep their digits. Empty if the program has no bfloat16.
std::vector<graph::Instruction> widened(const graph::Program& program, std::span<const graph::Spec> inputs);

}  // namespace keratin::inline v0::kernels

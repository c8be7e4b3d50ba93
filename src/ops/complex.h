#pragma once

#include "graph/op.h"

namespace keratin::inline v0::ops {

/// complex64 of real and imaginary parts, float32 of one shape.
extern const graph::OpDef complex_op;

}  // namespace keratin::inline v0::ops

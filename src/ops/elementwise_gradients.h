#pragma once

#include "graph/op.h"

/// Gradient rules of the elementwise ops. They read the op's output rather than its input where that is as good, so
/// that a matmul with its activation can be one kernel in training too.
namespace keratin::inline v0::ops::elementwise_gradients {

using Rule = void(graph::GradientContext& context);

Rule identity, cast, negative, absolute, square, sqrt, rsqrt, reciprocal, exp, expm1, log, log1p, log2, log10, sin, cos,
    tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh, erf, sigmoid, softplus, relu;
Rule add, subtract, multiply, divide, mod, power, maximum, minimum, atan2;
Rule select;

}  // namespace keratin::inline v0::ops::elementwise_gradients

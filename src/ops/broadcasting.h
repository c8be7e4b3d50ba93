#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>

#include "graph/op.h"
#include "keratin/core/shape.h"

namespace keratin::inline v0::ops {

/// The shape that both broadcast to. An unknown size with n is n, or unknown where n is 1 (Keras's rule for None).
/// False if they don't fit.
bool broadcast(const Shape& a, const Shape& b, Shape& result);
/// The shape that all inputs broadcast to; fails in the context's name.
Shape broadcast_inputs(const graph::InferContext& context);
/// True if x is known to have like's shape once the batch is known: equal sizes, of which the first may be unknown (the
/// batch of one trace) and no other.
bool surely_same_shape(const Shape& x, const Shape& like) noexcept;

/// True if no known size of one contradicts that of the other.
bool may_be_same_shape(const Shape& a, const Shape& b) noexcept;
/// Fails in the context's name where an input surely has another shape.
void check_shape(const graph::InferContext& context, std::size_t input, const Shape& shape);

}  // namespace keratin::inline v0::ops

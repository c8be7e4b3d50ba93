#pragma once

#include "graph/op.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0::ops {

// Attribute: axis (int64, from 0 on).
extern const graph::OpDef softmax_op;
extern const graph::OpDef log_softmax_op;
/// The gradients by the input, from the op's output and the gradient of that.
extern const graph::OpDef softmax_gradient_op;
extern const graph::OpDef log_softmax_gradient_op;

// −Σ target · log_softmax(logits) along the last axis, as one kernel each for loss and gradient. Inputs: target, logits
// (and the gradient of the loss).
extern const graph::OpDef softmax_crossentropy_op;
extern const graph::OpDef softmax_crossentropy_gradient_op;
// The same where one class has all of the probability: the target is its index, of any number type.
extern const graph::OpDef sparse_softmax_crossentropy_op;
extern const graph::OpDef sparse_softmax_crossentropy_gradient_op;

}  // namespace keratin::inline v0::ops

#pragma once

#include "graph/kernel.h"

namespace keratin::inline v0::kernels {

/// −Σ target · log_softmax(logits) along the last axis; inputs: target, logits. `sparse`: the target is the index of
/// the class that has all of the probability, of any number type; the loss is NaN where there is no such class.
graph::KernelPtr crossentropy_kernel(const graph::KernelRequest& request, bool sparse);
/// Its gradient by the logits; inputs: target, logits, the loss's gradient.
graph::KernelPtr crossentropy_gradient_kernel(const graph::KernelRequest& request, bool sparse);

}  // namespace keratin::inline v0::kernels

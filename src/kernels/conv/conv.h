#pragma once

#include "graph/kernel.h"

namespace keratin::inline v0::kernels {

// Convolutions and their gradients, float32 and float64, of 1 to 3 spatial dimensions; see ConvGeometry for layouts and
// attributes. float32 goes to oneDNN where that has a fast kernel, everything else to loops of our own.

/// Inputs x, kernel, and if they are there, a bias [out] and a scale [out]: y · scale + bias. The attribute
/// "activation" (text, optional; see kernels::fuses_activation) is applied to the result.
graph::KernelPtr conv_kernel(const graph::KernelRequest& request);
/// Whether a scale costs less as part of the convolution than as a pass over its results. Specs are concrete.
bool conv_gains_by_scale(const graph::Attributes& attributes, const graph::Spec& x, const graph::Spec& kernel,
                         const graph::Spec& y);
/// Inputs dy, kernel, and if there is a third, the x whose gradient it is: only its shape counts.
graph::KernelPtr conv_data_gradient_kernel(const graph::KernelRequest& request);
/// Inputs x, dy, kernel: only the shape of the last counts.
graph::KernelPtr conv_weights_gradient_kernel(const graph::KernelRequest& request);

}  // namespace keratin::inline v0::kernels

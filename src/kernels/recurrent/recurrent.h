#pragma once

#include "graph/kernel.h"

namespace keratin::inline v0::kernels {

// Kernels of the ops in ops/recurrent.h, which says what their inputs and outputs are. float32 and float64. The batch
// is split over the session's threads; a row's steps run one after the other.
graph::KernelPtr simple_rnn_kernel(const graph::KernelRequest& request);
graph::KernelPtr simple_rnn_gradient_kernel(const graph::KernelRequest& request);
graph::KernelPtr lstm_kernel(const graph::KernelRequest& request);
graph::KernelPtr lstm_gradient_kernel(const graph::KernelRequest& request);
graph::KernelPtr gru_kernel(const graph::KernelRequest& request);
graph::KernelPtr gru_gradient_kernel(const graph::KernelRequest& request);

}  // namespace keratin::inline v0::kernels

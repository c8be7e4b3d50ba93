#pragma once

#include "graph/kernel.h"

namespace keratin::inline v0::kernels {

/// −log of the probability of all alignments (Graves et al., "Connectionist Temporal Classification", equations 5 to
/// 8), one for each sample. Inputs: labels (batch, length) and, both int32 and (batch,), how many of them and of the
/// steps count, between them log-probabilities (batch, steps, classes): labels, log-probabilities, label lengths, step
/// lengths. Attribute: the blank's class ("mask_index"). Where there is no alignment, 707, which stands for −log(0).
graph::KernelPtr ctc_loss_kernel(const graph::KernelRequest& request);
/// Its gradient by the log-probabilities (equation 14, without the softmax); input 4 is that of the loss.
graph::KernelPtr ctc_loss_gradient_kernel(const graph::KernelRequest& request);

/// Inputs: logits (batch, steps, classes), int32 lengths (batch,). Outputs: int32 labels (paths, batch, steps), −1
/// where a path has ended, and scores. Attributes: "mask_index", "merge_repeated". One path of the greatest logits;
/// score (batch, 1): minus their sum.
graph::KernelPtr ctc_greedy_kernel(const graph::KernelRequest& request);
/// The paths of the greatest probability that a beam of "beam_width" prefixes finds; score (batch, paths): its
/// logarithm, −∞ where there is no such path.
graph::KernelPtr ctc_beam_kernel(const graph::KernelRequest& request);

}  // namespace keratin::inline v0::kernels

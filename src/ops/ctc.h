#pragma once

#include "graph/op.h"

namespace keratin::inline v0::ops {

// Inputs as kernels/sequence/ctc.h has them. Attribute: mask_index (int64, from 0 on).
extern const graph::OpDef ctc_loss_op;
extern const graph::OpDef ctc_loss_gradient_op;
// Attributes: mask_index, merge_repeated (bool).
extern const graph::OpDef ctc_greedy_op;
// Attributes: mask_index, beam_width, top_paths (int64).
extern const graph::OpDef ctc_beam_op;

}  // namespace keratin::inline v0::ops

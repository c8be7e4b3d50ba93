#pragma once

#include "graph/op.h"
#include "keratin/ops/linalg.h"

namespace keratin::inline v0::ops {

/// Product of [..., m, k] and [..., k, n], of rank 2 at least and one dtype, which is the result's; of bfloat16 it is
/// float32, in which the sums are. Batch dimensions broadcast. Attributes,
/// all optional: transpose_a, transpose_b (bool): the operand's last two dimensions are swapped; dtype: bfloat16, where
/// the result of bfloat16 is to be that.
extern const graph::OpDef matmul_op;
/// The same with a bias [n] as third input, if there is one, and then `activation` (text, optional; see
/// kernels::fuses_activation). Made by a pass that fuses, when gradients are there already.
extern const graph::OpDef fused_matmul_op;

}  // namespace keratin::inline v0::ops

#pragma once

#include "graph/op.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0::ops {

// Views of sequences, (batch, steps, …), whose batch and steps may both be unknown.

/// (batch, steps, …) → (batch · steps, …).
extern const graph::OpDef fold_steps_op;
/// (batch · steps, …) → (batch, steps, …), with input 1's batch and steps, whose data isn't read.
extern const graph::OpDef unfold_steps_op;
/// Input 0, a state whose first size must be that of input 1 (whose data isn't read); `stateful` (bool) says in the
/// error whether a layer keeps the state.
extern const graph::OpDef initial_state_op;
/// What stands for results that are made step by step, as long as the number of steps isn't known: (batch, steps, …)
/// from one of them, (batch, …), and a sequence. Nothing runs it.
extern const graph::OpDef steps_unknown_op;

namespace detail {

Tensor fold_steps(const Tensor& x);
Tensor unfold_steps(const Tensor& x, const Tensor& like);
Tensor initial_state(const Tensor& state, const Tensor& sequence, bool stateful);
Tensor steps_unknown(const Tensor& step, const Tensor& sequence);

}  // namespace detail
}  // namespace keratin::inline v0::ops

#pragma once

#include <string_view>
#include <vector>

#include "graph/op.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0::ops {

// Recurrent layers over whole sequences: kernels in kernels/recurrent/. Inputs are projected already, [batch, steps,
// gates · units]; a mask is bool, [batch, steps], and the last input where there is one: a step that it skips keeps the
// states. Where attribute `drops` (bool) says so there is an input `dropout` before it, [batch, gates · units]: what h
// is multiplied by, at all steps, before its product with each gate's part of the kernel. Attributes: activation and
// recurrent_activation are Keras's names; `backwards` (bool) has the last time come first, while outputs stay in the
// order of times. float32 and float64. hs and cs have one entry a time, h' and c' are the last states.
extern const graph::OpDef simple_rnn_op;  ///< x, kernel, h[, dropout][, mask] → hs, h'
extern const graph::OpDef lstm_op;        ///< x, kernel, h, c[, dropout][, mask] → gates, hs, cs, h', c'
/// x, kernel, h[, bias][, dropout][, mask] → gates, hs, inner, h'; reset_after (bool)
extern const graph::OpDef gru_op;

// The gradients of those, which have none themselves. Of ∂hs, ∂h' and ∂c' those are inputs that attribute `given` (an
// integer, see GivenGradients) says.
/// kernel, hs, ∂hs, ∂h'[, dropout][, mask] → ∂x, ∂h
extern const graph::OpDef simple_rnn_gradient_op;
/// kernel, c, gates, cs, ∂hs, ∂h', ∂c'[, dropout][, mask] → ∂x, ∂h, ∂c
extern const graph::OpDef lstm_gradient_op;
/// kernel, h, gates, hs, inner, ∂hs, ∂h'[, dropout][, mask] → ∂x, ∂h, and, of shape {0} unless reset_after, ∂inner
extern const graph::OpDef gru_gradient_op;
/// h, hs, ∂x[, ∂inner][, dropout][, inputs] → ∂kernel, the sums of what it is made of, ∂projection, the sums of ∂x.
/// Attributes: `inner` (bool), ∂inner takes the place of ∂x's last columns in ∂kernel; `projects` (bool), x was
/// projected from the inputs. ∂projection has shape {0} unless it does, and so have the last sums unless both are so:
/// without ∂inner they are the first ones.
extern const graph::OpDef recurrent_kernel_gradient_op;

namespace detail {

/// What a recurrence over a whole sequence is made of.
struct Recurrence {
  Tensor x = {};  ///< projected
  Tensor kernel = {};
  std::vector<Tensor> states = {};
  Tensor dropout = {};  ///< of h, for each gate; may be empty
  Tensor mask = {};     ///< may be empty
  std::string_view activation = "tanh";
  std::string_view recurrent_activation = "sigmoid";
  bool backwards = false;  ///< from the last time to the first
};
struct Recurred {
  Tensor outputs = {};              ///< h at each time, [batch, steps, units]
  std::vector<Tensor> states = {};  ///< after the last step
};
/// Whether these ops know the functions and compute in the dtype.
bool has_recurrence(DType dtype, std::string_view activation, std::string_view recurrent_activation);
Recurred simple_rnn(const Recurrence& recurrence);
Recurred lstm(const Recurrence& recurrence);
/// The bias is that of the recurrent product; empty: the reset gate comes before it.
Recurred gru(const Recurrence& recurrence, const Tensor& recurrent_bias);

}  // namespace detail
}  // namespace keratin::inline v0::ops

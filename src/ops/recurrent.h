#pragma once

#include <string_view>
#include <vector>

#include "graph/op.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0::ops {

// Recurrent layers over whole sequences: kernels in kernels/recurrent/. Inputs are projected already, [batch, steps,
// gates · units]; a mask is bool, [batch, steps], and the last input where there is one: a step that it skips keeps the
// states. Attributes activation and recurrent_activation are Keras's names. Outputs have one entry a step. float32 and
// float64. The gradients of the first three are the others, which have none themselves.
extern const graph::OpDef simple_rnn_op;           ///< x, kernel, h[, mask] → h
extern const graph::OpDef lstm_op;                 ///< x, kernel, h, c[, mask] → h, c, gates
extern const graph::OpDef gru_op;                  ///< x, kernel, h[, bias][, mask] → h, parts; reset_after (bool)
extern const graph::OpDef simple_rnn_gradient_op;  ///< kernel, hs, ∂hs[, mask] → ∂x, ∂h
extern const graph::OpDef lstm_gradient_op;        ///< kernel, c, gates, cs, ∂hs, ∂cs[, mask] → ∂x, ∂h, ∂c
extern const graph::OpDef gru_gradient_op;  ///< kernel, h, hs, parts, ∂hs[, mask] → ∂x, ∂h; reset_after (bool)

namespace detail {

/// What a recurrence over a whole sequence is made of.
struct Recurrence {
  Tensor x = {};  ///< projected
  Tensor kernel = {};
  std::vector<Tensor> states = {};
  Tensor mask = {};  ///< may be empty
  std::string_view activation = "tanh";
  std::string_view recurrent_activation = "sigmoid";
};
/// Whether these ops know the functions and compute in the dtype.
bool has_recurrence(DType dtype, std::string_view activation, std::string_view recurrent_activation);
/// The states after each step.
std::vector<Tensor> simple_rnn(const Recurrence& recurrence);
std::vector<Tensor> lstm(const Recurrence& recurrence);
/// The bias is that of the recurrent product; empty: the reset gate comes before it.
std::vector<Tensor> gru(const Recurrence& recurrence, const Tensor& recurrent_bias);

}  // namespace detail
}  // namespace keratin::inline v0::ops

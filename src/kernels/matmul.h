#pragma once

#include <string_view>

#include "graph/kernel.h"

namespace keratin::inline v0::kernels {

/// The kernel of matmul and fused_matmul. Inputs a [..., m, k] and b [..., k, n] of rank ≥ 2, whose batch dimensions
/// broadcast, and for fused_matmul a bias of n elements. Attributes, all optional: transpose_a, transpose_b (bool: the
/// last two dimensions are swapped), activation (text, see fuses_activation). float32, float64 and integers; of
/// bfloat16 a and b, with all else in float32, or the result too.
///
/// float32 goes to loops of our own where b is small or a has few rows, and on AVX2, else to oneDNN; all split a
/// product over the session's threads in parts that depend on the shape and the number of threads alone.
graph::KernelPtr matmul_kernel(const graph::KernelRequest& request);

/// Whether the kernel of this request copies b together at each run. If b never changes, that can be done once: with
/// the attribute packed (bool) the kernel takes, in the place of b and with its spec, what pack_operand makes of it.
bool packs_operand(const graph::KernelRequest& request);
void pack_operand(const graph::KernelRequest& request, const float* b, float* to);

/// Whether this machine has instructions for products of bfloat16.
bool multiplies_bfloat16() noexcept;
/// Whether the product is large enough to be faster with them than in float32.
bool gains_by_bfloat16(const graph::Attributes& attributes, std::span<const graph::Spec> operands,
                       const graph::Spec& result);

/// Whether the attribute "activation" may have this value: relu, tanh, sigmoid, elu, gelu (exact), softplus, silu, all
/// with Keras's default arguments, or linear.
bool fuses_activation(std::string_view name) noexcept;

}  // namespace keratin::inline v0::kernels

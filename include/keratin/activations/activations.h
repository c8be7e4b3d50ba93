#pragma once

#include <optional>

#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"

/// `keras.activations` as functions: most are those of ops. An option that isn't the default goes into a layer as a
/// function: `.activation = [](const kt::Tensor& x) { return kt::activations::elu(x, 0.5); }`.
namespace keratin::inline v0::activations {

using ops::celu;
using ops::elu;
using ops::glu;
using ops::hard_shrink;
using ops::hard_sigmoid;
using ops::hard_silu;
using ops::hard_swish;
using ops::hard_tanh;
using ops::leaky_relu;
using ops::log_sigmoid;
using ops::log_softmax;
using ops::relu6;
using ops::selu;
using ops::sigmoid;
using ops::silu;
using ops::soft_shrink;
using ops::softmax;
using ops::softplus;
using ops::softsign;
using ops::sparse_plus;
using ops::sparse_sigmoid;
using ops::sparsemax;
using ops::squareplus;
using ops::swish;
using ops::tanh;
using ops::tanh_shrink;
using ops::threshold;

/// max_value where x reaches it, x above the threshold, negative_slope · (x − threshold) below.
KERATIN_API Tensor relu(const Tensor& x, double negative_slope = 0.0, std::optional<double> max_value = {},
                        double threshold = 0.0);
/// Exact by default, where ops::gelu approximates.
KERATIN_API Tensor gelu(const Tensor& x, bool approximate = false);
KERATIN_API Tensor exponential(const Tensor& x);
KERATIN_API Tensor linear(const Tensor& x);
/// x · tanh(softplus(x)).
KERATIN_API Tensor mish(const Tensor& x);

}  // namespace keratin::inline v0::activations

#include "ops/registry.h"

#include <algorithm>
#include <vector>

#include "keratin/ops/math.h"
#include "ops/attention.h"
#include "ops/batch_normalization.h"
#include "ops/complex.h"
#include "ops/conv.h"
#include "ops/ctc.h"
#include "ops/elementwise.h"
#include "ops/indexing.h"
#include "ops/layer_norm.h"
#include "ops/like.h"
#include "ops/matmul.h"
#include "ops/movement.h"
#include "ops/random.h"
#include "ops/recurrent.h"
#include "ops/reduce.h"
#include "ops/resize.h"
#include "ops/softmax.h"
#include "ops/steps.h"

namespace keratin::inline v0::ops {
namespace {

// One explicit list: a static initialiser that registers its op would get lost in a static library.
std::vector<const graph::OpDef*> all_ops() {
  std::vector<const graph::OpDef*> ops;
  for (const graph::OpDef& op : elementwise_ops()) ops.push_back(&op);
  const std::initializer_list<const graph::OpDef*> others{
      // what is made after another tensor
      &fused_op,
      &stop_gradient_op,
      &count_op,
      &full_like_op,
      &broadcast_like_op,
      &insert_ones_op,
      &remove_ones_op,
      // reductions
      &sum_op,
      &mean_op,
      &prod_op,
      &max_op,
      &min_op,
      &any_op,
      &all_op,
      &argmax_op,
      &argmin_op,
      &sum_like_op,
      // softmax and crossentropy
      &softmax_op,
      &softmax_gradient_op,
      &log_softmax_op,
      &log_softmax_gradient_op,
      &softmax_crossentropy_op,
      &softmax_crossentropy_gradient_op,
      &sparse_softmax_crossentropy_op,
      &sparse_softmax_crossentropy_gradient_op,
      // normalization and attention
      &layer_norm_op,
      &layer_norm_gradient_op,
      &attention_op,
      &attention_gradient_op,
      // shapes
      &reshape_op,
      &reshape_like_op,
      &reshape_axes_op,
      &transpose_op,
      &concatenate_op,
      &concatenate_part_op,
      &slice_op,
      &slice_gradient_op,
      &pad_op,
      &broadcast_to_op,
      &iota_op,
      // indices and order
      &take_op,
      &take_gradient_op,
      &take_along_axis_op,
      &take_along_axis_gradient_op,
      &gather_op,
      &scatter_op,
      &scatter_update_op,
      &argsort_op,
      &in_top_k_op,
      &cumsum_op,
      // random numbers
      &random_uniform_op,
      &random_normal_op,
      &truncated_normal_op,
      // products
      &matmul_op,
      &fused_matmul_op,
      // sequences; steps_unknown, which nothing runs, is not among them
      &fold_steps_op,
      &unfold_steps_op,
      &initial_state_op,
      &simple_rnn_op,
      &simple_rnn_gradient_op,
      &lstm_op,
      &lstm_gradient_op,
      &gru_op,
      &gru_gradient_op,
      &recurrent_kernel_gradient_op,
      &ctc_loss_op,
      &ctc_loss_gradient_op,
      &ctc_greedy_op,
      &ctc_beam_op,
      // convolutions and pooling
      &conv_op,
      &fused_conv_op,
      &conv_data_gradient_op,
      &conv_weights_gradient_op,
      &conv_transpose_op,
      &max_pool_op,
      &max_pool_pick_op,
      &max_pool_gradient_op,
      &average_pool_op,
      &average_pool_gradient_op,
      &resize_weights_op,
      // normalization
      &batch_moments_op,
      &batch_normalized_op,
      &batch_normalization_gradient_op,
      // complex numbers
      &complex_op,
  };
  ops.insert(ops.end(), others);
  return ops;
}

}  // namespace

std::span<const graph::OpDef* const> registry() {
  static const std::vector<const graph::OpDef*> ops = all_ops();
  return ops;
}

const graph::OpDef* find(std::string_view name) {
  const auto ops = registry();
  const auto found = std::find_if(ops.begin(), ops.end(), [&](const graph::OpDef* op) { return op->name == name; });
  return found == ops.end() ? nullptr : *found;
}

const graph::GradientOps& gradient_ops() {
  static constexpr graph::GradientOps ops{
      .ones_like = [](const Tensor& x) { return ones_like(x); },
      .add = [](const Tensor& a, const Tensor& b) { return add(a, b); },
  };
  return ops;
}

}  // namespace keratin::inline v0::ops

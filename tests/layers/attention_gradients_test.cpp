// Gradients of attention, embeddings and EinsumDense against central differences.
#include <vector>

#include <gtest/gtest.h>

#include "keratin/layers/attention.h"
#include "keratin/layers/embedding.h"
#include "layers/gradient_harness.h"

namespace {

using namespace keratin;
using layers::EinsumDense;
using layers::GroupQueryAttention;
using layers::MultiHeadAttention;
using test::check_gradients;
using test::mask_of;

const Array of_query = mask_of({true, true, true, true, true, false}, {2, 3});
const Array of_value = mask_of({true, true, true, false, true, false, false, false}, {2, 4});
const Array of_pairs = mask_of({true, true, false, false, true, true, true, true, false, true, true, true}, {3, 4});

TEST(LayerGradients, Attention) {
  check_gradients({
      {.name = "Attention",
       .layer = layers::Attention({.use_scale = true, .dropout = 0.3}),
       .inputs = {{2, 3, 3}, {2, 4, 2}, {2, 4, 3}},
       .masks = {of_query, of_value},
       .return_attention_scores = true},
      {.name = "Attention of sums",
       .layer = layers::Attention({.use_scale = true, .score_mode = layers::ScoreMode::concat}),
       .inputs = {{2, 3, 3}, {2, 4, 3}},
       .use_causal_mask = true},
      {.name = "AdditiveAttention",
       .layer = layers::AdditiveAttention({.dropout = 0.3}),
       .inputs = {{2, 3, 3}, {2, 4, 3}},
       .masks = {of_query, of_value}},
  });
}

TEST(LayerGradients, AttentionOfHeads) {
  check_gradients({
      {.name = "MultiHeadAttention",
       .layer = MultiHeadAttention(2, 2, {.value_dim = 3, .output_shape = {2, 2}, .kernel_regularizer = "l2"}),
       .inputs = {{2, 3, 3}, {2, 4, 2}, {2, 4, 3}},
       .masks = {of_query, of_value},
       .use_causal_mask = true},
      {.name = "MultiHeadAttention with scores",
       .layer = MultiHeadAttention(2, 2, {.dropout = 0.3, .sliding_window = 2, .use_gate = true}),
       .inputs = {{2, 3, 3}, {2, 4, 3}},
       .attention_mask = of_pairs,
       .return_attention_scores = true},
      {.name = "MultiHeadAttention along two axes",
       .layer = MultiHeadAttention(2, 2),
       .inputs = {{2, 2, 3, 3}, {2, 2, 3, 2}}},
      {.name = "GroupQueryAttention",
       .layer = GroupQueryAttention(2, 4, 2, {.use_gate = true}),
       .inputs = {{2, 3, 3}, {2, 4, 3}},
       .masks = {of_query, of_value}},
      {.name = "GroupQueryAttention with scores",
       .layer = GroupQueryAttention(2, 2, 1, {.dropout = 0.3}),
       .inputs = {{2, 3, 3}, {2, 4, 3}},
       .use_causal_mask = true,
       .return_attention_scores = true},
  });
}

TEST(LayerGradients, Embeddings) {
  const Array tokens = Array::copy_of({1, 0, 4, 1, 1, 3}).reshaped({2, 3});
  check_gradients({
      {.name = "Embedding",
       .layer = layers::Embedding(5, 3, {.embeddings_regularizer = "l2", .mask_zero = true}),
       .inputs = {tokens}},
      {.name = "ReversibleEmbedding", .layer = layers::ReversibleEmbedding(5, 3), .inputs = {tokens}},
      {.name = "ReversibleEmbedding, back",
       .layer = layers::ReversibleEmbedding(5, 3, {.logit_soft_cap = 0.7}),
       .inputs = {{2, 3}},
       .reverse = true},
      {.name = "ReversibleEmbedding, back with weights of its own",
       .layer = layers::ReversibleEmbedding(5, 3, {.tie_weights = false}),
       .inputs = {{2, 3}},
       .reverse = true},
  });
}

TEST(LayerGradients, EinsumDense) {
  check_gradients({
      {.name = "EinsumDense",
       .layer = EinsumDense("abc,cde->abde", {-1, 2, 3}, {.activation = "tanh", .bias_axes = "de"}),
       .inputs = {{2, 3, 4}}},
      {.name = "EinsumDense, ellipsis on the left",
       .layer = EinsumDense("...ab,abc->...c", {3}, {.bias_axes = "c"}),
       .inputs = {{2, 2, 3, 2}}},
      {.name = "EinsumDense, ellipsis on the right",
       .layer = EinsumDense("ab...,bc->ac...", {3}, {.bias_axes = "c", .activity_regularizer = "l2"}),
       .inputs = {{2, 3, 2}}},
  });
}

}  // namespace

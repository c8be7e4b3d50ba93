// Attention, embeddings and EinsumDense against values of Keras; what is refused.
#include "keratin/layers/attention.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/layers/core.h"
#include "keratin/layers/embedding.h"
#include "keratin/ops/creation.h"
#include "keratin/ops/math.h"
#include "layers/data/attention.h"
#include "layers/live.h"

namespace {

using namespace keratin;
using layers::EinsumDense;
using layers::GroupQueryAttention;
using layers::MultiHeadAttention;
using test::array_of;
using test::expect_close;
using test::Live;
using test::wave;
namespace values = test::keras_attention;

/// What a call gets besides its inputs, as arrays; empty vectors: nothing.
struct Extras {
  std::vector<std::vector<double>> masks = {};  ///< of each input
  Array attention_mask = {};                    ///< of shape (): none
  bool use_causal_mask = false;
  bool return_attention_scores = false;
  bool reverse = false;
  bool training = false;
};

/// The layer's results for these inputs, with weights that are waves, as in the script that recorded the values.
template <class T>
std::vector<Array> results(T spec, const std::vector<Array>& inputs, const Extras& extras = {}) {
  Live<T> live(std::move(spec));
  std::vector<Shape> shapes;
  for (const Array& input : inputs) shapes.push_back(input.shape());
  live.layer->ensure_built(shapes);
  std::vector<Array> weights;
  for (const Variable& weight : live.layer->weights())
    weights.push_back(wave(weight.shape(), 0.5, 0.1 * static_cast<double>(weights.size())));
  live.layer->set_weights(weights);
  FunctionHandle function = live.session.function([&](std::span<const Tensor> x) {
    CallOptions options{.training = extras.training,
                        .use_causal_mask = extras.use_causal_mask,
                        .return_attention_scores = extras.return_attention_scores,
                        .reverse = extras.reverse};
    for (std::size_t i = 0; i < extras.masks.size(); ++i) {
      const std::vector<double>& mask = extras.masks[i];
      const Shape shape{2, static_cast<std::int64_t>(mask.size()) / 2};
      options.masks.push_back(mask.empty() ? Tensor() : constant(array_of(mask, shape).astype(boolean)));
    }
    if (extras.attention_mask.rank() > 0) options.attention_mask = constant(extras.attention_mask);
    return live.layer->invoke_all(x, options);
  });
  return function.call(inputs);
}

const Array q = wave({2, 3, 4});
const Array v = wave({2, 5, 4}, 1.2, 0.1);
const Array k = wave({2, 5, 4}, 0.8, -0.2);
const Array narrow = wave({2, 5, 3}, 0.9);
const Array image = wave({2, 3, 2, 4});
const Array wide = wave({2, 5, 6}, 0.7);
const Array pair = wave({2, 5, 4}, 0.6);
const std::vector<double> of_query = {1, 1, 1, 1, 1, 0};
const std::vector<double> of_value = {1, 1, 1, 1, 0, 1, 1, 0, 0, 0};
const std::vector<double> of_key = {1, 1, 1, 1, 1, 1, 0, 0, 0, 0};

Array above(const Array& x, double limit) {
  Array mask = Array::zeros(x.shape(), boolean);
  for (std::size_t i = 0; i < x.data<float>().size(); ++i) mask.mutable_data<bool>()[i] = x.data<float>()[i] > limit;
  return mask;
}

TEST(Attention, DotScores) {
  expect_close(results(layers::Attention(), {q, v})[0], values::dot);
  const auto scaled = results(layers::Attention({.use_scale = true}), {q, v, k},
                              {.use_causal_mask = true, .return_attention_scores = true});
  ASSERT_EQ(scaled.size(), 2u);
  expect_close(scaled[0], values::dot_scaled);
  expect_close(scaled[1], values::dot_scaled_scores);
  const auto masked =
      results(layers::Attention(), {q, narrow, k}, {.masks = {of_query, of_value}, .return_attention_scores = true});
  expect_close(masked[0], values::dot_masked);
  expect_close(masked[1], values::dot_masked_scores);
}

TEST(Attention, ScoresOfSums) {
  expect_close(results(layers::Attention({.use_scale = true, .score_mode = layers::ScoreMode::concat}), {q, v, k},
                       {.masks = {of_query, of_value}, .use_causal_mask = true})[0],
               values::concat);
  expect_close(results(layers::AdditiveAttention(), {q, v})[0], values::additive);
  const auto masked = results(layers::AdditiveAttention({.use_scale = false}), {q, v, k},
                              {.masks = {of_query, of_value}, .return_attention_scores = true});
  expect_close(masked[0], values::additive_masked);
  expect_close(masked[1], values::additive_masked_scores);
}

TEST(MultiHeadAttention, Results) {
  expect_close(results(MultiHeadAttention(2, 3), {q, v})[0], values::heads);
  expect_close(results(MultiHeadAttention(2, 3, {.use_bias = false}), {q, v}, {.use_causal_mask = true})[0],
               values::heads_causal);
  expect_close(results(MultiHeadAttention(3, 2, {.value_dim = 5, .output_shape = {2, 3}}), {q, narrow, wide})[0],
               values::heads_sizes);
  expect_close(results(MultiHeadAttention(2, 3, {.value_dim = 2, .use_gate = true}), {q, v})[0], values::heads_gate);
}

TEST(MultiHeadAttention, Masks) {
  expect_close(results(MultiHeadAttention(2, 3), {q, v}, {.masks = {of_query, of_value}, .use_causal_mask = true})[0],
               values::heads_padded);
  const auto scores = results(MultiHeadAttention(2, 3), {q, v, k},
                              {.masks = {of_query, of_value, of_key}, .return_attention_scores = true});
  ASSERT_EQ(scores.size(), 2u);
  expect_close(scores[0], values::heads_scores);
  expect_close(scores[1], values::heads_scores_scores);
  // With dropout Keras goes another way, also outside of training: rows without anything visible become 0.
  expect_close(results(MultiHeadAttention(2, 3, {.dropout = 0.4}), {q, v},
                       {.masks = {of_query, {}}, .use_causal_mask = true})[0],
               values::heads_dropout);
  expect_close(results(MultiHeadAttention(2, 3), {q, v}, {.attention_mask = above(wave({2, 3, 5}), -0.3)})[0],
               values::heads_mask);
  expect_close(results(MultiHeadAttention(2, 3), {q, v},
                       {.attention_mask = above(wave({2, 2, 3, 5}), -0.3), .return_attention_scores = true})[0],
               values::heads_mask_of_heads);
  expect_close(results(MultiHeadAttention(2, 3, {.sliding_window = 2}), {pair, pair}, {.use_causal_mask = true})[0],
               values::heads_window);
}

TEST(MultiHeadAttention, AttentionAxes) {
  const auto both = results(MultiHeadAttention(2, 3), {image, image}, {.return_attention_scores = true});
  expect_close(both[0], values::heads_axes);
  expect_close(both[1], values::heads_axes_scores);
  expect_close(results(MultiHeadAttention(2, 3, {.attention_axes = 2}), {image, image})[0], values::heads_second_axis);
  expect_close(results(MultiHeadAttention(2, 3, {.attention_axes = {-2}}), {image, image})[0],
               values::heads_second_axis);
}

TEST(GroupQueryAttention, Results) {
  expect_close(results(GroupQueryAttention(3, 4, 2), {q, v})[0], values::groups);
  expect_close(results(GroupQueryAttention(3, 4, 1, {.use_bias = false}), {q, v}, {.use_causal_mask = true})[0],
               values::groups_causal);
  const auto scores = results(GroupQueryAttention(2, 4, 2, {.sliding_window = 3, .use_gate = true}), {q, v},
                              {.masks = {of_query, of_value}, .return_attention_scores = true});
  expect_close(scores[0], values::groups_scores);
  expect_close(scores[1], values::groups_scores_scores);
  expect_close(results(GroupQueryAttention(2, 2, 2), {q, v}, {.masks = {of_query, of_value}})[0],
               values::groups_padded);
}

TEST(EinsumDense, Results) {
  expect_close(results(EinsumDense("abc,cd->abd", {-1, 6}, {.bias_axes = "d"}), {q})[0], values::dense);
  expect_close(results(EinsumDense("abc,cd->abd", {3, 6}, {.activation = "tanh", .bias_axes = "bd"}), {q})[0],
               values::dense_bias_of_two);
  expect_close(results(EinsumDense("...x,xy->...y", {5}, {.bias_axes = "y"}), {image})[0].reshaped({60}),
               values::dense_left);
  expect_close(results(EinsumDense("ab...,bc->ac...", {5}, {.bias_axes = "c"}), {image})[0], values::dense_right);
  expect_close(results(EinsumDense("abc,cde->abde", {-1, 2, 3}, {.bias_axes = "de"}), {q})[0], values::dense_heads);
  expect_close(results(EinsumDense("abcd,cde->abe", {-1, 5}), {image})[0], values::dense_back);
  expect_close(results(EinsumDense("abc,bd->adc", {6, 4}, {.bias_axes = "d"}), {q})[0], values::dense_first_axis);
}

TEST(Embedding, Results) {
  const std::vector<double> tokens = {1, 0, 4, 2, 5, 0};
  for (const DType dtype : {int32, int64, uint8, float32})
    expect_close(results(layers::Embedding(6, 3), {array_of(tokens, {2, 3}).astype(dtype)})[0], values::embedding);
  expect_close(results(layers::ReversibleEmbedding(6, 4, {.logit_soft_cap = 0.8}), {q}, {.reverse = true})[0],
               values::logits_tied);
  expect_close(results(layers::ReversibleEmbedding(6, 4, {.tie_weights = false, .logit_soft_cap = 0.8}), {q},
                       {.reverse = true})[0],
               values::logits);
}

TEST(Embedding, StartsAsGiven) {
  const Array weights = wave({4, 2});
  Live<layers::Embedding> live(layers::Embedding(4, 2, {.weights = weights}));
  expect_close(live(Array::copy_of({3, 0})), {weights.at<double>({3, 0}), weights.at<double>({3, 1}),
                                              weights.at<double>({0, 0}), weights.at<double>({0, 1})});
  EXPECT_THROW(layers::Embedding(4, 3, {.weights = weights}), ShapeError);
}

TEST(Embedding, ATokenOutOfRangeIsAnErrorThatNamesTheLayer) {
  Live<layers::Embedding> live(layers::Embedding(4, 2, {.name = "words"}));
  try {
    live(Array::copy_of({3, 4}));
    FAIL() << "nothing thrown";
  } catch (const ValueError& error) {
    EXPECT_TRUE(error.layer_path().starts_with("words")) << error.what();
    EXPECT_NE(std::string(error.what()).find("4"), std::string::npos) << error.what();
  }
}

/// The masks of a model's last layer, as what a pooling would take them for: the result of a layer that gives them.
class ShowMask : public CallableLayer<ShowMask> {
 public:
  using Layer::call;
  Tensor call(const Tensor& /*x*/, const CallContext& context) override {
    return context.mask.is_empty() ? ops::zeros({1}) : ops::cast(context.mask, float32);
  }
  bool supports_masking() const override { return true; }
};

TEST(Embedding, MasksGoThroughAttention) {
  Session session;
  const Array tokens = Array::copy_of({1, 2, 0, 3, 0, 0}).reshaped({2, 3});
  const auto shown = [&](auto layer, bool mask_zero) {
    return session.function([&, layer](const Tensor& x) {
      const Tensor embedded = layers::Embedding(4, 3, {.mask_zero = mask_zero})(x);
      return ShowMask()(layer(embedded));
    })(tokens);
  };
  const auto heads = [](const Tensor& x) { return MultiHeadAttention(2, 3)({x, x}); };
  const auto groups = [](const Tensor& x) { return GroupQueryAttention(2, 4, 2)({x, x}); };
  const auto dot = [](const Tensor& x) { return layers::Attention()({x, x}); };
  const auto additive = [](const Tensor& x) { return layers::AdditiveAttention()({x, x}); };
  const auto dense = [](const Tensor& x) { return EinsumDense("...a,ab->...b", {3})(x); };
  for (const Array& mask : {shown(heads, true), shown(groups, true), shown(dot, true), shown(additive, true)})
    expect_close(mask, std::vector<double>{1, 1, 0, 1, 0, 0});
  expect_close(shown(heads, false), std::vector<double>{0});
  expect_close(shown(dense, true), std::vector<double>{0});  // as in Keras, the mask ends there
}

TEST(Attention, WhatIsRefused) {
  EXPECT_THROW(layers::Attention({.dropout = 1.0}), ValueError);
  EXPECT_THROW(layers::AdditiveAttention({.dropout = -0.1}), ValueError);
  EXPECT_THROW(MultiHeadAttention(0, 3), ValueError);
  EXPECT_THROW(MultiHeadAttention(2, 0), ValueError);
  EXPECT_THROW(MultiHeadAttention(2, 3, {.value_dim = 0}), ValueError);
  EXPECT_THROW(MultiHeadAttention(2, 3, {.dropout = 2.0}), ValueError);
  EXPECT_THROW(MultiHeadAttention(2, 3, {.output_shape = {0}}), ValueError);
  EXPECT_THROW(MultiHeadAttention(2, 3, {.sliding_window = 0}), ValueError);
  EXPECT_THROW(GroupQueryAttention(3, 4, 3), ValueError);
  EXPECT_THROW(GroupQueryAttention(3, 0, 1), ValueError);
  EXPECT_THROW(layers::Embedding(0, 3), ValueError);
  EXPECT_THROW(layers::Embedding(3, -1), ValueError);
  EXPECT_THROW(layers::ReversibleEmbedding(3, 2, {.reverse_dtype = int32}), DTypeError);
  EXPECT_THROW(layers::ReversibleEmbedding(3, 2, {.logit_soft_cap = 0.0}), ValueError);

  EXPECT_THROW(results(layers::Attention(), {q}), ValueError);
  EXPECT_THROW(results(layers::Attention(), {q, narrow}), ShapeError);
  EXPECT_THROW(results(layers::Attention(), {q, v, wave({2, 4, 4})}), ShapeError);
  EXPECT_THROW(results(layers::AdditiveAttention(), {q, v, k, k}), ValueError);
  EXPECT_THROW(results(MultiHeadAttention(2, 3), {q}), ValueError);
  EXPECT_THROW(results(MultiHeadAttention(2, 3), {q, image}), ShapeError);
  EXPECT_THROW(results(MultiHeadAttention(2, 3), {q, v, wave({2, 4, 4})}), ShapeError);
  EXPECT_THROW(results(MultiHeadAttention(2, 3, {.attention_axes = 0}), {q, v}), ValueError);
  EXPECT_THROW(results(MultiHeadAttention(2, 3, {.attention_axes = -1}), {q, v}), ValueError);
  EXPECT_THROW(results(MultiHeadAttention(2, 3), {image, image}, {.use_causal_mask = true}), ValueError);
  EXPECT_THROW(results(GroupQueryAttention(2, 2, 1), {image, image}), ShapeError);
  EXPECT_THROW(results(layers::ReversibleEmbedding(6, 3), {q}, {.reverse = true}), ShapeError);
}

TEST(EinsumDense, WhatIsRefused) {
  const auto expect = [](const std::string& equation, const Shape& output, const layers::EinsumDenseOptions& options,
                         const std::string& part) {
    try {
      results(EinsumDense(equation, output, options), {q});
      ADD_FAILURE() << "nothing thrown for " << equation;
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_NE(message.find(part), std::string::npos) << message;
      EXPECT_NE(message.find("equation=\"" + equation + "\""), std::string::npos) << message;
    }
  };
  expect("abc,cd", {3, 6}, {}, "has the form");
  expect("ab1,bc->ac", {3, 6}, {}, "named by letters");
  expect("abc,->ab", {3}, {}, "named by letters");
  expect("...c,cd->d", {6}, {}, "ellipsis on the same side");
  expect("abc,cd->abe", {3, 6}, {}, "the output has 'e'");
  expect("abc,cde->abd", {3, 6}, {}, "the kernel has 'e'");
  expect("abc,cd->abd", {3, 6}, {.bias_axes = "e"}, "`bias_axes` has 'e'");
  expect("ab,bc->ac", {6}, {}, "inputs of rank 3");
  expect("abc,cd->abd", {6}, {}, "a size for each letter of the output but the batch, 2");
  expect("abc,cd->abd", {4, 6}, {}, "'b', but its size is 3 in the input and 4 in output_shape");
  expect("abc,cd->abd", {3, -1}, {}, "the kernel's axis 'd' must be known");
}

}  // namespace

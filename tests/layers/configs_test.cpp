// Descriptions of layers with options that aren't the defaults, against Keras's.
#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/constraints/constraints.h"
#include "keratin/core/error.h"
#include "keratin/initializers/initializers.h"
#include "keratin/layers/attention.h"
#include "keratin/layers/core.h"
#include "keratin/layers/embedding.h"
#include "keratin/layers/function.h"
#include "keratin/layers/merging.h"
#include "keratin/layers/normalization.h"
#include "keratin/layers/preprocessing.h"
#include "keratin/layers/regularization.h"
#include "keratin/layers/reshaping.h"
#include "keratin/regularizers/regularizers.h"
#include "layers/data/keras_configs.h"
#include "layers/registry.h"

namespace {

using namespace keratin;

/// What two normalisations have in common, in one options struct.
template <class Options>
Options with_weights(Options options) {
  options.epsilon = 0.25;
  options.center = options.scale = false;
  options.beta_initializer = initializers::Constant(0.5);
  options.gamma_initializer = initializers::Constant(0.75);
  options.beta_regularizer = regularizers::L1(0.25);
  options.gamma_regularizer = regularizers::L2(0.125);
  options.beta_constraint = "non_neg";
  options.gamma_constraint = constraints::MaxNorm({.max_value = 1.5});
  return options;
}

template <class Options>
Options with_projections(Options options) {
  options.kernel_initializer = initializers::Constant(0.75);
  options.bias_initializer = initializers::Constant(0.5);
  options.kernel_regularizer = regularizers::L1(0.25);
  options.bias_regularizer = regularizers::L2(0.125);
  options.kernel_constraint = constraints::UnitNorm({.axis = 1});
  options.bias_constraint = "non_neg";
  return options;
}

template <class Options>
Options of_heads(Options options) {
  options.dropout = 0.25;
  options.use_bias = false;
  options.use_gate = true;
  options.seed = 7;
  return with_projections(std::move(options));
}

template <class Options>
Options with_embeddings(Options options) {
  options.embeddings_initializer = initializers::Constant(0.75);
  options.embeddings_regularizer = regularizers::L1(0.25);
  options.embeddings_constraint = "non_neg";
  options.mask_zero = true;
  return options;
}

std::vector<LayerSpec> described_layers() {
  return {
      layers::Dense(3, {.activation = "gelu",
                        .use_bias = false,
                        .kernel_initializer = initializers::Constant(0.75),
                        .bias_initializer = initializers::Constant(0.5),
                        .kernel_regularizer = regularizers::L1L2({.l1 = 0.25, .l2 = 0.5}),
                        .bias_regularizer = regularizers::L2(0.125),
                        .activity_regularizer = regularizers::L1(0.25),
                        .kernel_constraint = constraints::UnitNorm({.axis = 1}),
                        .bias_constraint = "non_neg"}),
      layers::Activation("softmax"),
      layers::Identity(),
      layers::Masking({.mask_value = -1.5}),
      layers::BatchNormalization(with_weights<layers::BatchNormalizationOptions>(
          {.axis = 1,
           .momentum = 0.5,
           .moving_mean_initializer = initializers::Constant(2.0),
           .moving_variance_initializer = initializers::Constant(3.0),
           .renorm = true,
           .renorm_clipping = layers::RenormClipping{.rmax = 3.0, .rmin = 0.25, .dmax = 5.0},
           .renorm_momentum = 0.75,
           .synchronized = true})),
      layers::LayerNormalization(with_weights<layers::LayerNormalizationOptions>({.axis = {1, 2}})),
      layers::GroupNormalization(with_weights<layers::GroupNormalizationOptions>({.groups = 4, .axis = 1})),
      layers::RMSNormalization({.axis = {1, 2}, .epsilon = 0.25}),
      layers::UnitNormalization({.axis = {1, 2}}),
      layers::SpectralNormalization(layers::Masking({.name = "inner"}), {.power_iterations = 3}),
      layers::Dropout(0.25, {.noise_shape = Shape{-1, 1, 3}, .seed = 7}),
      layers::SpatialDropout1D(0.25, {.seed = 7}),
      layers::SpatialDropout2D(0.25, {.data_format = DataFormat::channels_first, .seed = 7}),
      layers::SpatialDropout3D(0.25, {.data_format = DataFormat::channels_first, .seed = 7}),
      layers::GaussianDropout(0.25, {.seed = 7}),
      layers::GaussianNoise(0.25, {.seed = 7}),
      layers::AlphaDropout(0.25, {.noise_shape = Shape{-1, 1, 3}, .seed = 7}),
      layers::ActivityRegularization({.l1 = 0.25, .l2 = 0.5}),
      layers::Flatten({.data_format = DataFormat::channels_first}),
      layers::Reshape({-1, 4}),
      layers::Permute({2, 1}),
      layers::RepeatVector(3),
      layers::Add(),
      layers::Subtract(),
      layers::Multiply(),
      layers::Average(),
      layers::Maximum(),
      layers::Minimum(),
      layers::Concatenate({.axis = 1}),
      layers::Dot({1, 2}, {.normalize = true}),
      layers::Rescaling({0.5, 0.25}, {.offset = -1.5}),
      layers::Normalization({.axis = {1, 2},
                             .mean = Array::copy_of({1.0, 2.5, 3.0, 4.0}).reshaped({2, 2}),
                             .variance = Array::copy_of({0.25, 0.5, 2.0, 1.0}).reshaped({2, 2}),
                             .invert = true}),
      layers::Attention({.use_scale = true, .score_mode = layers::ScoreMode::concat, .dropout = 0.25, .seed = 7}),
      layers::AdditiveAttention({.use_scale = false, .dropout = 0.25, .seed = 7}),
      layers::MultiHeadAttention(
          2, 3,
          of_heads<layers::MultiHeadAttentionOptions>(
              {.value_dim = 4, .output_shape = {5, 6}, .attention_axes = {1, 2}, .sliding_window = 3})),
      layers::GroupQueryAttention(3, 4, 2,
                                  of_heads<layers::GroupQueryAttentionOptions>(
                                      {.sliding_window = 3, .activity_regularizer = regularizers::L1(0.5)})),
      layers::Embedding(5, 3, with_embeddings<layers::EmbeddingOptions>({})),
      layers::ReversibleEmbedding(5, 3,
                                  with_embeddings<layers::ReversibleEmbeddingOptions>(
                                      {.tie_weights = false, .reverse_dtype = float64, .logit_soft_cap = 2.5})),
      layers::EinsumDense("abc,cd->abd", {-1, 3},
                          with_projections<layers::EinsumDenseOptions>({.activation = "relu", .bias_axes = "d"})),
  };
}

/// Without what Keras's serialization puts around nested objects.
ConfigValue without_modules(const ConfigValue& value) {
  if (value.is_list()) {
    ConfigValue::List list;
    for (const ConfigValue& each : value.as_list()) list.push_back(without_modules(each));
    return list;
  }
  if (!value.is_config()) return value;
  Config kept;
  for (const auto& [name, each] : value.as_config().entries())
    if (name != "module" && name != "registered_name") kept.set(name, without_modules(each));
  return kept;
}

/// Without name, trainable and dtype.
std::string own_config(const Layer& layer) {
  Config own;
  for (const Config all = layer.get_config(); const auto& [name, value] : all.entries())
    if (name != "name" && name != "trainable" && name != "dtype") own.set(name, without_modules(value));
  return to_string(own);
}

TEST(LayerConfigs, AreKerasWords) {
  const std::vector<LayerSpec> layers = described_layers();
  ASSERT_EQ(layers.size(), std::size(test::keras_configs));
  for (std::size_t i = 0; i < layers.size(); ++i) {
    EXPECT_EQ(layers[i].layer().class_name(), test::keras_configs[i].first);
    EXPECT_EQ(own_config(layers[i].layer()), test::keras_configs[i].second) << test::keras_configs[i].first;
  }
}

TEST(LayerConfigs, ComeBack) {
  for (const LayerSpec& spec : described_layers()) {
    const LayerSpec again = LayerSpec::from_config(spec.config());
    EXPECT_EQ(again.layer().class_name(), spec.layer().class_name());
    EXPECT_EQ(to_string(again.config()), to_string(spec.config()));
  }
}

/// Keras's object of a layer.
ConfigValue object(const char* class_name, Config config) {
  return Config{{"class_name", class_name}, {"config", std::move(config)}};
}

TEST(LayerConfigs, WhatIsMissingHasItsDefault) {
  const auto expect_default = [](const LayerSpec& spec, Config given) {
    const LayerSpec made = LayerSpec::from_config(object(spec.layer().class_name().c_str(), std::move(given)));
    EXPECT_EQ(own_config(made.layer()), own_config(spec.layer()));
  };
  expect_default(layers::Dense(3), {{"units", 3}});
  expect_default(layers::BatchNormalization(), {});
  expect_default(layers::LayerNormalization(), {{"axis", ConfigValue::List{-1}}});
  expect_default(layers::GroupNormalization(), {});
  expect_default(layers::SpectralNormalization(layers::Dense(2)), {{"layer", LayerSpec(layers::Dense(2)).config()}});
  expect_default(layers::Dropout(0.5), {{"rate", 0.5}});
  expect_default(layers::Attention(), {});
  expect_default(layers::AdditiveAttention(), {});
  expect_default(layers::MultiHeadAttention(2, 3), {{"num_heads", 2}, {"key_dim", 3}});
  expect_default(layers::GroupQueryAttention(3, 4, 2),
                 {{"head_dim", 3}, {"num_query_heads", 4}, {"num_key_value_heads", 2}});
  expect_default(layers::Embedding(5, 3), {{"input_dim", 5}, {"output_dim", 3}});
  expect_default(layers::ReversibleEmbedding(5, 3), {{"input_dim", 5}, {"output_dim", 3}});
  expect_default(layers::EinsumDense("ab,bc->ac", {3}),
                 {{"equation", "ab,bc->ac"}, {"output_shape", ConfigValue::List{3}}});
  expect_default(layers::GaussianNoise(0.5), {{"stddev", 0.5}});
  expect_default(layers::Flatten(), {{"data_format", ConfigValue()}});
  expect_default(layers::Concatenate(), {});
  expect_default(layers::Dot(1), {{"axes", 1}});
  expect_default(layers::Masking(), {});
  expect_default(layers::Normalization(), {{"axis", ConfigValue::List{-1}}, {"mean", ConfigValue()}});
  expect_default(layers::Normalization({.axis = {}}), {{"axis", ConfigValue()}});
  expect_default(layers::Rescaling({1, 2}),
                 {{"scale", Config{{"class_name", "__numpy__"},
                                   {"config", Config{{"value", ConfigValue::List{1.0, 2.0}}, {"dtype", "float32"}}}}}});
}

TEST(LayerConfigs, KeepNameTrainableAndDtype) {
  const LayerSpec spec = layers::BatchNormalization({.trainable = false, .dtype = "mixed_float16", .name = "still"});
  const LayerSpec again = LayerSpec::from_config(spec.config());
  EXPECT_EQ(again.layer().name(), "still");
  EXPECT_FALSE(again.layer().trainable());
  EXPECT_EQ(again.layer().compute_dtype(), float16);
}

void expect_refused(const char* class_name, Config config, const std::string& part) {
  try {
    LayerSpec::from_config(object(class_name, std::move(config)));
    ADD_FAILURE() << class_name << " was made; expected: " << part;
  } catch (const ValueError& error) {
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

TEST(LayerConfigs, RefuseWhatCannotBe) {
  expect_refused("Dense", {}, "Dense: the option `units` can't be used as given. It must be given");
  expect_refused("Dense", {{"units", "three"}}, "`units`");
  expect_refused("Dense", {{"units", 3}, {"lora_rank", 4}}, "lora_rank");
  expect_refused("LayerNormalization", {{"rms_scaling", true}}, "`rms_scaling`");
  expect_refused("Flatten", {{"data_format", "channels_middle"}}, "'channels_middle'");
  expect_refused("Normalization",
                 {{"mean", ConfigValue::List{1.0, ConfigValue::List{2.0}}}, {"variance", ConfigValue::List{1.0, 1.0}}},
                 "Nested lists of numbers");
  expect_refused("InputLayer", {{"batch_shape", ConfigValue::List{}}}, "batch_shape");
  expect_refused("SpectralNormalization", {{"power_iterations", 2}}, "`layer`");
}

TEST(LayerConfigs, FunctionsOfTheUsersHaveNone) {
  const layers::Function layer([](const Tensor& x) { return x; }, {.name = "mine"});
  EXPECT_THROW(layer.config(), ValueError);
}

}  // namespace

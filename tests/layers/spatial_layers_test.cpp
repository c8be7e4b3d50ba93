// Convolutions, pooling and what else moves over space, against what Keras gives.
#include <algorithm>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "keratin/constraints/constraints.h"
#include "keratin/core/error.h"
#include "keratin/initializers/initializers.h"
#include "keratin/layers/convolutional.h"
#include "keratin/layers/pooling.h"
#include "keratin/layers/spatial.h"
#include "keratin/regularizers/regularizers.h"
#include "layers/data/keras_spatial.h"
#include "layers/live.h"
#include "layers/registry.h"

namespace {

using namespace keratin;
using test::expect_close;
using test::Live;
using test::wave;

const test::RecordedLayer& recorded(const std::string& name) {
  return *std::find_if(std::begin(test::keras_spatial), std::end(test::keras_spatial),
                       [&](const test::RecordedLayer& each) { return each.name == name; });
}

/// Without what Keras's serialization puts around nested objects.
Config without_modules(const Config& config) {
  Config kept;
  for (const auto& [name, value] : config.entries())
    if (name != "module" && name != "registered_name")
      kept.set(name, value.is_config() ? ConfigValue(without_modules(value.as_config())) : value);
  return kept;
}

/// As Keras's are recorded: without what all layers have.
std::string text_of(const Config& config) {
  Config own;
  const Config all = without_modules(config);
  for (const auto& [key, value] : all.entries())
    if (key != "name" && key != "trainable" && key != "dtype") own.set(key, value);
  return to_string(own);
}

template <class T>
void expect_recorded(const std::string& name, const T& spec, const Shape& input) {
  SCOPED_TRACE(name);
  const test::RecordedLayer& expected = recorded(name);
  EXPECT_EQ(text_of(spec.get_config()), expected.config);
  EXPECT_EQ(text_of(T::from_config(spec.config()).get_config()), expected.config);
  for (const ExecutionMode mode : {ExecutionMode::graph, ExecutionMode::eager}) {
    Live<T> live(spec, mode);
    live.layer->ensure_built(std::span(&input, 1));
    for (Variable& weight : live.layer->weights()) weight.assign(wave(weight.shape(), 0.5, 0.1));
    const Array y = live(wave(input));
    expect_close(y, Array::copy_of(expected.values).reshaped(expected.shape), 2e-5);
    EXPECT_EQ(live.layer->compute_output_shape(std::span(&input, 1)), expected.shape);
  }
}

/// Options that aren't the defaults, of all layers that have a kernel and a bias.
template <class Options>
Options with_kernel(Options options) {
  options.kernel_initializer = initializers::RandomUniform({.minval = 0.5, .maxval = 1.5, .seed = 3});
  options.kernel_regularizer = regularizers::L1(0.25);
  options.kernel_constraint = "non_neg";
  options.bias_initializer = initializers::Constant(0.5);
  options.bias_regularizer = regularizers::L2(0.125);
  options.bias_constraint = constraints::MaxNorm({.max_value = 1.5});
  options.activity_regularizer = regularizers::L1(0.5);
  return options;
}
template <class Options>
Options with_depthwise(Options options) {
  options.depthwise_initializer = initializers::RandomUniform({.minval = 0.5, .maxval = 1.5, .seed = 3});
  options.depthwise_regularizer = regularizers::L1(0.25);
  options.depthwise_constraint = "non_neg";
  options.bias_initializer = initializers::Constant(0.5);
  options.bias_regularizer = regularizers::L2(0.125);
  options.bias_constraint = constraints::MaxNorm({.max_value = 1.5});
  options.activity_regularizer = regularizers::L1(0.5);
  return options;
}

TEST(SpatialLayers, Convolutions) {
  expect_recorded("Conv1D", layers::Conv1D(3, 2, {.activation = "tanh"}), {2, 5, 2});
  expect_recorded("Conv1D causal", layers::Conv1D(2, 3, {.padding = "causal", .dilation_rate = 2}), {1, 7, 2});
  expect_recorded("Conv1D causal, channels first",
                  layers::Conv1D(2, 3, {.strides = 2, .padding = "causal", .data_format = "channels_first"}),
                  {1, 2, 7});
  expect_recorded(
      "Conv2D",
      layers::Conv2D(2, {3, 2},
                     with_kernel<layers::Conv2DOptions>({.strides = 2, .padding = "same", .activation = "relu"})),
      {2, 5, 4, 3});
  expect_recorded("Conv2D groups", layers::Conv2D(4, 2, {.groups = 2, .use_bias = false}), {1, 4, 3, 4});
  expect_recorded("Conv2D, channels first",
                  layers::Convolution2D(2, 2, {.data_format = "channels_first", .dilation_rate = {1, 2}}),
                  {1, 3, 4, 4});
  expect_recorded("Conv3D", layers::Conv3D(2, {2, 1, 2}, {.strides = {1, 2, 1}}), {1, 3, 4, 3, 2});
}

TEST(SpatialLayers, TransposedConvolutions) {
  expect_recorded("Conv1DTranspose", layers::Conv1DTranspose(2, 3, {.strides = 2, .padding = "same"}), {2, 4, 2});
  expect_recorded("Conv2DTranspose",
                  layers::Conv2DTranspose(2, {3, 2},
                                          with_kernel<layers::Conv2DTransposeOptions>(
                                              {.strides = 2, .output_padding = 1, .activation = "relu"})),
                  {1, 3, 2, 2});
  expect_recorded("Conv2DTranspose same",
                  layers::Conv2DTranspose(2, 3, {.strides = {2, 3}, .padding = "same", .output_padding = {0, 1}}),
                  {1, 2, 3, 2});
  expect_recorded("Conv2DTranspose dilated", layers::Conv2DTranspose(1, 2, {.dilation_rate = 2}), {1, 3, 2, 2});
  expect_recorded("Conv2DTranspose, channels first", layers::Conv2DTranspose(3, 2, {.data_format = "channels_first"}),
                  {1, 2, 3, 2});
  expect_recorded("Conv3DTranspose", layers::Conv3DTranspose(1, 2, {.strides = {1, 2, 1}, .use_bias = false}),
                  {1, 2, 2, 2, 2});
}

TEST(SpatialLayers, DepthwiseAndSeparableConvolutions) {
  expect_recorded("DepthwiseConv1D", layers::DepthwiseConv1D(3, {.padding = "same", .depth_multiplier = 2}), {2, 4, 2});
  expect_recorded("DepthwiseConv2D",
                  layers::DepthwiseConv2D(
                      {2, 3}, with_depthwise<layers::DepthwiseConv2DOptions>({.strides = 2, .depth_multiplier = 2})),
                  {1, 5, 5, 2});
  expect_recorded("DepthwiseConv2D, channels first",
                  layers::DepthwiseConv2D(2, {.padding = "same", .data_format = "channels_first", .dilation_rate = 2}),
                  {1, 2, 4, 3});
  expect_recorded("SeparableConv1D",
                  layers::SeparableConv1D(3, 2, {.strides = 2, .padding = "same", .activation = "tanh"}), {2, 5, 2});
  expect_recorded("SeparableConv2D",
                  layers::SeparableConv2D(2, {3, 2},
                                          with_depthwise<layers::SeparableConv2DOptions>(
                                              {.depth_multiplier = 2,
                                               .pointwise_initializer = initializers::Constant(0.25),
                                               .pointwise_regularizer = regularizers::L2(0.5),
                                               .pointwise_constraint = "non_neg"})),
                  {1, 4, 4, 2});
}

TEST(SpatialLayers, Pooling) {
  expect_recorded("MaxPooling1D", layers::MaxPooling1D(), {2, 5, 2});
  expect_recorded("MaxPooling2D", layers::MaxPool2D({3, 2}, {.strides = {1, 2}, .padding = "same"}), {1, 4, 5, 2});
  expect_recorded("MaxPooling3D", layers::MaxPooling3D({2, 1, 2}, {.data_format = "channels_first"}), {1, 2, 4, 2, 3});
  expect_recorded("AveragePooling1D", layers::AvgPool1D(3, {.strides = 2, .padding = "same"}), {2, 5, 2});
  expect_recorded("AveragePooling2D",
                  layers::AveragePooling2D(2, {.strides = 1, .padding = "same", .data_format = "channels_first"}),
                  {1, 2, 3, 4});
  expect_recorded("AveragePooling3D", layers::AveragePooling3D(2), {1, 4, 3, 2, 2});
}

TEST(SpatialLayers, GlobalPooling) {
  expect_recorded("GlobalMaxPooling1D", layers::GlobalMaxPooling1D(), {2, 5, 3});
  expect_recorded("GlobalMaxPooling2D", layers::GlobalMaxPooling2D({.keepdims = true}), {2, 3, 4, 2});
  expect_recorded("GlobalMaxPooling3D", layers::GlobalMaxPool3D({.data_format = "channels_first"}), {2, 2, 3, 2, 2});
  expect_recorded("GlobalAveragePooling1D",
                  layers::GlobalAvgPool1D({.data_format = "channels_first", .keepdims = true}), {2, 3, 5});
  expect_recorded("GlobalAveragePooling2D", layers::GlobalAveragePooling2D({.data_format = "channels_first"}),
                  {2, 3, 4, 2});
  expect_recorded("GlobalAveragePooling3D", layers::GlobalAveragePooling3D({.keepdims = true}), {2, 2, 3, 2, 2});
}

TEST(SpatialLayers, AdaptivePooling) {
  expect_recorded("AdaptiveMaxPooling1D", layers::AdaptiveMaxPooling1D(3), {2, 7, 2});
  expect_recorded("AdaptiveMaxPooling2D", layers::AdaptiveMaxPooling2D({2, 3}), {1, 5, 4, 2});
  expect_recorded("AdaptiveMaxPooling3D", layers::AdaptiveMaxPooling3D({1, 2, 2}, {.data_format = "channels_first"}),
                  {1, 2, 2, 3, 4});
  expect_recorded("AdaptiveAveragePooling1D", layers::AdaptiveAveragePooling1D(4, {.data_format = "channels_first"}),
                  {2, 2, 7});
  expect_recorded("AdaptiveAveragePooling2D", layers::AdaptiveAveragePooling2D(3), {1, 5, 4, 2});
  expect_recorded("AdaptiveAveragePooling3D", layers::AdaptiveAveragePooling3D({2, 1, 2}), {1, 3, 2, 4, 2});
}

TEST(SpatialLayers, PaddingAndCropping) {
  expect_recorded("ZeroPadding1D", layers::ZeroPadding1D({1, 2}), {1, 3, 2});
  expect_recorded("ZeroPadding2D", layers::ZeroPadding2D({1, 0}), {1, 2, 2, 2});
  expect_recorded("ZeroPadding2D, channels first",
                  layers::ZeroPadding2D({{0, 1}, {2, 0}}, {.data_format = "channels_first"}), {1, 2, 2, 2});
  expect_recorded("ZeroPadding3D", layers::ZeroPadding3D({0, 1, 0}), {1, 1, 2, 2, 2});
  expect_recorded("Cropping1D", layers::Cropping1D(), {2, 4, 2});
  expect_recorded("Cropping2D", layers::Cropping2D({{0, 1}, {2, 0}}), {1, 3, 4, 2});
  expect_recorded("Cropping3D", layers::Cropping3D({1, 0, 1}, {.data_format = "channels_first"}), {1, 2, 3, 2, 4});
}

TEST(SpatialLayers, UpSampling) {
  expect_recorded("UpSampling1D", layers::UpSampling1D(3), {1, 3, 2});
  expect_recorded("UpSampling2D", layers::UpSampling2D({1, 3}, {.data_format = "channels_first"}), {1, 2, 2, 2});
  expect_recorded("UpSampling2D bilinear", layers::UpSampling2D({2, 3}, {.interpolation = "bilinear"}), {1, 3, 2, 2});
  expect_recorded("UpSampling2D bicubic", layers::UpSampling2D({3, 2}, {.interpolation = "bicubic"}), {1, 4, 5, 1});
  expect_recorded("UpSampling2D lanczos3",
                  layers::UpSampling2D(2, {.data_format = "channels_first", .interpolation = "lanczos3"}),
                  {1, 1, 4, 5});
  expect_recorded("UpSampling2D lanczos5", layers::UpSampling2D({3, 2}, {.interpolation = "lanczos5"}), {1, 4, 3, 1});
  expect_recorded("UpSampling3D", layers::UpSampling3D({2, 1, 2}), {1, 2, 2, 1, 2});
}

TEST(SpatialLayers, TheMeanOfStepsLeavesOutMaskedOnes) {
  Session session;
  const auto pooling = session.add(layers::GlobalAveragePooling1D());
  const auto kept = session.add(layers::GlobalAveragePooling1D({.keepdims = true}));
  const auto function = session.function([&](const Tensor& x, const Tensor& mask) {
    return std::vector<Tensor>{pooling(x, {.mask = mask}), kept(x, {.mask = mask})};
  });
  const Array x = Array::copy_of(std::vector{1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f}).reshaped({2, 3, 1});
  const Array mask = Array::copy_of(std::vector{1.0f, 0.0f, 1.0f, 0.0f, 1.0f, 0.0f}).astype(boolean).reshaped({2, 3});
  const std::vector<Array> inputs{x, mask};
  const std::vector<Array> results = function.call(inputs);
  expect_close(results[0], {2.0, 5.0});
  EXPECT_EQ(results[0].shape(), (Shape{2, 1}));
  EXPECT_EQ(results[1].shape(), (Shape{2, 1, 1}));
}

TEST(SpatialLayers, SizesThatAreNotKnownYet) {
  Session session;
  const auto conv = session.add(layers::Conv2D(2, 3, {.strides = 2, .padding = "same"}));
  const auto enlarge = session.add(layers::UpSampling2D(2, {.interpolation = "bilinear"}));
  const auto crop = session.add(layers::Cropping2D(1));
  const Shape unknown{-1, -1, -1, 3};
  EXPECT_EQ(conv->compute_output_shape(std::span(&unknown, 1)), (Shape{-1, -1, -1, 2}));
  const auto function = session.function([&](const Tensor& x) { return crop(enlarge(conv(x))); });
  EXPECT_EQ(function(wave({2, 5, 8, 3})).shape(), (Shape{2, 4, 6, 2}));
  EXPECT_EQ(function(wave({1, 9, 6, 3})).shape(), (Shape{1, 8, 4, 2}));
}

TEST(SpatialLayers, MixedPrecision) {
  Live<layers::Conv2D> live(layers::Conv2D(2, 3, {.dtype = "mixed_bfloat16"}));
  const Array y = live(wave({1, 5, 5, 2}));
  EXPECT_EQ(name_of(y.dtype()), name_of(bfloat16));
  EXPECT_EQ(name_of(live.layer->weights()[0].dtype()), name_of(float32));
}

template <class E, class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return "nothing of that type was thrown";
}

void expect_has(const std::string& text, std::initializer_list<std::string> parts) {
  for (const std::string& part : parts) EXPECT_NE(text.find(part), std::string::npos) << part << " in: " << text;
}

TEST(SpatialLayers, OptionsThatDoNotFit) {
  using namespace layers;
  expect_has(message_of<ValueError>([] { Conv2D(0, 3); }), {"Conv2D", "`filters`", "filters=0"});
  expect_has(message_of<ValueError>([] { Conv2D(1, {3, 0}); }), {"Conv2D", "`kernel_size`", "kernel_size=0"});
  expect_has(message_of<ValueError>([] { Conv2D(1, {3, 3, 3}); }), {"`kernel_size`", "3 numbers"});
  expect_has(message_of<ValueError>([] { Conv2D(3, 3, {.groups = 2}); }), {"`groups`", "filters=3", "groups=2"});
  expect_has(message_of<ValueError>([] { Conv2D(3, 3, {.padding = "causal"}); }), {"Conv2D", "causal", "Conv1D"});
  expect_has(message_of<ValueError>([] { Conv1D(3, 3, {.strides = 2, .dilation_rate = 2}); }),
             {"Conv1D", "`strides`", "`dilation_rate`", "(2,)"});
  expect_has(message_of<ValueError>([] { Conv1DTranspose(3, 3, {.strides = 2, .output_padding = 2}); }),
             {"Conv1DTranspose", "`output_padding`", "below"});
  expect_has(message_of<ValueError>([] { DepthwiseConv2D(3, {.depth_multiplier = 0}); }), {"depth_multiplier=0"});
  expect_has(message_of<ValueError>([] { SeparableConv1D(-1, 3); }), {"SeparableConv1D", "filters=-1"});
  expect_has(message_of<ValueError>([] { MaxPooling2D(0); }), {"MaxPooling2D", "pool_size=0"});
  expect_has(message_of<ValueError>([] { AveragePooling1D(2, {.strides = -1}); }), {"AveragePooling1D", "strides=-1"});
  expect_has(message_of<ValueError>([] { AdaptiveMaxPooling2D({1, 2, 3}); }), {"AdaptiveMaxPooling2D", "output_size"});
  expect_has(message_of<ValueError>([] { ZeroPadding2D(-1); }), {"ZeroPadding2D", "negative", "padding=[[-1, -1]]"});
  expect_has(message_of<ValueError>([] { Cropping2D({1, 1, 1}); }), {"Cropping2D", "2 spatial dimensions"});
  expect_has(message_of<ValueError>([] { UpSampling1D(0); }), {"UpSampling1D", "size=0"});
  expect_has(message_of<ValueError>([] {
               UpSampling2D::from_config({{"interpolation", "area"}});
             }),
             {"UpSampling2D", "`interpolation`", "area"});
  expect_has(message_of<ValueError>([] { Conv1D::from_config({{"filters", 2}}); }), {"Conv1D", "`kernel_size`"});
}

TEST(SpatialLayers, InputsThatDoNotFit) {
  using namespace layers;
  expect_has(message_of<ShapeError>([] { Live(Conv2D(2, 3))(wave({2, 5, 3})); }), {"Conv2D", "rank 4", "(None, 5, 3)"});
  expect_has(message_of<ShapeError>([] { Live(Conv2D(2, 3))(wave({1, 2, 5, 3})); }), {"conv2d", "padding=same"});
  expect_has(message_of<ShapeError>([] {
               Live(Conv2D(4, 3, {.groups = 2}))(wave({1, 5, 5, 3}));
             }),
             {"`groups`", "(None, 5, 5, 3)"});
  expect_has(message_of<ShapeError>([] { Live(MaxPooling1D(3))(wave({1, 2, 3})); }), {"max_pool", "larger"});
  expect_has(message_of<ShapeError>([] { Live(Cropping1D(2))(wave({1, 4, 3})); }), {"`cropping`", "(None, 4, 3)"});
  expect_has(message_of<ShapeError>([] { Live(GlobalMaxPooling2D{})(wave({1, 4, 3})); }), {"rank 4", "(None, 4, 3)"});
  Live conv(Conv1D(2, 3));
  conv(wave({1, 5, 3}));
  expect_has(message_of<ShapeError>([&] { conv(wave({1, 5, 4})); }), {"built", "3", "(None, 5, 4)"});
}

}  // namespace

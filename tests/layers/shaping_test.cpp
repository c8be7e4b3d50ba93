// Normalisations in training and in 16 bits, masks, merging and noise: values that Keras gave, and closed forms.
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "graph/builder.h"
#include "keratin/core/error.h"
#include "keratin/layers/core.h"
#include "keratin/layers/function.h"
#include "keratin/layers/merging.h"
#include "keratin/layers/normalization.h"
#include "keratin/layers/preprocessing.h"
#include "keratin/layers/regularization.h"
#include "keratin/layers/reshaping.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "layers/call_stack.h"
#include "layers/data/keras_shaping.h"
#include "layers/live.h"

namespace {

using namespace keratin;
using namespace keratin::test::keras;
using test::array_of;
using test::expect_close;
using test::Live;
using test::wave;

Array bits(const std::vector<bool>& values, const Shape& shape) { return Array::copy_of(values).reshaped(shape); }

const Array steps = bits({true, true, false, true, false, false}, {2, 3});
const Array other_steps = bits({false, true, false, true, true, false}, {2, 3});

/// The first result and its mask; an empty list of masks for none.
template <class T>
std::pair<Array, std::vector<Array>> masked_call(T spec, const std::vector<Array>& inputs,
                                                 const std::vector<Array>& masks) {
  Live<T> live(std::move(spec));
  const FunctionHandle function = live.session.function([&](std::span<const Tensor> tensors) {
    CallOptions options;
    for (const Array& mask : masks) options.masks.push_back(mask.rank() == 0 ? Tensor() : constant(mask));
    std::vector<Tensor> results{live.layer->invoke(tensors, options)};
    const Tensor mask = graph::builder_of(results.front(), "a test").mask(results.front());
    if (!mask.is_empty()) results.push_back(mask);
    return results;
  });
  const std::vector<Array> results = function.call(inputs);
  return {results.front(), {results.begin() + 1, results.end()}};
}

void expect_mask(const std::vector<Array>& given, const std::vector<double>& expected) {
  ASSERT_EQ(given.size(), 1u);
  EXPECT_EQ(given.front().dtype(), boolean);
  expect_close(given.front().astype(float32), expected);
}

TEST(BatchRenormalization, GivesKerasValuesAndStatistics) {
  Live layer(layers::BatchNormalization({.momentum = 0.9,
                                         .renorm = true,
                                         .renorm_clipping = layers::RenormClipping{.rmax = 1.5, .dmax = 0.25},
                                         .renorm_momentum = 0.8}));
  layer.layer->compute_output_shape(std::vector<Shape>{{-1, 3}});
  std::vector<Array> weights = layer.layer->get_weights();
  ASSERT_EQ(weights.size(), 7u);
  weights[0] = wave({3}, 0.5, 1.0);
  weights[1] = wave({3}, 0.3);
  layer.layer->set_weights(weights);
  expect_close(layer(wave({4, 3}, 2.0), true), renorm_first);
  expect_close(layer(wave({4, 3}, 1.0, 0.5), true), renorm_second);
  weights = layer.layer->get_weights();
  expect_close(weights[2], renorm_moving_mean);
  expect_close(weights[3], renorm_moving_variance);
  expect_close(weights[4], renorm_moving_stddev);
  expect_close(weights[5], renorm_renorm_mean);
  expect_close(weights[6], renorm_renorm_stddev);
  expect_close(layer(wave({4, 3}, 2.0)), renorm_inference);
}

TEST(BatchRenormalization, ChecksItsBounds) {
  EXPECT_THROW(
      layers::BatchNormalization({.renorm = true, .renorm_clipping = layers::RenormClipping{.rmax = 1, .rmin = 2}}),
      ValueError);
  EXPECT_THROW(layers::BatchNormalization({.renorm = true, .renorm_clipping = layers::RenormClipping{.dmax = -1}}),
               ValueError);
  EXPECT_THROW(layers::BatchNormalization({.renorm_momentum = 2.0}), ValueError);
}

TEST(SpectralNormalization, ChangesItsKernelInTrainingAsKerasDoes) {
  Live layer(layers::SpectralNormalization(layers::Dense(3), {.power_iterations = 2}));
  layer.layer->compute_output_shape(std::vector<Shape>{{-1, 4}});
  ASSERT_EQ(layer.layer->weights().size(), 3u);  // kernel, vector_u, bias: the kernel once
  EXPECT_EQ(layer.layer->count_params(), 12 + 3 + 3);
  layer.layer->set_weights({wave({4, 3}, 0.5), wave({1, 3}, 0.1), wave({3}, 0.2)});
  expect_close(layer(wave({2, 4})), spectral_inference);
  expect_close(layer(wave({2, 4}), true), spectral_training);
  expect_close(layer.layer->get_weights()[0], spectral_kernel);
  expect_close(layer.layer->get_weights()[1], spectral_u);
  expect_close(layer(wave({2, 4})), spectral_training);
  EXPECT_EQ(layer.layer->trainable_variables().size(), 2u);
}

TEST(SpectralNormalization, LeavesZerosAndKnowsTheFile) {
  Live layer{layers::SpectralNormalization(layers::Dense(3))};
  layer.layer->compute_output_shape(std::vector<Shape>{{-1, 4}});
  layer.layer->set_weights({Array::zeros({4, 3}), wave({1, 3}), Array::ones({3})});
  expect_close(layer(wave({2, 4}), true), Array::ones({2, 3}));
  expect_close(layer.layer->get_weights()[1], wave({1, 3}));
  const auto saved = layer.layer->saved_sublayers();
  ASSERT_EQ(saved.size(), 1u);
  EXPECT_EQ(saved.front().first, "layer");
  EXPECT_EQ(layer.layer->own_weights()[0], saved.front().second->own_weights()[0]);
}

TEST(SpectralNormalization, RefusesLayersWithoutKernel) {
  EXPECT_THROW(layers::SpectralNormalization(layers::Dense(3), {.power_iterations = 0}), ValueError);
  EXPECT_THROW(Live(layers::SpectralNormalization(layers::Flatten()))(wave({2, 4})), ValueError);
}

TEST(GroupNormalization, GivesKerasValues) {
  Live first(layers::GroupNormalization({.groups = 2, .axis = 1}));
  first.layer->compute_output_shape(std::vector<Shape>{{-1, 4, 3}});
  first.layer->set_weights({wave({4}, 0.5, 1.0), wave({4}, 0.3)});
  expect_close(first(wave({2, 4, 3}, 2.0)), group_channels_first);
  expect_close(Live(layers::GroupNormalization({.groups = -1}))(wave({2, 3, 4}, 2.0)), group_instance);
}

TEST(GroupNormalization, ChecksItsGroups) {
  EXPECT_THROW(layers::GroupNormalization({.groups = 0}), ValueError);
  EXPECT_THROW(Live(layers::GroupNormalization({.groups = 3}))(wave({2, 4})), ValueError);
  EXPECT_THROW(Live(layers::GroupNormalization({.groups = 8}))(wave({2, 4})), ValueError);
  EXPECT_THROW(Live(layers::GroupNormalization({.groups = 1, .axis = 0}))(wave({2, 4})), ValueError);
  Live layer(layers::GroupNormalization({.groups = 2}));
  layer(wave({2, 4}));
  EXPECT_THROW(layer(wave({2, 3, 4})), ShapeError);
  EXPECT_THROW(layer(wave({2, 6})), ShapeError);
}

TEST(RMSNormalization, GivesKerasValues) {
  Live layer(layers::RMSNormalization({.axis = {1, 2}, .epsilon = 0.01}));
  layer.layer->compute_output_shape(std::vector<Shape>{{-1, 3, 2}});
  layer.layer->set_weights({wave({3, 2}, 0.5, 1.0)});
  expect_close(layer(wave({2, 3, 2}, 2.0)), rms_two_axes);
  // As in Keras, whose scale broadcasts along the last axes.
  EXPECT_THROW(Live(layers::RMSNormalization({.axis = 1}))(wave({2, 3, 4})), ShapeError);
}

TEST(UnitNormalization, GivesKerasValuesAndLeavesZeros) {
  Live layer(layers::UnitNormalization({.axis = {1, 2}}));
  expect_close(layer(wave({2, 3, 2}, 2.0)), unit_two_axes);
  expect_close(layer(Array::zeros({2, 3, 2})), Array::zeros({2, 3, 2}));
  EXPECT_THROW(layers::UnitNormalization({.axis = {}}), ValueError);
}

TEST(Normalizations, ComputeInFloat32UnderLowPrecision) {
  const Array x = wave({3, 4}, 500.0, 100.0);  // whose squares are beyond float16
  const auto expect_like = [&](auto spec, const std::vector<double>& expected) {
    Live layer(std::move(spec));
    const Array y = layer(x, true);
    EXPECT_EQ(y.dtype(), float16);
    expect_close(y.astype(float32), expected, 2e-3);
    for (const Variable& weight : layer.layer->weights()) EXPECT_EQ(weight.dtype(), float32);
  };
  expect_like(layers::BatchNormalization({.dtype = "mixed_float16"}), batch_float16);
  expect_like(layers::LayerNormalization({.dtype = "mixed_float16"}), layer_float16);
  expect_like(layers::GroupNormalization({.groups = 2, .dtype = "mixed_float16"}), group_float16);
  expect_like(layers::RMSNormalization({.dtype = "mixed_float16"}), rms_float16);
}

TEST(Masking, HidesStepsOfItsValue) {
  Array x = wave({2, 3, 2});
  for (const std::size_t i : {2u, 3u, 8u}) x.mutable_data<float>()[i] = -1.0f;
  const auto [y, mask] = masked_call(layers::Masking({.mask_value = -1.0}), {x}, {});
  Array expected = x.copy();
  for (const std::size_t i : {2u, 3u}) expected.mutable_data<float>()[i] = 0.0f;
  expect_close(y, expected);
  expect_mask(mask, {1, 0, 1, 1, 1, 1});  // one feature of its value hides nothing
}

TEST(Masks, PassThroughShapingLayers) {
  const Array x = wave({2, 3, 2});
  const std::vector<double> as_given = {1, 1, 0, 1, 0, 0};
  expect_mask(masked_call(layers::Identity(), {x}, {steps}).second, as_given);
  expect_mask(masked_call(layers::Dropout(0.5), {x}, {steps}).second, as_given);
  expect_mask(masked_call(layers::LayerNormalization(), {x}, {steps}).second, as_given);
  expect_mask(masked_call(layers::Rescaling(2.0), {x}, {steps}).second, as_given);
  expect_mask(masked_call(layers::SpectralNormalization(layers::Dense(2)), {x}, {steps}).second, as_given);
  EXPECT_TRUE(masked_call(layers::Function([](const Tensor& t) { return t * 2.0; }), {x}, {steps}).second.empty());
}

TEST(Merging, CountsMasksAsKerasDoes) {
  const std::vector<Array> inputs = {wave({2, 3, 2}), wave({2, 3, 2}, 1.5, 0.2)};
  const std::vector<Array> masks = {steps, other_steps};
  const auto expect_like = [&](auto spec, const std::vector<double>& values, const std::vector<double>& bits_of) {
    const auto [y, mask] = masked_call(std::move(spec), inputs, masks);
    expect_close(y, values);
    expect_mask(mask, bits_of);
  };
  expect_like(layers::Add(), add_masked, add_mask);
  expect_like(layers::Multiply(), multiply_masked, multiply_mask);
  expect_like(layers::Maximum(), maximum_masked, maximum_mask);
  expect_like(layers::Minimum(), minimum_masked, minimum_mask);
  const auto [y, mask] = masked_call(layers::Maximum(), inputs, {steps});
  expect_close(y, maximum_half_masked);
  EXPECT_TRUE(mask.empty());
}

TEST(Merging, PutsMasksTogether) {
  const Array a = wave({2, 3, 2});
  const Array shorter = bits({true, false, false, true}, {2, 2});
  expect_mask(masked_call(layers::Concatenate({.axis = 1}), {a, wave({2, 2, 2})}, {steps, shorter}).second,
              concatenate_mask);
  expect_mask(masked_call(layers::Concatenate(), {a, a}, {steps, other_steps}).second, concatenate_last_mask);
  expect_mask(masked_call(layers::Concatenate({.axis = 1}), {a, wave({2, 1, 2})}, {steps}).second,
              concatenate_half_mask);
  EXPECT_TRUE(masked_call(layers::Concatenate(), {a, a}, {}).second.empty());
}

TEST(Merging, RefusesBatchesThatDiffer) {
  // Where the batch is known: a trace leaves it open.
  EXPECT_THROW(Live(layers::Add(), ExecutionMode::eager).call({wave({2, 3}), wave({1, 3})}), ShapeError);
}

TEST(Dot, GivesKerasValues) {
  const auto expect_like = [](layers::Dot spec, const Array& a, const Array& b, const Shape& shape,
                              const std::vector<double>& expected) {
    const Array y = Live(std::move(spec)).call({a, b});
    ASSERT_EQ(y.shape(), shape);
    expect_close(y, expected);
  };
  expect_like(layers::Dot(1), wave({2, 3}), wave({2, 3}, 0.5, 1.0), {2, 1}, dot_vectors);
  expect_like(layers::Dot({2, 1}, {.normalize = true}), wave({2, 3, 4}), wave({2, 4}, 0.5, 1.0), {2, 3}, dot_cosines);
  expect_like(layers::Dot({2, 3}), wave({2, 2, 3, 2}), wave({2, 2, 2, 3}, 0.5, 1.0), {2, 2, 2, 2, 2}, dot_volumes);
}

TEST(Dot, ChecksItsInputs) {
  EXPECT_THROW(layers::Dot({1, 2, 3}), ValueError);
  EXPECT_THROW(layers::Dot(Axes{}), ValueError);
  EXPECT_THROW(Live(layers::Dot(0)).call({wave({2, 3}), wave({2, 3})}), ValueError);
  EXPECT_THROW(Live(layers::Dot(1)).call({wave({2, 3}), wave({2, 4})}), ShapeError);
  EXPECT_THROW(Live(layers::Dot(1), ExecutionMode::eager).call({wave({2, 3}), wave({1, 3})}), ShapeError);
  EXPECT_THROW(Live(layers::Dot(1)).call({wave({2, 3})}), ValueError);
  EXPECT_THROW(Live(layers::Dot(2)).call({wave({2, 3}), wave({2, 3})}), ValueError);
}

TEST(Normalization, TakesNumbersOfSeveralAxes) {
  const Array mean = array_of({1, 2, 3, 4}, {2, 2});
  const Array variance = array_of({0.25, 0.5, 2.0, 1.0}, {2, 2});
  expect_close(Live(layers::Normalization({.axis = {1, 3}, .mean = mean, .variance = variance}))(wave({2, 2, 3, 2})),
               normalization_axes);
  expect_close(Live(layers::Normalization({.axis = {1, 2}, .mean = {1, 2}, .variance = {4, 1}}))(wave({2, 3, 2})),
               normalization_last);
  EXPECT_THROW(layers::Normalization({.mean = mean, .variance = variance}), ValueError);
}

TEST(Rescaling, TakesArrays) {
  expect_close(Live(layers::Rescaling({2, 3}, {.offset = {0.5, -0.5}}))(wave({2, 3, 2})), rescaling_array);
}

TEST(Flatten, TakesChannelsFirst) {
  expect_close(Live(layers::Flatten({.data_format = DataFormat::channels_first}))(wave({2, 3, 2, 2})),
               flatten_channels_first);
}

TEST(SpatialDropout, DropsWholeChannels) {
  const auto expect_whole = [](auto spec, const Shape& shape, std::int64_t axis) {
    const Array y = Live(std::move(spec))(Array::ones(shape), true);
    std::vector<std::int64_t> order{0, axis};
    for (std::int64_t i = 1; i < y.rank(); ++i)
      if (i != axis) order.push_back(i);
    const Array rows = y.transposed(order).contiguous().reshaped({shape[0] * shape[axis], -1});
    std::int64_t dropped = 0;
    for (std::int64_t row = 0; row < rows.shape()[0]; ++row) {
      const double first = rows.at<double>({row, 0});
      EXPECT_TRUE(first == 0.0 || first == 2.0) << first;
      for (std::int64_t i = 1; i < rows.shape()[1]; ++i) EXPECT_EQ(rows.at<double>({row, i}), first);
      dropped += first == 0.0 ? 1 : 0;
    }
    EXPECT_GT(dropped, rows.shape()[0] / 4);
    EXPECT_LT(dropped, rows.shape()[0] * 3 / 4);
  };
  constexpr auto first = DataFormat::channels_first;
  expect_whole(layers::SpatialDropout1D(0.5), {8, 3, 10}, 2);
  expect_whole(layers::SpatialDropout2D(0.5), {8, 3, 2, 10}, 3);
  expect_whole(layers::SpatialDropout2D(0.5, {.data_format = first}), {8, 10, 3, 2}, 1);
  expect_whole(layers::SpatialDropout3D(0.5), {8, 2, 2, 2, 10}, 4);
  expect_whole(layers::SpatialDropout3D(0.5, {.data_format = first}), {8, 10, 2, 2, 2}, 1);
  EXPECT_THROW(Live(layers::SpatialDropout1D(0.5))(Array::ones({2, 3}), true), ShapeError);
}

/// Mean and deviation.
std::pair<double, double> moments(const Array& array) {
  double mean = 0.0;
  double square = 0.0;
  for (const float value : array.data<float>()) mean += static_cast<double>(value) / static_cast<double>(array.size());
  for (const float value : array.data<float>())
    square += std::pow(static_cast<double>(value) - mean, 2) / static_cast<double>(array.size());
  return {mean, std::sqrt(square)};
}

TEST(Noise, HasItsMeanAndDeviation) {
  const auto expect_moments = [](auto spec, const Array& x, double mean, double deviation) {
    Live layer(std::move(spec));
    const auto [given_mean, given_deviation] = moments(layer(x, true));
    const double error = 5 * deviation / std::sqrt(static_cast<double>(x.size()));
    EXPECT_NEAR(given_mean, mean, error);
    EXPECT_NEAR(given_deviation, deviation, error);
    expect_close(layer(x), x);  // outside of training
  };
  const Array twos = Array::full({200, 200}, 2.0);
  expect_moments(layers::GaussianNoise(0.5), twos, 2.0, 0.5);
  expect_moments(layers::GaussianDropout(0.2), twos, 2.0, 2.0 * std::sqrt(0.2 / 0.8));
  // Of numbers with mean 0 and deviation 1, AlphaDropout keeps both.
  expect_moments(layers::AlphaDropout(0.3), Array::random_normal({200, 200}, {.seed = 5}), 0.0, 1.0);
}

TEST(Noise, ChecksItsAmount) {
  EXPECT_THROW(layers::GaussianNoise(-0.1), ValueError);
  EXPECT_THROW(layers::GaussianNoise(1.5), ValueError);
  EXPECT_THROW(layers::GaussianDropout(1.5), ValueError);
  EXPECT_THROW(Live(layers::AlphaDropout(1.0))(wave({2, 3}), true), ValueError);
  expect_close(Live(layers::AlphaDropout(1.0))(wave({2, 3})), wave({2, 3}));
}

TEST(ActivityRegularization, AddsItsPenaltyByTheRow) {
  Live layer(layers::ActivityRegularization({.l1 = 0.5, .l2 = 0.25}));
  auto penalty = layer.session.function([&](const Tensor& x) {
    layers::LossScope losses;
    layer.layer(x);
    return losses.take().at(0);
  });
  EXPECT_NEAR(penalty(array_of({1, -2, 3, 0}, {2, 2})).item<double>(), (0.5 * 6 + 0.25 * 14) / 2, 1e-6);
  EXPECT_THROW(layers::ActivityRegularization({.l1 = -1.0}), ValueError);
}

TEST(FunctionLayer, TakesAndGivesOneOrSeveral) {
  Live sum(layers::Function([](const Tensor& a, const Tensor& b) { return a + 2.0 * b; }));
  expect_close(sum.call({Array::ones({2, 2}), Array::ones({2, 2})}), Array::full({2, 2}, 3.0));
  EXPECT_THROW(sum.call({Array::ones({2, 2})}), ValueError);

  Live both(layers::Function([](const Tensor& x) { return std::vector<Tensor>{x, ops::negative(x)}; }));
  const FunctionHandle function =
      both.session.function([&](std::span<const Tensor> inputs) { return both.layer->invoke_all(inputs); });
  const Array x = wave({2, 3});
  const std::vector<Array> results = function.call({{x}});
  ASSERT_EQ(results.size(), 2u);
  expect_close(results[0], x);
  for (std::int64_t i = 0; i < 3; ++i) EXPECT_EQ(results[1].at<double>({1, i}), -x.at<double>({1, i}));
}

TEST(FunctionLayer, IsAPartOfModels) {
  Session session({.seed = 1, .threads = 1});
  const Tensor x = session.input({3});
  const Tensor y = layers::Function([](const Tensor& t) { return t * t; }, {.name = "squared"})(x);
  EXPECT_EQ(y.shape(), (Shape{-1, 3}));
}

}  // namespace

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/constraints/constraints.h"
#include "keratin/core/error.h"
#include "keratin/initializers/initializers.h"
#include "keratin/layers/activation.h"
#include "keratin/layers/core.h"
#include "keratin/regularizers/regularizers.h"
#include "layers/live.h"
#include "layers/registry.h"

namespace {

using namespace keratin;
using test::expect_close;
using test::Live;
using test::wave;

const Array x = wave({2, 3, 2}, 2.0);

template <class T>
Array masked(T spec, const Array& mask) {
  Live<T> live(std::move(spec));
  return live.session.function([&](const Tensor& input, const Tensor& m) { return live.layer(input, {.mask = m}); })(
      x, mask);
}

// The numbers of this file are what Keras 3.15 gives for these inputs.
TEST(ActivationLayers, OfElementsGiveKerasValues) {
  expect_close(Live(layers::ReLU({.max_value = 1.5, .negative_slope = 0.1, .threshold = 0.4}))(x),
               {0.591040432, 1.5, 1.5, 1.3509264, -0.0316838697, -0.162371576, -0.235506043, -0.216690943, -0.114775337,
                0.623082697, 1.5, 1.5});
  expect_close(Live(layers::ReLU())(x), {0.591040432, 1.68294191, 1.98332965, 1.3509264, 0.0831613243, 0, 0, 0, 0,
                                         0.623082697, 1.70087326, 1.97871649});
  expect_close(Live(layers::LeakyReLU())(x),
               {0.591040432, 1.68294191, 1.98332965, 1.3509264, 0.0831613243, -0.367114753, -0.586518109, -0.530072808,
                -0.224326, 0.623082697, 1.70087326, 1.97871649});
  expect_close(Live(layers::ELU({.alpha = 0.7}))(x),
               {0.591040432, 1.68294191, 1.98332965, 1.3509264, 0.0831613243, -0.494105339, -0.600910842, -0.580397844,
                -0.368599713, 0.623082697, 1.70087326, 1.97871649});
}

TEST(ActivationLayers, PReLUGivesKerasValues) {
  Live own{layers::PReLU()};
  own.layer->ensure_built(std::vector<Shape>{{-1, 3, 2}});
  EXPECT_EQ(own.layer->weights()[0].name(), "alpha");
  own.layer->set_weights({wave({3, 2}, 0.5)});
  expect_close(own(x), {0.591040432, 1.68294191, 1.98332965, 1.3509264, 0.0831613243, 0.374370068, -0.288879901,
                        -0.743401468, -0.370760322, 0.623082697, 1.70087326, 1.97871649});

  Live shared(layers::PReLU({.shared_axes = {1}}));
  shared.layer->ensure_built(std::vector<Shape>{{-1, -1, 2}});  // a shared axis needs no known size
  ASSERT_EQ(shared.layer->weights()[0].shape(), (Shape{1, 2}));
  shared.layer->set_weights({wave({1, 2}, 0.5)});
  expect_close(shared(x), {0.591040432, 1.68294191, 1.98332965, 1.3509264, 0.0831613243, -0.51486063, -0.288879901,
                           -0.743401468, -0.110488109, 0.623082697, 1.70087326, 1.97871649});
}

TEST(ActivationLayers, SoftmaxGivesKerasValues) {
  expect_close(Live(layers::Softmax())(x),
               {0.2512604, 0.7487396, 0.653034151, 0.34696576, 0.786990106, 0.213009879, 0.453100532, 0.546899498,
                0.202484801, 0.797515213, 0.430982649, 0.56901741});
  expect_close(Live(layers::Softmax({.axis = 1}))(x),
               {0.177751809, 0.564291298, 0.715282381, 0.404865563, 0.10696578, 0.0308430921, 0.02322983, 0.0184335504,
                0.0776913762, 0.201172858, 0.899078786, 0.780393541});
  expect_close(Live(layers::Softmax({.axis = {1, 2}}))(x),
               {0.0916870162, 0.273221374, 0.368953288, 0.196029827, 0.0551745482, 0.0149337631, 0.00921426713,
                0.0111217592, 0.0308167916, 0.121376313, 0.356625557, 0.470845312});
}

TEST(ActivationLayers, SoftmaxLeavesOutWhatIsMasked) {
  const Array mask =
      Array::copy_of(std::vector<bool>{true, false, true, true, false, false, false, true, true, true, true, false})
          .reshaped({2, 3, 2});
  expect_close(masked(layers::Softmax(), mask),
               {1, 0, 0.653034151, 0.34696576, 0, 0, 0, 1, 0.202484801, 0.797515213, 1, 0});
  expect_close(
      masked(layers::Softmax({.axis = {1, 2}}), mask),
      {0.139624164, 0, 0.561854839, 0.298521012, 0, 0, 0, 0.0213904548, 0.0592698529, 0.233442739, 0.685896933, 0});
  // Of numbers, those above 0.5 count; the mask broadcasts.
  expect_close(masked(layers::Softmax({.axis = 1}), Array::copy_of({1.f, 0.f, 1.f}).reshaped({1, 3, 1})),
               {0.624309182, 0.948174596, 0, 0, 0.375690818, 0.0518254265, 0.0251866132, 0.0230757706, 0, 0,
                0.974813342, 0.976924241});
  EXPECT_THROW(masked(layers::Softmax(), Array::ones({2, 3})), ShapeError);
}

TEST(ActivationLayers, AreNamedAsKerasDoes) {
  Session session;
  EXPECT_EQ(session.add(layers::ReLU())->name(), "re_lu");
  EXPECT_EQ(session.add(layers::LeakyReLU())->name(), "leaky_re_lu");
  EXPECT_EQ(session.add(layers::ELU())->name(), "elu");
  EXPECT_EQ(session.add(layers::PReLU())->name(), "p_re_lu");
  EXPECT_EQ(session.add(layers::Softmax())->name(), "softmax");
}

Config described(const Layer& layer) { return LayerSpec::from_config(layers::object_of(layer)).clone()->get_config(); }

TEST(ActivationLayers, ComeBackFromTheirDescription) {
  const Config relu = described(layers::ReLU({.max_value = 1.5, .negative_slope = 0.1, .threshold = 0.4}));
  EXPECT_EQ(relu.get<double>("max_value"), 1.5);
  EXPECT_EQ(relu.get<double>("negative_slope"), 0.1);
  EXPECT_EQ(relu.get<double>("threshold"), 0.4);
  EXPECT_TRUE(described(layers::ReLU()).at("max_value").is_none());
  EXPECT_EQ(described(layers::LeakyReLU({.negative_slope = 0.2})).get<double>("negative_slope"), 0.2);
  EXPECT_EQ(described(layers::ELU({.alpha = 0.5})).get<double>("alpha"), 0.5);
  EXPECT_EQ(described(layers::Softmax({.axis = 2})).get<int>("axis"), 2);
  EXPECT_EQ(described(layers::Softmax({.axis = {1, 2}})).get<std::vector<int>>("axis"), (std::vector<int>{1, 2}));

  const Config prelu = described(layers::PReLU({.alpha_initializer = initializers::Constant(0.3),
                                                .alpha_regularizer = "l2",
                                                .alpha_constraint = "non_neg",
                                                .shared_axes = {1},
                                                .trainable = false,
                                                .dtype = "float64",
                                                .name = "p"}));
  EXPECT_EQ(prelu.get<std::string>("name"), "p");
  EXPECT_FALSE(prelu.get<bool>("trainable"));
  EXPECT_EQ(prelu.get<std::vector<int>>("shared_axes"), (std::vector<int>{1}));
  EXPECT_EQ(prelu.get<Config>("alpha_initializer").get<Config>("config").get<double>("value"), 0.3);
  EXPECT_EQ(prelu.get<Config>("alpha_regularizer").get<std::string>("class_name"), "L2");
  EXPECT_EQ(prelu.get<Config>("alpha_constraint").get<std::string>("class_name"), "NonNeg");
}

TEST(ActivationLayers, RefuseWhatMakesNoSense) {
  EXPECT_THROW(layers::ReLU({.max_value = -1.0}), ValueError);
  EXPECT_THROW(layers::ReLU({.negative_slope = -1.0}), ValueError);
  EXPECT_THROW(layers::ReLU({.threshold = -1.0}), ValueError);
  EXPECT_THROW(layers::LeakyReLU({.negative_slope = -1.0}), ValueError);
  EXPECT_THROW(layers::PReLU({.shared_axes = {0}}), ValueError);
  EXPECT_THROW(Live(layers::PReLU({.shared_axes = {3}}))(x), ValueError);
  EXPECT_THROW(Live(layers::Softmax({.axis = 3}))(x), ValueError);
  Live prelu{layers::PReLU()};
  EXPECT_THROW(prelu.layer->ensure_built(std::vector<Shape>{{-1, -1, 2}}), ShapeError);
  prelu(x);
  EXPECT_THROW(prelu(wave({2, 3, 3})), ShapeError);
  EXPECT_THROW(prelu(wave({2, 3})), ShapeError);
}

}  // namespace

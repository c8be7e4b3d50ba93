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
#include "keratin/training/model.h"
#include "layers/data/vocabulary.h"
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

TEST(ActivationLayers, GiveKerasValues) {
  for (const test::VocabularyCase& each : test::keras_layers) {
    Session session({.threads = 1});
    const Array input = each.input.array();
    Sequential model(session, {layers::Input({3, 2}), layers::layer_from(each.object())});
    std::vector<Array> weights;
    for (const Variable& weight : model.weights()) weights.push_back(wave(weight.shape(), 0.5));
    model.set_weights(weights);
    expect_close(session.function([&](const Tensor& t) { return model(t); })(input), each.expected.array());
  }
}

TEST(ActivationLayers, PReLUHasOneWeightThatAxesMayShare) {
  Live own{layers::PReLU()};
  own.layer->ensure_built(std::vector<Shape>{{-1, 3, 2}});
  ASSERT_EQ(own.layer->weights().size(), 1u);
  EXPECT_EQ(own.layer->weights()[0].name(), "alpha");
  EXPECT_EQ(own.layer->weights()[0].shape(), (Shape{3, 2}));
  Live shared(layers::PReLU({.shared_axes = {1}}));
  shared.layer->ensure_built(std::vector<Shape>{{-1, -1, 2}});  // a shared axis needs no known size
  EXPECT_EQ(shared.layer->weights()[0].shape(), (Shape{1, 2}));
}

// The numbers are what Keras gives.
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

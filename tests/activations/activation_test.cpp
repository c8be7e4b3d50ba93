#include "keratin/activations/activation.h"

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/activations/activations.h"
#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/session/session.h"

namespace {

using namespace keratin;

struct Recorded {
  std::string_view name;
  std::vector<float> values;
};

// What Keras 3.15 gives for these inputs.
const std::vector<float> inputs = {-4.f, -1.25f, -0.5f, 0.f, 0.75f, 2.5f, 7.f};
const std::vector<Recorded> recorded = {
    {"linear", {-4.f, -1.25f, -0.5f, 0.f, 0.75f, 2.5f, 7.f}},
    {"relu", {0.f, 0.f, 0.f, 0.f, 0.75f, 2.5f, 7.f}},
    {"relu6", {0.f, 0.f, 0.f, 0.f, 0.75f, 2.5f, 6.f}},
    {"leaky_relu", {-0.800000012f, -0.25f, -0.100000001f, 0.f, 0.75f, 2.5f, 7.f}},
    {"elu", {-0.981684387f, -0.713495195f, -0.393469334f, 0.f, 0.75f, 2.5f, 7.f}},
    {"selu", {-1.72589862f, -1.25439537f, -0.691758156f, 0.f, 0.788025737f, 2.62675261f, 7.35490704f}},
    {"celu", {-0.981684387f, -0.713495195f, -0.393469334f, 0.f, 0.75f, 2.5f, 7.f}},
    {"gelu", {-0.000126685016f, -0.132062256f, -0.154268771f, 0.f, 0.580029488f, 2.48447585f, 7.f}},
    {"sigmoid", {0.0179862101f, 0.222700149f, 0.377540678f, 0.5f, 0.679178715f, 0.924141824f, 0.999088943f}},
    {"log_sigmoid",
     {-4.01814985f, -1.50192904f, -0.974076986f, -0.693147182f, -0.38687101f, -0.078889735f, -0.000911466486f}},
    {"tanh", {-0.999329269f, -0.848283708f, -0.462117136f, 0.f, 0.635148942f, 0.986614347f, 0.999998331f}},
    {"hard_tanh", {-1.f, -1.f, -0.5f, 0.f, 0.75f, 1.f, 1.f}},
    {"softplus", {0.0181499291f, 0.251929075f, 0.474076986f, 0.693147182f, 1.1368711f, 2.57888985f, 7.00091171f}},
    {"softsign", {-0.800000012f, -0.555555582f, -0.333333343f, 0.f, 0.428571433f, 0.714285731f, 0.875f}},
    {"silu", {-0.0719448403f, -0.278375179f, -0.188770339f, 0.f, 0.509384036f, 2.31035447f, 6.99362278f}},
    {"swish", {-0.0719448403f, -0.278375179f, -0.188770339f, 0.f, 0.509384036f, 2.31035447f, 6.99362278f}},
    {"exponential", {0.0183156393f, 0.286504805f, 0.606530666f, 1.f, 2.1170001f, 12.1824942f, 1096.63318f}},
    {"hard_sigmoid", {0.f, 0.291666657f, 0.416666657f, 0.5f, 0.625f, 0.916666687f, 1.f}},
    {"hard_silu", {-0.f, -0.364583313f, -0.208333328f, 0.f, 0.46875f, 2.29166675f, 7.f}},
    {"hard_swish", {-0.f, -0.364583313f, -0.208333328f, 0.f, 0.46875f, 2.29166675f, 7.f}},
    {"softmax",
     {1.64584053e-05f, 0.000257452775f, 0.000545027491f, 0.000898598519f, 0.00190233311f, 0.0109471707f, 0.985432923f}},
    {"log_softmax",
     {-11.0146742f, -8.26467419f, -7.51467419f, -7.01467419f, -6.26467419f, -4.51467419f, -0.0146742342f}},
    {"mish", {-0.0725917369f, -0.308413953f, -0.220743775f, 0.f, 0.610018373f, 2.47139239f, 6.99998903f}},
    {"squareplus", {0.23606801f, 0.554247618f, 0.780776381f, 1.f, 1.44300044f, 2.85078096f, 7.1400547f}},
    {"sparse_plus", {0.f, 0.f, 0.0625f, 0.25f, 0.765625f, 2.5f, 7.f}},
    {"soft_shrink", {-3.5f, -0.75f, 0.f, 0.f, 0.25f, 2.f, 6.5f}},
    {"sparse_sigmoid", {0.f, 0.f, 0.25f, 0.5f, 0.875f, 1.f, 1.f}},
    {"sparsemax", {0.f, 0.f, 0.f, 0.f, 0.f, 0.f, 1.f}},
    {"hard_shrink", {-4.f, -1.25f, 0.f, 0.f, 0.75f, 2.5f, 7.f}},
    {"tanh_shrink", {-3.00067067f, -0.401716292f, -0.0378828645f, 0.f, 0.114851058f, 1.51338565f, 6.00000191f}},
};

struct WithOptions {
  std::string name;
  Config options;
  std::vector<float> values;
};
const std::vector<WithOptions> with_options = {
    {"relu", {{"negative_slope", 0.1}}, {-0.400000006f, -0.125f, -0.0500000007f, 0.f, 0.75f, 2.5f, 7.f}},
    {"relu", {{"max_value", 2.0}}, {0.f, 0.f, 0.f, 0.f, 0.75f, 2.f, 2.f}},
    {"relu", {{"max_value", ConfigValue()}, {"threshold", 0.6}}, {0.f, 0.f, 0.f, 0.f, 0.75f, 2.5f, 7.f}},
    {"relu",
     {{"negative_slope", 0.25}, {"max_value", 3}, {"threshold", 0.5}},
     {-1.125f, -0.4375f, -0.25f, -0.125f, 0.75f, 2.5f, 3.f}},
    {"relu", {{"max_value", 6}}, {0.f, 0.f, 0.f, 0.f, 0.75f, 2.5f, 6.f}},
    {"leaky_relu", {{"negative_slope", 0.05}}, {-0.200000003f, -0.0625f, -0.0250000004f, 0.f, 0.75f, 2.5f, 7.f}},
    {"elu", {{"alpha", 0.5}}, {-0.490842193f, -0.356747597f, -0.196734667f, 0.f, 0.75f, 2.5f, 7.f}},
    {"celu", {{"alpha", 2.0}}, {-1.72932947f, -0.929477155f, -0.442398429f, 0.f, 0.75f, 2.5f, 7.f}},
    {"gelu",
     {{"approximate", true}},
     {-7.02142715e-05f, -0.132285774f, -0.154285997f, 0.f, 0.579960585f, 2.48491573f, 7.f}},
    {"squareplus",
     {{"b", 0.5}},
     {0.0310096741f, 0.0930703282f, 0.183012694f, 0.353553385f, 0.890388191f, 2.54903793f, 7.01781178f}},
    {"soft_shrink", {{"threshold", 1.0}}, {-3.f, -0.25f, 0.f, 0.f, 0.f, 1.5f, 6.f}},
    {"hard_shrink", {{"threshold", 0.7}}, {-4.f, -1.25f, 0.f, 0.f, 0.75f, 2.5f, 7.f}},
    {"threshold", {{"threshold", 0.6}, {"default_value", -3.0}}, {-3.f, -3.f, -3.f, -3.f, 0.75f, 2.5f, 7.f}},
};
// Of one number more, which 1.5 is: what Keras gives for rows of 8, and for all 8 in two rows.
const std::vector<float> glu_values = {-2.71671486f, -1.15517724f, -0.499544472f, 0.f};
const std::vector<float> softmax_values = {1.63923905e-05f, 0.000256420113f, 0.000542841328f, 0.000894994184f,
                                           0.00189470279f,  0.0109032607f,   0.9814803f,      0.00401108572f};

Array applied(const Activation& activation, const Array& x) {
  Session session({.seed = 1, .threads = 1});
  return session.function([&](const Tensor& t) { return activation(t); })(x);
}

const Array row = Array::copy_of(inputs).reshaped({1, 7});

Array row_of_8() {
  std::vector<float> more = inputs;
  more.push_back(1.5f);
  return Array::copy_of(more).reshaped({1, 8});
}

TEST(Activation, GivesKerasValues) {
  ASSERT_EQ(recorded.size() + 1, std::size(activation_names));  // glu has a test of its own
  for (const Recorded& each : recorded) {
    const Array expected = Array::copy_of(each.values).reshaped({1, 7});
    EXPECT_TRUE(all_close(applied(keratin::name(std::string(each.name)), row), expected, 2e-6, 2e-7)) << each.name;
  }
  EXPECT_TRUE(all_close(applied("glu", row_of_8()), Array::copy_of(glu_values).reshaped({1, 4}), 2e-6, 2e-7));
}

TEST(Activation, WithOptionsGivesKerasValues) {
  for (const WithOptions& each : with_options) {
    const Activation activation = Activation::with_options(each.name, each.options);
    const Array expected = Array::copy_of(each.values).reshaped({1, 7});
    EXPECT_TRUE(all_close(applied(activation, row), expected, 2e-6, 2e-7)) << each.name;
    const Activation again = Activation::from_config(activation.config());
    EXPECT_TRUE(all_close(applied(again, row), expected, 2e-6, 2e-7)) << to_string(activation.config());
  }
  const Array expected = Array::copy_of(softmax_values).reshaped({2, 4});
  for (const ConfigValue& axis : {ConfigValue(), ConfigValue(ConfigValue::List{0, 1})}) {
    const Activation softmax = Activation::with_options("softmax", {{"axis", axis}});
    EXPECT_TRUE(all_close(applied(softmax, row_of_8().reshaped({2, 4})), expected, 2e-6, 2e-7));
  }
  EXPECT_TRUE(all_close(applied([](const Tensor& x) { return activations::relu(x, 0.25, 3.0, 0.5); }, row),
                        Array::copy_of(with_options[3].values).reshaped({1, 7}), 2e-6, 2e-7));
}

TEST(Activation, IsLinearWhereNoneIsGiven) {
  EXPECT_EQ(max_abs_difference(applied({}, row), row), 0.0);
  EXPECT_EQ(max_abs_difference(applied("linear", row), row), 0.0);
}

TEST(Activation, MayBeAFunctionOfOnesOwn) {
  const Array x = Array::copy_of({1.f, 2.f}).reshaped({1, 2});
  const Array y = applied([](const Tensor& t) { return ops::square(t) + 1.0; }, x);
  EXPECT_EQ(max_abs_difference(y, Array::copy_of({2.f, 5.f}).reshaped({1, 2})), 0.0);
}

TEST(Activation, IsDescribedByItsName) {
  EXPECT_EQ(Activation("gelu").config().as_text(), "gelu");
  EXPECT_EQ(Activation().config().as_text(), "linear");
  EXPECT_STREQ(Activation::from_config("tanh").name(), "tanh");
  EXPECT_TRUE(Activation::from_config({}).is_empty());
  EXPECT_STREQ(Activation::with_options("relu", {}).name(), "relu");
  EXPECT_THROW(Activation::from_config("rleu"), ValueError);
  const Activation own = [](const Tensor& t) { return t; };
  EXPECT_THROW(own.config(), ValueError);
}

TEST(Activation, IsReadFromKerasObjects) {
  const auto object = [](const char* class_name, ConfigValue config) {
    return Config{{"module", "any"}, {"class_name", class_name}, {"config", std::move(config)}};
  };
  EXPECT_STREQ(Activation::from_config(object("function", "relu6")).name(), "relu6");
  EXPECT_THROW(Activation::from_config(object("function", "mine")), ValueError);
  EXPECT_STREQ(Activation::from_config(object("Activation", Config{{"activation", "silu"}})).name(), "silu");

  const Activation leaky = Activation::from_config(object("LeakyReLU", Config{{"name", "a"}, {"trainable", true}}));
  EXPECT_NEAR(applied(leaky, row).at<double>({0, 0}), -1.2, 1e-6);  // the layer's slope, 0.3
  const Config config = leaky.config().as_config();
  EXPECT_EQ(config.get<std::string>("module"), "keras.layers");
  EXPECT_EQ(config.get<std::string>("class_name"), "LeakyReLU");
  EXPECT_EQ(config.get<Config>("config").entries().size(), 1u);
  EXPECT_EQ(config.get<Config>("config").get<double>("negative_slope"), 0.3);
  EXPECT_THROW(Activation::from_config(object("PReLU", Config())), ValueError);
}

TEST(Activation, MayBeAnObjectOfOnesOwn) {
  struct Scaled final : ActivationFunction {
    Tensor operator()(const Tensor& x) const override { return 3.0 * x; }
    Config config() const override { return {{"by", 3}}; }
  };
  const Activation own = Scaled();
  EXPECT_TRUE(all_close(applied(own, Array::ones({1, 2})), Array::full({1, 2}, 3.0), 0.0, 0.0));
  EXPECT_EQ(own.config().as_config().get<std::string>("registered_name"), "Scaled");
  EXPECT_EQ(own.config().as_config().get<Config>("config").get<int>("by"), 3);
}

TEST(Activation, RefusesWhatItDoesNotKnow) {
  EXPECT_THROW(Activation::with_options("relu", {{"slope", 0.1}}), ValueError);
  EXPECT_THROW(Activation::with_options("rleu", {{"alpha", 0.1}}), ValueError);
  EXPECT_THROW(applied(Activation::with_options("threshold", {{"threshold", 0.1}}), row), KeyError);
  EXPECT_THROW(applied("glu", row), ShapeError);
  EXPECT_THROW(applied([](const Tensor& x) { return activations::squareplus(x, -1.0); }, row), ValueError);
}

}  // namespace

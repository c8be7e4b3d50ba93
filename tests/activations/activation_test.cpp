#include "keratin/activations/activation.h"

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

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
};

Array applied(const Activation& activation, const Array& x) {
  Session session({.seed = 1, .threads = 1});
  return session.function([&](const Tensor& t) { return activation(t); })(x);
}

TEST(Activation, GivesKerasValues) {
  const Array x = Array::copy_of(inputs).reshaped({1, 7});
  ASSERT_EQ(recorded.size(), std::size(activation_names));
  for (const Recorded& each : recorded) {
    const Array expected = Array::copy_of(each.values).reshaped({1, 7});
    EXPECT_TRUE(all_close(applied(keratin::name(std::string(each.name)), x), expected, 2e-6, 2e-7)) << each.name;
  }
}

TEST(Activation, IsLinearWhereNoneIsGiven) {
  const Array x = Array::copy_of(inputs).reshaped({1, 7});
  EXPECT_EQ(max_abs_difference(applied({}, x), x), 0.0);
  EXPECT_EQ(max_abs_difference(applied("linear", x), x), 0.0);
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
  EXPECT_THROW(Activation::from_config("rleu"), ValueError);
  const Activation own = [](const Tensor& t) { return t; };
  EXPECT_THROW(own.config(), ValueError);
}

}  // namespace

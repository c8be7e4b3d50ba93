#include "keratin/activations/activation.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "activations/data/vocabulary.h"
#include "keratin/activations/activations.h"
#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/session/session.h"
#include "support/differences.h"

namespace {

using namespace keratin;
using test::keras_activations;
using test::VocabularyCase;

Array applied(const Activation& activation, const Array& x) {
  Session session({.seed = 1, .threads = 1});
  return session.function([&](const Tensor& t) { return activation(t); })(x);
}

const Array row = Array::copy_of({-4.f, -1.25f, -0.5f, 0.f, 0.75f, 2.5f, 7.f}).reshaped({1, 7});

void expect_as_recorded(const Activation& activation, const VocabularyCase& each) {
  EXPECT_TRUE(all_close(applied(activation, each.input.array()), each.expected.array(), 2e-6, 2e-7))
      << each.class_name << " " << to_string(each.config);
}

TEST(Activation, GivesKerasValues) {
  std::set<std::string_view> tested;
  for (const VocabularyCase& each : keras_activations) {
    const Activation activation = Activation::from_config(each.object());
    expect_as_recorded(activation, each);
    expect_as_recorded(Activation::from_config(activation.config()), each);  // of what it is described as
    if (!each.config.entries().empty()) continue;
    expect_as_recorded(keratin::name(each.class_name), each);
    tested.insert(each.class_name);
  }
  // The recorded functions are named by Python: swish is silu, and hard_swish is hard_silu.
  for (const std::string_view name : activation_names)
    EXPECT_TRUE(tested.contains(name) || name == "swish" || name == "hard_swish") << name;
}

TEST(Activation, HasTheGradientThatDifferencesShow) {
  // Of numbers away from all kinks: 0, 0.5, 1, 3 and their negatives; no two of them are equal.
  const Array x = Array::copy_of({-3.6, -2.2, -0.8, -0.3, 0.25, 0.65, 1.8, 4.1}).reshaped({2, 4});
  for (const std::string_view name : activation_names) {
    SCOPED_TRACE(name);
    test::expect_gradient_as_differences(Activation(keratin::name(std::string(name))), x);
  }
  for (const VocabularyCase& each : keras_activations) {
    if (each.config.entries().empty() || each.config.contains("axis")) continue;
    SCOPED_TRACE(each.class_name + " " + to_string(each.config));
    test::expect_gradient_as_differences(Activation::from_config(each.object()), x);
  }
}

TEST(Activation, IsAFunctionToo) {
  EXPECT_EQ(max_abs_difference(applied([](const Tensor& x) { return activations::relu(x, 0.25, 3.0, 0.5); }, row),
                               applied(Activation::with_options(
                                           "relu", {{"negative_slope", 0.25}, {"max_value", 3}, {"threshold", 0.5}}),
                                       row)),
            0.0);
  EXPECT_EQ(
      max_abs_difference(applied([](const Tensor& x) { return activations::gelu(x); }, row), applied("gelu", row)),
      0.0);
  EXPECT_EQ(max_abs_difference(applied("swish", row), applied("silu", row)), 0.0);
  EXPECT_EQ(max_abs_difference(applied("hard_swish", row), applied("hard_silu", row)), 0.0);
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

#include "keratin/regularizers/regularizers.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/session/session.h"
#include "regularizers/data/vocabulary.h"
#include "support/differences.h"

namespace {

using namespace keratin;
using namespace keratin::regularizers;
using test::keras_regularizers;
using test::VocabularyCase;

const std::vector<float> weights = {-1.5f, 0.25f, 2.f, 0.5f, -0.75f, 1.f, 3.f, 0.f, -0.5f, -0.125f, 1.75f, 0.625f};

double penalty(const RegularizerSpec& regularizer, const Array& w = Array::copy_of(weights).reshaped({4, 3})) {
  Session session({.seed = 1, .threads = 1});
  return session.function([&](const Tensor& t) { return regularizer(t); })(w).item<double>();
}

TEST(Regularizers, GiveKerasValues) {
  for (const VocabularyCase& each : keras_regularizers) {
    const double expected = each.expected.numbers.front();
    const RegularizerSpec spec = RegularizerSpec::from_config(each.object());
    EXPECT_NEAR(penalty(spec, each.input.array()), expected, 1e-6 * expected) << each.class_name;
    EXPECT_NEAR(penalty(RegularizerSpec::from_config(spec.config()), each.input.array()), expected, 1e-6 * expected);
  }
}

TEST(Regularizers, HaveTheGradientThatDifferencesShow) {
  const Array x = Array::copy_of({-1.5, 0.25, 2.0, 0.5, -0.75, 1.0, 3.0, 0.1, -0.5}).reshaped({3, 3});
  for (const VocabularyCase& each : keras_regularizers) {
    SCOPED_TRACE(each.class_name);
    test::expect_gradient_as_differences(RegularizerSpec::from_config(each.object()), x);
  }
}

TEST(Regularizers, OfARowOfZerosHasAFiniteGradient) {
  Session session({.seed = 1, .threads = 1});
  const auto gradient = session.function([](const Tensor& t) { return gradients(OrthogonalRegularizer()(t), {t})[0]; });
  const Array given = gradient(Array::copy_of({0.f, 0.f, 1.f, 2.f}).reshaped({2, 2}));
  for (const float each : given.data<float>()) EXPECT_TRUE(std::isfinite(each));
}

TEST(Regularizers, HaveNames) {
  EXPECT_EQ(penalty("l1"), penalty(L1(0.01)));
  EXPECT_EQ(penalty("L2"), penalty(L2(0.01)));
  EXPECT_EQ(penalty("l1l2"), 0.0);
  EXPECT_EQ(penalty("l1_l2"), 0.0);
  EXPECT_EQ(penalty("orthogonal_regularizer"), penalty(OrthogonalRegularizer({.factor = 0.01})));
  EXPECT_EQ(penalty(L1L2({.l1 = 0.2})), penalty(L1(0.2)));
}

TEST(Regularizers, OfOrthogonalRowsOrOfOneAloneIsNothing) {
  const Array rows = Array::copy_of({3.f, 0.f, 0.f, 2.f}).reshaped({2, 2});
  EXPECT_EQ(penalty(OrthogonalRegularizer({.factor = 1.0}), rows), 0.0);
  EXPECT_EQ(penalty(OrthogonalRegularizer({.factor = 1.0}), Array::ones({1, 3})), 0.0);
  EXPECT_EQ(penalty(OrthogonalRegularizer({.factor = 1.0}), Array::zeros({2, 3})), 0.0);
}

TEST(Regularizers, MayBeFunctionsAndClassesOfOnesOwn) {
  EXPECT_NEAR(penalty([](const Tensor& w) { return ops::sum(w) * 2.0; }), 12.5, 1e-6);
  struct Twice final : Regularizer {
    Tensor operator()(const Tensor& w) const override { return 2.0 * ops::sum(ops::absolute(w)); }
    Config config() const override { return {{"by", 2}}; }
  };
  const RegularizerSpec own = Twice();
  EXPECT_NEAR(penalty(own), 24.0, 1e-5);
  const Config config = own.config().as_config();
  EXPECT_EQ(config.get<std::string>("class_name"), "Twice");
  EXPECT_EQ(config.get<std::string>("registered_name"), "Twice");
  EXPECT_TRUE(config.at("module").is_none());
  EXPECT_EQ(config.get<Config>("config").get<int>("by"), 2);
  EXPECT_THROW(RegularizerSpec::from_config(own.config()), ValueError);
  EXPECT_THROW(RegularizerSpec([](const Tensor& w) { return w; }).config(), ValueError);
}

void expect_same(const Config& a, const Config& b) {
  ASSERT_EQ(a.entries().size(), b.entries().size());
  for (std::size_t i = 0; i < a.entries().size(); ++i) {
    EXPECT_EQ(a.entries()[i].first, b.entries()[i].first);
    const ConfigValue& value = a.entries()[i].second;
    const ConfigValue& other = b.entries()[i].second;
    EXPECT_TRUE(value.is_text() ? value.as_text() == other.as_text() : value.as_floating() == other.as_floating());
  }
}

TEST(Regularizers, AreDescribedAsKerasDoes) {
  const std::vector<std::pair<RegularizerSpec, Config>> expected = {
      {L1(0.25), {{"l1", 0.25}}},
      {"l2", {{"l2", 0.01}}},
      {L1L2({.l1 = 0.5, .l2 = 0.125}), {{"l1", 0.5}, {"l2", 0.125}}},
      {OrthogonalRegularizer({.mode = OrthogonalMode::columns}), {{"factor", 0.01}, {"mode", "columns"}}},
  };
  for (const auto& [spec, config] : expected) {
    const Config object = spec.config().as_config();
    EXPECT_EQ(object.get<std::string>("module"), "keras.regularizers");
    EXPECT_TRUE(object.at("registered_name").is_none());
    expect_same(object.get<Config>("config"), config);
    const RegularizerSpec again = RegularizerSpec::from_config(spec.config());
    expect_same(again.object()->config(), config);
    EXPECT_EQ(penalty(again), penalty(spec));
  }
  EXPECT_TRUE(RegularizerSpec().config().is_none());
  EXPECT_TRUE(RegularizerSpec::from_config({}).is_empty());
  EXPECT_STREQ(RegularizerSpec::from_config("l2").name(), "l2");
  EXPECT_EQ(RegularizerSpec::from_config(Config{{"class_name", "L1"}}).object()->config().get<double>("l1"), 0.01);
}

TEST(Regularizers, RefuseWhatMakesNoSense) {
  EXPECT_THROW(L1(-0.1), ValueError);
  EXPECT_THROW(L2(std::numeric_limits<double>::infinity()), ValueError);
  EXPECT_THROW(L1L2({.l2 = std::nan("")}), ValueError);
  EXPECT_THROW(OrthogonalRegularizer({.factor = -1.0}), ValueError);
  EXPECT_THROW(penalty(OrthogonalRegularizer(), Array::ones({3})), ShapeError);
  EXPECT_THROW(penalty(RegularizerSpec()), ValueError);
  EXPECT_THROW(RegularizerSpec::from_config("l3"), ValueError);
  EXPECT_THROW(RegularizerSpec::from_config(
                   Config{{"class_name", "OrthogonalRegularizer"}, {"config", Config{{"mode", "diagonals"}}}}),
               ValueError);
}

}  // namespace

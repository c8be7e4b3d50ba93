// Losses as data: what Keras's get_config gives, and back.
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/losses/losses.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "losses/data/configs.h"

namespace {

using namespace keratin;

Config object_of(std::string class_name, Config config) {
  return {{"module", "keras.losses"},
          {"class_name", std::move(class_name)},
          {"config", std::move(config)},
          {"registered_name", ConfigValue()}};
}

std::string message_of(const ConfigValue& config) {
  try {
    LossSpec::from_config(config);
  } catch (const ValueError& error) {
    return error.what();
  }
  return "";
}

class LossConfigs : public testing::TestWithParam<std::size_t> {};

TEST_P(LossConfigs, AreWhatKerasWrites) {
  const auto& [name, given, expected] = test::keras_loss_configs[GetParam()];
  const Config object = object_of(std::string(name), expected);
  const ConfigValue written = LossSpec::from_config(object_of(std::string(name), given)).config();
  std::string wanted = to_string(object);
  // Keras has two names for it.
  const std::string none = "'reduction': None";
  if (const std::size_t at = wanted.find(none); at != std::string::npos)
    wanted.replace(at, none.size(), "'reduction': 'none'");
  EXPECT_EQ(to_string(written), wanted);
  EXPECT_EQ(to_string(LossSpec::from_config(written).config()), wanted);
  EXPECT_EQ(LossSpec::from_config(written).make()->class_name(), name);
}

INSTANTIATE_TEST_SUITE_P(Keras, LossConfigs, testing::Range(std::size_t{0}, test::keras_loss_configs.size()),
                         [](const auto& instance) {
                           return std::string(test::keras_loss_configs[instance.param].loss) + "_" +
                                  std::to_string(instance.param);
                         });

TEST(LossConfig, KeepsWhatKerasForgets) {
  const auto after = [](const LossSpec& spec) { return LossSpec::from_config(spec.config()).config().as_config(); };
  const auto option = [](const Config& object, const char* name) {
    return to_string(object.at("config").as_config().at(name));
  };
  EXPECT_EQ(option(after(losses::Huber({.delta = 0.5})), "delta"), "0.5");
  EXPECT_EQ(option(after(losses::CosineSimilarity({.axis = 1})), "axis"), "1");
  EXPECT_EQ(option(after(losses::SparseCategoricalCrossentropy({.axis = 1})), "axis"), "1");
  EXPECT_EQ(option(after(losses::MeanSquaredError({.dtype = float64})), "dtype"), "'float64'");
}

TEST(LossConfig, OfANameIsTheName) {
  for (const std::string_view each : loss_names) {
    const LossSpec spec(name(std::string(each)));
    EXPECT_EQ(spec.config().as_text(), each);
    EXPECT_EQ(LossSpec::from_config(spec.config()).make()->class_name(), spec.make()->class_name());
  }
  EXPECT_TRUE(LossSpec().config().is_none());
  EXPECT_TRUE(LossSpec::from_config({}).is_empty());
}

TEST(LossConfig, OfAFunctionNamesIt) {
  const LossSpec own = losses::custom("own", [](const Tensor& y, const Tensor& x) { return ops::abs(x - y); });
  const Config function{
      {"module", "builtins"}, {"class_name", "function"}, {"config", "own"}, {"registered_name", "function"}};
  EXPECT_EQ(to_string(own.config()), to_string(function));
  const LossSpec read = LossSpec::from_config(Config{{"class_name", "function"}, {"config", "mean_absolute_error"}});
  EXPECT_EQ(read.make()->class_name(), "MeanAbsoluteError");
}

TEST(LossConfig, TakesPoliciesAsDType) {
  const Config policy{
      {"module", "keras"}, {"class_name", "DTypePolicy"}, {"config", Config{{"name", "mixed_bfloat16"}}}};
  const LossSpec spec = LossSpec::from_config(object_of("Poisson", {{"dtype", policy}}));
  EXPECT_EQ(spec.make()->dtype(), bfloat16);
}

TEST(LossConfig, RefusesWhatIsNotKnown) {
  EXPECT_NE(message_of(object_of("Hubert", {})).find("'Hubert'"), std::string::npos);
  EXPECT_NE(message_of(object_of("Huber", {{"delat", 2.0}})).find("Huber: the option `delat`"), std::string::npos);
  EXPECT_NE(message_of(object_of("Huber", {{"delta", "much"}})).find("Huber: the option `delta`"), std::string::npos);
  EXPECT_NE(message_of(object_of("Huber", {{"reduction", "average"}})).find("average"), std::string::npos);
  EXPECT_NE(message_of(object_of("Huber", {{"dtype", "float16"}})).find("float16"), std::string::npos);
  EXPECT_NE(message_of("hubert").find("hubert"), std::string::npos);
  EXPECT_NE(message_of(Config{{"class_name", "function"}, {"config", "own"}}).find("own"), std::string::npos);
  // What asks for nothing may be there.
  EXPECT_EQ(message_of(object_of("Huber", {{"delat", ConfigValue()}})), "");
}

}  // namespace

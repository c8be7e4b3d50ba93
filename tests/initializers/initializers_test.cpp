#include "keratin/initializers/initializers.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>

#include <gtest/gtest.h>

#include "initializers/data/vocabulary.h"
#include "initializers/variance_scaling.h"
#include "keratin/core/error.h"

namespace {

using namespace keratin;
using namespace keratin::initializers;

struct Moments {
  double mean = 0.0;
  double variance = 0.0;
  double largest = 0.0;
};

Moments moments_of(const Array& array) {
  Moments moments;
  const std::span<const float> values = array.data<float>();
  for (const float value : values) {
    moments.mean += value / static_cast<double>(values.size());
    moments.largest = std::max(moments.largest, std::abs(static_cast<double>(value)));
  }
  for (const float value : values)
    moments.variance += std::pow(value - moments.mean, 2) / static_cast<double>(values.size());
  return moments;
}

/// The variance of a standard normal number that is within two deviations: 1 − 4φ(2) / (2Φ(2) − 1).
double truncated_variance() {
  const double density = std::exp(-2.0) / std::sqrt(2.0 * M_PI);
  return 1.0 - 4.0 * density / std::erf(std::sqrt(2.0));
}

TEST(Initializers, FillWithOneValue) {
  EXPECT_EQ(max_abs_difference(Zeros()({2, 3}, float32, 1), Array::zeros({2, 3})), 0.0);
  EXPECT_EQ(max_abs_difference(Ones()({3}, int32, 1), Array::ones({3}, int32)), 0.0);
  const Array half = Constant(0.5)({2, 2}, float64, 1);
  EXPECT_EQ(half.dtype(), float64);
  EXPECT_EQ(half.at<double>({1, 1}), 0.5);
  EXPECT_EQ(Constant()({1}, float32, 1).item<float>(), 0.0f);
}

TEST(Initializers, NormalNumbersHaveTheMomentsAskedFor) {
  const Moments moments = moments_of(RandomNormal({.mean = 2.0, .stddev = 0.5})({200, 500}, float32, 7));
  EXPECT_NEAR(moments.mean, 2.0, 5 * 0.5 / std::sqrt(1e5));
  EXPECT_NEAR(moments.variance, 0.25, 5 * 0.25 * std::sqrt(2.0 / 1e5));
  EXPECT_GT(moments.largest, 2.0 + 3 * 0.5);  // not truncated
}

TEST(Initializers, UniformNumbersFillTheirInterval) {
  const Array array = RandomUniform({.minval = -1.0, .maxval = 3.0})({100000}, float32, 7);
  const std::span<const float> values = array.data<float>();
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  EXPECT_GE(*least, -1.0f);
  EXPECT_LT(*least, -0.999f);
  EXPECT_LE(*greatest, 3.0f);
  EXPECT_GT(*greatest, 2.999f);
  const Moments moments = moments_of(array);
  EXPECT_NEAR(moments.mean, 1.0, 5 * std::sqrt(16.0 / 12 / 1e5));
  EXPECT_NEAR(moments.variance, 16.0 / 12, 0.02);
}

TEST(Initializers, TruncatedNormalNumbersStayWithinTwoDeviations) {
  const Moments moments = moments_of(TruncatedNormal({.stddev = 0.1})({100000}, float32, 3));
  EXPECT_LE(moments.largest, 0.2f);
  EXPECT_GT(moments.largest, 0.199);
  EXPECT_NEAR(moments.mean, 0.0, 5 * 0.1 / std::sqrt(1e5));
  EXPECT_NEAR(moments.variance, 0.01 * truncated_variance(), 2e-4);
}

TEST(Initializers, CountFansAsKerasDoes) {
  const auto expect = [](const Shape& shape, std::int64_t in, std::int64_t out) {
    EXPECT_EQ(fans_of(shape).in, in) << shape;
    EXPECT_EQ(fans_of(shape).out, out) << shape;
  };
  expect({}, 1, 1);
  expect({5}, 5, 5);
  expect({3, 7}, 3, 7);
  expect({3, 3, 16, 32}, 9 * 16, 9 * 32);  // a kernel of a convolution: its receptive field counts
  expect({5, 16, 32}, 5 * 16, 5 * 32);
}

TEST(Initializers, ScaleTheVarianceByTheFans) {
  const Shape shape{300, 100};
  const auto variance = [&](const InitializerSpec& initializer) {
    return moments_of(initializer(shape, float32, 11)).variance;
  };
  EXPECT_NEAR(variance(GlorotUniform()), 2.0 / 400, 1e-4);
  EXPECT_NEAR(variance(GlorotNormal()), 2.0 / 400, 1e-4);
  EXPECT_NEAR(variance(HeUniform()), 2.0 / 300, 1e-4);
  EXPECT_NEAR(variance(HeNormal()), 2.0 / 300, 1e-4);
  EXPECT_NEAR(variance(LecunUniform()), 1.0 / 300, 1e-4);
  EXPECT_NEAR(variance(LecunNormal()), 1.0 / 300, 1e-4);
  EXPECT_NEAR(variance(VarianceScaling(
                  {.scale = 3.0, .mode = FanMode::fan_out, .distribution = Distribution::untruncated_normal})),
              3.0 / 100, 1e-3);
  EXPECT_LE(moments_of(GlorotUniform()(shape, float32, 11)).largest, std::sqrt(6.0 / 400));
  EXPECT_LE(moments_of(HeNormal()(shape, float32, 11)).largest,
            2.0 * std::sqrt(2.0 / 300 / truncated_variance()) + 1e-6);
}

void expect_orthonormal(const Array& matrix, double gain, bool columns) {
  const std::int64_t count = matrix.shape()[columns ? 1 : 0];
  const std::int64_t length = matrix.shape()[columns ? 0 : 1];
  for (std::int64_t a = 0; a < count; ++a)
    for (std::int64_t b = 0; b < count; ++b) {
      double sum = 0.0;
      for (std::int64_t k = 0; k < length; ++k)
        sum += columns ? matrix.at<double>({k, a}) * matrix.at<double>({k, b})
                       : matrix.at<double>({a, k}) * matrix.at<double>({b, k});
      EXPECT_NEAR(sum, a == b ? gain * gain : 0.0, 1e-12);
    }
}

TEST(Initializers, OrthogonalMatricesAre) {
  expect_orthonormal(Orthogonal()({9, 5}, float64, 2), 1.0, true);
  expect_orthonormal(Orthogonal({.gain = 1.5})({4, 6}, float64, 2), 1.5, false);
  expect_orthonormal(Orthogonal()({3, 4, 8}, float64, 2).reshaped({12, 8}), 1.0, true);
  EXPECT_EQ(Orthogonal()({0, 3}, float32, 2).size(), 0);
  EXPECT_THROW(Orthogonal()({9}, float32, 2), ShapeError);
}

TEST(Initializers, IdentityHasGainOnItsDiagonal) {
  const Array array = Identity({.gain = 2.0})({2, 3}, float32, 1);
  EXPECT_EQ(max_abs_difference(array, Array::copy_of({2.f, 0.f, 0.f, 0.f, 2.f, 0.f}).reshaped({2, 3})), 0.0);
  EXPECT_THROW(Identity()({2, 2, 2}, float32, 1), ShapeError);
}

TEST(Initializers, DependOnTheSeedAlone) {
  const InitializerSpec given = GlorotUniform();
  EXPECT_EQ(max_abs_difference(given({20, 30}, float32, 5), given({20, 30}, float32, 5)), 0.0);
  EXPECT_GT(max_abs_difference(given({20, 30}, float32, 5), given({20, 30}, float32, 6)), 0.01);
  const InitializerSpec own = GlorotUniform({.seed = 5});
  EXPECT_EQ(max_abs_difference(own({20, 30}, float32, 1), given({20, 30}, float32, 5)), 0.0);
  const InitializerSpec named = "glorot_uniform";
  EXPECT_EQ(max_abs_difference(named({20, 30}, float32, 5), given({20, 30}, float32, 5)), 0.0);
  // The same numbers whatever the dtype, as it is only converted to.
  EXPECT_EQ(max_abs_difference(given({20}, float64, 5).astype(float32), given({20}, float32, 5)), 0.0);
}

TEST(Initializers, EveryNameMakesAnArray) {
  for (const std::string_view each : initializer_names) {
    const InitializerSpec spec = keratin::name(std::string(each));
    const Shape shape = each == "stft" || each.starts_with("STFT") ? Shape{4, 1, 3} : Shape{4, 4};
    EXPECT_EQ(spec(shape, float32, 1).shape(), shape) << each;
  }
  EXPECT_THROW(InitializerSpec(keratin::name("glorot_unifrom")), ValueError);
  EXPECT_THROW(InitializerSpec()({1}, float32, 1), ValueError);
}

TEST(Initializers, RefuseWhatTheyCantMake) {
  EXPECT_THROW(RandomNormal()({2}, int32, 1), DTypeError);
  EXPECT_THROW(GlorotUniform()({2}, boolean, 1), DTypeError);
  EXPECT_THROW(RandomNormal({.stddev = -1.0}), ValueError);
  EXPECT_THROW(TruncatedNormal({.stddev = -1.0}), ValueError);
  EXPECT_THROW(RandomUniform({.minval = 1.0, .maxval = 0.0}), ValueError);
  EXPECT_THROW(VarianceScaling({.scale = 0.0}), ValueError);
  EXPECT_THROW(GlorotUniform({.input_axes = {0}, .output_axes = {2}})({3, 4}, float32, 1), ShapeError);
  EXPECT_THROW(Constant(Array::ones({3}))({3, 2}, float32, 1), ShapeError);
  EXPECT_THROW(Constant(Array::ones({1, 1, 2}))({2}, float32, 1), ShapeError);
  EXPECT_THROW(InitializerSpec([](const Shape&, DType) { return Array(); })({2}, float32, 1), ShapeError);
  EXPECT_THROW(STFT({.window = "haan"}), ValueError);
  EXPECT_THROW(STFT()({4, 2, 3}, float32, 1), ShapeError);
  const auto made = [](const char* name, Config config) {
    return InitializerSpec::from_config(Config{{"class_name", name}, {"config", std::move(config)}});
  };
  EXPECT_THROW(made("STFT", {{"side", "left"}}), ValueError);
  EXPECT_THROW(made("STFT", {{"scaling", "loudness"}}), ValueError);
  EXPECT_THROW(made("VarianceScaling", {{"mode", "fan"}}), ValueError);
  EXPECT_THROW(made("Constant", {{"value", "three"}}), ValueError);
}

TEST(Initializers, ConstantsMayBeArrays) {
  const Array rows = Array::copy_of({1.f, 2.f, 3.f});
  const Array both = Constant(rows)({2, 3}, float64, 1);
  EXPECT_EQ(both.dtype(), float64);
  EXPECT_EQ(max_abs_difference(both.astype(float32), Array::copy_of({1.f, 2.f, 3.f, 1.f, 2.f, 3.f}).reshaped({2, 3})),
            0.0);
  const Array columns = Array::copy_of({5.f, 6.f}).reshaped({2, 1});
  EXPECT_EQ(
      max_abs_difference(Constant(columns)({2, 2}, float32, 1), Array::copy_of({5.f, 5.f, 6.f, 6.f}).reshaped({2, 2})),
      0.0);
  const Config config = InitializerSpec(Constant(rows)).config().as_config().get<Config>("config");
  const Config value = config.get<Config>("value");
  EXPECT_EQ(value.get<std::string>("class_name"), "__numpy__");
  EXPECT_EQ(value.get<Config>("config").get<std::vector<double>>("value"), (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(value.get<Config>("config").get<std::string>("dtype"), "float32");
  const InitializerSpec again = InitializerSpec::from_config(InitializerSpec(Constant(rows)).config());
  EXPECT_EQ(max_abs_difference(again({3}, float32, 1), rows), 0.0);
}

TEST(Initializers, MayBeFunctionsOfOnesOwn) {
  const InitializerSpec twos = [](const Shape& shape, DType dtype) { return Array::full(shape, 2.0, dtype); };
  EXPECT_EQ(twos({3}, float32, 1).at<double>({2}), 2.0);
  const InitializerSpec seeds = [](const Shape& shape, DType dtype, std::uint64_t seed) {
    return Array::full(shape, static_cast<double>(seed), dtype);
  };
  EXPECT_EQ(seeds({3}, float32, 9).at<double>({2}), 9.0);
  EXPECT_THROW(twos.config(), ValueError);
}

TEST(Initializers, CountInputsAndOutputsByTheirAxes) {
  EXPECT_EQ(fans_of({3, 4, 5, 6}, {0, 1}, {3}).in, 12);
  EXPECT_EQ(fans_of({3, 4, 5, 6}, {0, 1}, {-1}).out, 6);
  EXPECT_EQ(fans_of({3, 4, 5, 6}, {0, 1}, {}).in, 60);  // only both together count
  const Array kernel = HeNormal({.input_axes = {0, 1}, .output_axes = {2}})({40, 25, 30}, float32, 3);
  EXPECT_NEAR(moments_of(kernel).variance, 2.0 / 1000, 1e-4);
}

// Constants, and kernels of short-time Fourier transforms with every window.
TEST(Initializers, GiveKerasValues) {
  for (const test::VocabularyCase& each : test::keras_initializers) {
    const InitializerSpec spec = InitializerSpec::from_config(each.object());
    const Array expected = each.expected.array();
    EXPECT_TRUE(all_close(spec(expected.shape(), float32, 1), expected, 1e-5, 1e-6)) << to_string(each.object());
    const InitializerSpec again = InitializerSpec::from_config(spec.config());
    EXPECT_TRUE(all_close(again(expected.shape(), float32, 1), expected, 1e-5, 1e-6)) << to_string(each.object());
  }
}

TEST(Initializers, ComeBackFromTheirDescription) {
  const InitializerSpec specs[] = {
      Zeros(),
      Constant(0.25),
      RandomNormal({.mean = 1.0, .stddev = 0.5, .seed = 3}),
      RandomUniform({.minval = 0.0, .maxval = 2.0}),
      TruncatedNormal({.seed = 8}),
      VarianceScaling({.scale = 2.0, .mode = FanMode::fan_avg, .distribution = Distribution::uniform, .seed = 4}),
      HeNormal({.seed = 6}),
      Orthogonal({.gain = 0.5}),
      Identity({.gain = 3.0}),
      GlorotNormal({.input_axes = {0}, .output_axes = {0, 1}}),
      InitializerSpec("lecun_normal"),
  };
  for (const InitializerSpec& spec : specs) {
    const InitializerSpec again = InitializerSpec::from_config(spec.config());
    EXPECT_EQ(max_abs_difference(spec({6, 6}, float32, 9), again({6, 6}, float32, 9)), 0.0);
  }
  EXPECT_TRUE(InitializerSpec::from_config(InitializerSpec().config()).is_empty());
  const Config config = InitializerSpec(HeNormal({.seed = 6})).config().as_config();
  EXPECT_EQ(config.get<std::string>("class_name"), "HeNormal");
  EXPECT_EQ(config.get<Config>("config").get<int>("seed"), 6);
  EXPECT_EQ(config.get<std::string>("module"), "keras.initializers");
  EXPECT_THROW(InitializerSpec::from_config(Config{{"class_name", "Mine"}}), ValueError);
}

TEST(Initializers, TakeTheSeedOfKerasSeedGenerator) {
  const Config generator{{"module", "keras.random"},
                         {"class_name", "SeedGenerator"},
                         {"config", Config{{"seed", 3}, {"name", "seed_generator"}}}};
  const InitializerSpec spec = InitializerSpec::from_config(
      Config{{"class_name", "GlorotUniform"}, {"config", Config{{"seed", generator}, {"input_axes", ConfigValue()}}}});
  EXPECT_EQ(max_abs_difference(spec({4, 5}, float32, 1), GlorotUniform({.seed = 3})({4, 5}, float32, 2)), 0.0);
}

}  // namespace

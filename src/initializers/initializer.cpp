#include "keratin/initializers/initializer.h"

#include <string>
#include <string_view>

#include "core/array_config.h"
#include "core/class_name.h"
#include "core/spec_table.h"
#include "graph/custom_function.h"
#include "initializers/random.h"
#include "initializers/stft.h"
#include "initializers/variance_scaling.h"
#include "keratin/core/error.h"
#include "keratin/initializers/initializers.h"
#include "ops/axes_config.h"

namespace keratin::inline v0 {
namespace initializers {

Initializer::~Initializer() = default;

std::string Initializer::class_name() const { return core::class_name(typeid(*this)); }

Config Initializer::config() const { return {}; }

namespace {

using Entry = core::SpecEntry<InitializerSpec>;

Axes axes_in(const Config& config, std::string_view name) {
  return config.contains(name) ? ops::axes_from(config.at(name)) : Axes();
}

template <class T>
InitializerSpec plain(const Config& /*config*/) {
  return T();
}
template <class T>
InitializerSpec by_fans(const Config& c) {
  return T({.seed = seed_from(c), .input_axes = axes_in(c, "input_axes"), .output_axes = axes_in(c, "output_axes")});
}

InitializerSpec constant_from(const Config& config) {
  if (!config.contains("value")) return Constant();
  const ConfigValue& value = config.at("value");
  if (value.is_number()) return Constant(value.as_floating());
  return Constant(core::array_of(value));
}

InitializerSpec random_uniform_from(const Config& c) {
  return RandomUniform({.minval = c.get_or("minval", -0.05), .maxval = c.get_or("maxval", 0.05), .seed = seed_from(c)});
}
template <class T>
InitializerSpec normal(const Config& c) {
  return T({.mean = c.get_or("mean", 0.0), .stddev = c.get_or("stddev", 0.05), .seed = seed_from(c)});
}
InitializerSpec variance_scaling_from(const Config& c) {
  return VarianceScaling({.scale = c.get_or("scale", 1.0),
                          .mode = fan_mode_from(c.get_or<std::string>("mode", "fan_in")),
                          .distribution = distribution_from(c.get_or<std::string>("distribution", "truncated_normal")),
                          .seed = seed_from(c),
                          .input_axes = axes_in(c, "input_axes"),
                          .output_axes = axes_in(c, "output_axes")});
}
InitializerSpec orthogonal_from(const Config& c) {
  return Orthogonal({.gain = c.get_or("gain", 1.0), .seed = seed_from(c)});
}
InitializerSpec identity_from(const Config& c) { return Identity({.gain = c.get_or("gain", 1.0)}); }

constexpr Entry entries[] = {
    {"Zeros", "zeros", "zero", plain<Zeros>},
    {"Ones", "ones", "one", plain<Ones>},
    {"Constant", "constant", "", constant_from},
    {"GlorotUniform", "glorot_uniform", "", by_fans<GlorotUniform>},
    {"GlorotNormal", "glorot_normal", "", by_fans<GlorotNormal>},
    {"HeUniform", "he_uniform", "", by_fans<HeUniform>},
    {"HeNormal", "he_normal", "", by_fans<HeNormal>},
    {"LecunUniform", "lecun_uniform", "", by_fans<LecunUniform>},
    {"LecunNormal", "lecun_normal", "", by_fans<LecunNormal>},
    {"RandomUniform", "random_uniform", "uniform", random_uniform_from},
    {"RandomNormal", "random_normal", "normal", normal<RandomNormal>},
    {"TruncatedNormal", "truncated_normal", "", normal<TruncatedNormal>},
    {"VarianceScaling", "variance_scaling", "", variance_scaling_from},
    {"Orthogonal", "orthogonal", "OrthogonalInitializer", orthogonal_from},
    {"Identity", "identity", "IdentityInitializer", identity_from},
    {"STFT", "stft", "STFTInitializer", stft_from},
};

constexpr core::SpecTable<InitializerSpec> table{"an initializer", "keras.initializers", entries,
                                                 graph::custom_function<InitializerSpec, detail::ArrayMaker>};

}  // namespace
}  // namespace initializers

Array InitializerSpec::operator()(const Shape& shape, DType dtype, std::uint64_t seed) const {
  Array values = (*initializers::table.with_object(*this).object())(shape, dtype, seed);
  if (values.shape() == shape) return values;
  throw ShapeError("The initializer makes another shape than the weight's. Received: shape " +
                   to_string(values.shape()) + ", weight of shape " + to_string(shape));
}

ConfigValue InitializerSpec::config() const { return initializers::table.config(*this); }

InitializerSpec InitializerSpec::from_config(const ConfigValue& config) {
  return initializers::table.from_config(config);
}

}  // namespace keratin::inline v0

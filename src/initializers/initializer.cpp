#include "keratin/initializers/initializer.h"

#include <string>
#include <string_view>

#include "core/class_name.h"
#include "initializers/random.h"
#include "initializers/variance_scaling.h"
#include "keratin/core/error.h"
#include "keratin/initializers/initializers.h"

namespace keratin::inline v0 {
namespace initializers {

Initializer::~Initializer() = default;

std::string Initializer::class_name() const { return core::class_name(typeid(*this)); }

Config Initializer::config() const { return {}; }

namespace {

struct Entry {
  std::string_view name;  ///< in initializer_names
  std::string_view class_name;
  InitializerSpec (*make)(const Config& config);
};

template <class T>
InitializerSpec plain(const Config& /*config*/) {
  return T();
}
template <class T>
InitializerSpec seeded(const Config& config) {
  return T({.seed = seed_from(config)});
}

constexpr Entry entries[] = {
    {"zeros", "Zeros", plain<Zeros>},
    {"ones", "Ones", plain<Ones>},
    {"", "Constant", [](const Config& c) -> InitializerSpec { return Constant(c.get_or("value", 0.0)); }},
    {"glorot_uniform", "GlorotUniform", seeded<GlorotUniform>},
    {"glorot_normal", "GlorotNormal", seeded<GlorotNormal>},
    {"he_uniform", "HeUniform", seeded<HeUniform>},
    {"he_normal", "HeNormal", seeded<HeNormal>},
    {"lecun_uniform", "LecunUniform", seeded<LecunUniform>},
    {"lecun_normal", "LecunNormal", seeded<LecunNormal>},
    {"random_uniform", "RandomUniform",
     [](const Config& c) -> InitializerSpec {
       return RandomUniform(
           {.minval = c.get_or("minval", -0.05), .maxval = c.get_or("maxval", 0.05), .seed = seed_from(c)});
     }},
    {"random_normal", "RandomNormal",
     [](const Config& c) -> InitializerSpec {
       return RandomNormal({.mean = c.get_or("mean", 0.0), .stddev = c.get_or("stddev", 0.05), .seed = seed_from(c)});
     }},
    {"truncated_normal", "TruncatedNormal",
     [](const Config& c) -> InitializerSpec {
       return TruncatedNormal(
           {.mean = c.get_or("mean", 0.0), .stddev = c.get_or("stddev", 0.05), .seed = seed_from(c)});
     }},
    {"variance_scaling", "VarianceScaling",
     [](const Config& c) -> InitializerSpec {
       return VarianceScaling(
           {.scale = c.get_or("scale", 1.0),
            .mode = fan_mode_from(c.get_or<std::string>("mode", "fan_in")),
            .distribution = distribution_from(c.get_or<std::string>("distribution", "truncated_normal")),
            .seed = seed_from(c)});
     }},
    {"orthogonal", "Orthogonal",
     [](const Config& c) -> InitializerSpec {
       return Orthogonal({.gain = c.get_or("gain", 1.0), .seed = seed_from(c)});
     }},
    {"identity", "Identity",
     [](const Config& c) -> InitializerSpec { return Identity({.gain = c.get_or("gain", 1.0)}); }},
};

}  // namespace
}  // namespace initializers

Array InitializerSpec::operator()(const Shape& shape, DType dtype, std::uint64_t seed) const {
  if (const initializers::Initializer* const given = object()) return (*given)(shape, dtype, seed);
  if (is_empty()) throw ValueError("There is no initializer to call: the InitializerSpec is empty");
  for (const initializers::Entry& entry : initializers::entries)
    if (entry.name == name()) return (*entry.make({}).object())(shape, dtype, seed);
  throw InternalError(std::string("There is no initializer behind the name '") + name() + "'");
}

ConfigValue InitializerSpec::config() const {
  if (is_empty()) return {};
  if (object() == nullptr) return name();
  return Config{{"class_name", object()->class_name()}, {"config", object()->config()}};
}

InitializerSpec InitializerSpec::from_config(const ConfigValue& config) {
  if (config.is_none()) return {};
  if (config.is_text()) return keratin::name(config.as_text());
  const Config& description = config.as_config();
  const auto class_name = description.get<std::string>("class_name");
  for (const initializers::Entry& entry : initializers::entries)
    if (entry.class_name == class_name) return entry.make(description.get_or<Config>("config", {}));
  throw ValueError("Not an initializer of the library's. Received: '" + class_name + "'");
}

}  // namespace keratin::inline v0

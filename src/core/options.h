#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/core/config.h"
#include "keratin/core/dtype.h"
#include "keratin/core/error.h"
#include "keratin/core/shape.h"
#include "keratin/core/spec.h"

namespace keratin::inline v0::core {

// A class says once what its options are called, in a list that writes them (config()) and reads them (from_config()):
//
//     constexpr auto dense_options = [](auto& option, auto& units, auto& options) {
//       option.required("units", units);
//       option("use_bias", options.use_bias);
//     };
//     Config Dense::config() const { return written(dense_options, units_, options_); }
//     Dense Dense::from_config(const Config& config) {
//       std::int64_t units = 0;
//       DenseOptions options;
//       read(config, "Dense", dense_options, units, options);
//       return Dense(units, std::move(options));
//     }

KERATIN_API ConfigValue config_of(const Shape& shape);  ///< a list, with None for −1
KERATIN_API Shape shape_from(const ConfigValue& config);
/// Throws ValueError: the option's value has the wrong type, or isn't supported.
[[noreturn]] void fail_option(std::string_view owner, std::string_view name, const std::string& reason);
/// Whether a value is None or False: an option that isn't there can be left out if that is what it asks for.
bool asks_for_nothing(const ConfigValue& value);
/// Throws ValueError: there is no such option.
[[noreturn]] void refuse_option(std::string_view owner, std::string_view name, const ConfigValue& value);
/// A dtype by its name, or what a policy (by name or as Keras's object) computes in.
DType dtype_from(const ConfigValue& config);

/// How one option's value is written and read; specialised for what can't do it by itself. A Choice is its name.
template <class T>
struct OptionKind {
  static ConfigValue written(const T& value) {
    if constexpr (requires { value.config(); }) {
      return value.config();
    } else if constexpr (requires { std::string(value.name()); }) {
      return std::string(value.name());
    } else {
      return value;
    }
  }
  static T read(const ConfigValue& config) {
    if constexpr (requires { T::from_config(config); }) {
      return T::from_config(config);
    } else if constexpr (requires(const T& value) { std::string(value.name()); }) {
      return keratin::name(config.as_text());
    } else {
      return config.as<T>();
    }
  }
};
template <>
struct OptionKind<Shape> {
  static ConfigValue written(const Shape& value) { return config_of(value); }
  static Shape read(const ConfigValue& config) { return shape_from(config); }
};
template <>
struct OptionKind<DType> {
  static ConfigValue written(DType value) { return std::string(name_of(value)); }
  static DType read(const ConfigValue& config) { return dtype_from(config); }
};
template <class T>
struct OptionKind<std::vector<T>> {
  static ConfigValue written(const std::vector<T>& values) {
    ConfigValue::List list;
    for (const T& each : values) list.push_back(OptionKind<T>::written(each));
    return list;
  }
  static std::vector<T> read(const ConfigValue& config) {
    std::vector<T> values;
    for (const ConfigValue& each : config.as_list()) values.push_back(OptionKind<T>::read(each));
    return values;
  }
};
template <class T>
struct OptionKind<std::optional<T>> {
  static ConfigValue written(const std::optional<T>& value) {
    return value ? OptionKind<T>::written(*value) : ConfigValue();
  }
  static std::optional<T> read(const ConfigValue& config) {
    if (config.is_none()) return std::nullopt;
    return OptionKind<T>::read(config);
  }
};

/// Writes options, in the order of the list.
class OptionWriter {
 public:
  template <class T>
  void operator()(std::string_view name, const T& value) {
    config_.set(std::string(name), OptionKind<T>::written(value));
  }
  template <class T>
  void required(std::string_view name, const T& value) {
    (*this)(name, value);
  }
  /// What Keras writes, and the library has in one state only.
  void always(std::string_view name, bool value) { config_.set(std::string(name), value); }
  /// What Keras takes and doesn't write: written where it isn't the default, so that nothing is lost.
  template <class T>
  void unwritten(std::string_view name, const T& value, const T& fallback) {
    ConfigValue now = OptionKind<T>::written(value);
    if (to_string(now) != to_string(OptionKind<T>::written(fallback))) config_.set(std::string(name), std::move(now));
  }

  Config take() { return std::move(config_); }

 private:
  Config config_;
};

/// Reads options; what isn't there keeps its default.
class OptionReader {
 public:
  OptionReader(std::string_view owner, const Config& config) : owner_(owner), config_(config) {}

  template <class T>
  void operator()(std::string_view name, T& value) {
    known_.push_back(name);
    if (!config_.contains(name)) return;
    try {
      value = OptionKind<T>::read(config_.at(name));
    } catch (const ValueError& error) {
      fail_option(owner_, name, error.what());
    }
  }
  template <class T>
  void required(std::string_view name, T& value) {
    if (!config_.contains(name)) fail_option(owner_, name, "It must be given. Received: a description without it");
    (*this)(name, value);
  }
  void always(std::string_view name, bool value) {
    bool given = value;
    (*this)(name, given);
    if (given != value) fail_option(owner_, name, "Only the default is supported. Received: another value");
  }
  template <class T>
  void unwritten(std::string_view name, T& value, const T& /*fallback*/) {
    (*this)(name, value);
  }
  /// Throws ValueError for what the list doesn't have, unless it asks for nothing.
  void refuse_others() const {
    for (const auto& [name, value] : config_.entries()) {
      bool is_known = asks_for_nothing(value);
      for (const std::string_view each : known_) is_known = is_known || each == name;
      if (!is_known) refuse_option(owner_, name, value);
    }
  }

 private:
  std::string_view owner_;
  const Config& config_;
  std::vector<std::string_view> known_;
};

template <class List, class... T>
Config written(const List& list, const T&... values) {
  OptionWriter writer;
  list(writer, values...);
  return writer.take();
}

/// What the list doesn't have is refused elsewhere.
template <class List, class... T>
void read(const Config& config, std::string_view owner, const List& list, T&... values) {
  OptionReader reader(owner, config);
  list(reader, values...);
}
template <class List, class... T>
void read_all(const Config& config, std::string_view owner, const List& list, T&... values) {
  OptionReader reader(owner, config);
  list(reader, values...);
  reader.refuse_others();
}

}  // namespace keratin::inline v0::core

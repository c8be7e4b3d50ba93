#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/core/export.h"

namespace keratin::inline v0 {

class ConfigValue;

/// A description as data: names and values, as Keras's get_config gives them. Keeps the order of insertion.
class KERATIN_API Config {
 public:
  Config() noexcept;
  Config(const Config& other);
  Config(Config&& other) noexcept;
  Config& operator=(const Config& other);
  Config& operator=(Config&& other) noexcept;
  ~Config();
  Config(std::initializer_list<std::pair<std::string, ConfigValue>> entries);

  void set(std::string name, ConfigValue value);
  bool contains(std::string_view name) const noexcept;
  /// Throws KeyError naming the entries that exist.
  const ConfigValue& at(std::string_view name) const;
  /// The entry as a number, text or list; throws KeyError, or ValueError where it is something else.
  template <class T>
  T get(std::string_view name) const;
  template <class T>
  T get_or(std::string_view name, T fallback) const {
    return contains(name) ? get<T>(name) : fallback;
  }
  const std::vector<std::pair<std::string, ConfigValue>>& entries() const noexcept { return entries_; }

 private:
  std::vector<std::pair<std::string, ConfigValue>> entries_;
};

/// None, a truth value, a number, text, a list or a nested description.
class KERATIN_API ConfigValue {
 public:
  using List = std::vector<ConfigValue>;

  ConfigValue() noexcept;  ///< None
  template <class T>
    requires std::is_arithmetic_v<T>
  ConfigValue(T value) {
    if constexpr (std::is_same_v<T, bool>) {
      hold(value);
    } else if constexpr (std::is_integral_v<T>) {
      hold(static_cast<std::int64_t>(value));
    } else {
      hold(static_cast<double>(value));
    }
  }
  ConfigValue(std::string value);
  ConfigValue(const char* value);
  ConfigValue(List value);
  ConfigValue(Config value);
  ConfigValue(const ConfigValue& other) noexcept;
  ConfigValue(ConfigValue&& other) noexcept;
  ConfigValue& operator=(const ConfigValue& other) noexcept;
  ConfigValue& operator=(ConfigValue&& other) noexcept;
  ~ConfigValue();

  bool is_none() const noexcept { return content_ == nullptr; }
  bool is_bool() const noexcept;
  bool is_integer() const noexcept;
  bool is_text() const noexcept;
  bool is_list() const noexcept;
  bool is_config() const noexcept;
  bool is_number() const noexcept;
  /// These throw ValueError where the value is something else. An integer is a floating number too.
  bool as_bool() const;
  std::int64_t as_integer() const;
  double as_floating() const;
  const std::string& as_text() const;
  const List& as_list() const;
  const Config& as_config() const;

  template <class T>
  T as() const {
    if constexpr (std::is_same_v<T, bool>) {
      return as_bool();
    } else if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(as_integer());
    } else if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(as_floating());
    } else if constexpr (std::is_same_v<T, std::string>) {
      return as_text();
    } else if constexpr (std::is_same_v<T, Config>) {
      return as_config();
    } else {
      T list;
      for (const ConfigValue& each : as_list()) list.push_back(each.as<typename T::value_type>());
      return list;
    }
  }

 private:
  struct Content;
  void hold(bool value);
  void hold(std::int64_t value);
  void hold(double value);

  std::shared_ptr<const Content> content_;  ///< nobody changes it, so that copies share it
};

/// As Python prints it: "[1, None, 'same']".
KERATIN_API std::string to_string(const ConfigValue& value);

template <class T>
T Config::get(std::string_view name) const {
  return at(name).as<T>();
}

}  // namespace keratin::inline v0

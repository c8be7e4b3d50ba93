#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "keratin/core/config.h"
#include "keratin/core/error.h"
#include "keratin/core/spec.h"

namespace keratin::inline v0::core {

/// As Keras serializes objects. Without module it is a class of the user's, which Keras registers by its name.
inline Config object_config(std::string_view module, const std::string& class_name, Config config) {
  const bool own = module.empty();
  return {{"module", own ? ConfigValue() : ConfigValue(std::string(module))},
          {"class_name", class_name},
          {"config", std::move(config)},
          {"registered_name", own ? ConfigValue(class_name) : ConfigValue()}};
}

/// An object's options in its description, or none.
inline Config options_in(const Config& description) {
  const bool given = description.contains("config") && !description.at("config").is_none();
  return given ? description.get<Config>("config") : Config();
}

/// A class of a vocabulary (regularizers, constraints, initializers), made from what its config() gives.
template <class Spec>
struct SpecEntry {
  std::string_view class_name;
  std::string_view name;   ///< what Keras's get() takes beside the class's name
  std::string_view alias;  ///< another such name, or empty
  Spec (*make)(const Config& config);
};

/// A vocabulary as data: what its classes are called in messages and where Keras has them.
template <class Spec>
struct SpecTable {
  std::string_view what;    ///< "a regularizer"
  std::string_view module;  ///< "keras.regularizers"
  std::span<const SpecEntry<Spec>> entries;

  const SpecEntry<Spec>* find(std::string_view name) const noexcept {
    for (const SpecEntry<Spec>& entry : entries)
      if (name == entry.class_name || name == entry.name || (!entry.alias.empty() && name == entry.alias))
        return &entry;
    return nullptr;
  }

  /// The spec itself if it holds an object; else one that does, with the defaults of the class it names.
  Spec with_object(const Spec& spec) const {
    if (spec.object() != nullptr) return spec;
    if (spec.is_empty()) throw ValueError("There is nothing to call: " + std::string(what) + " is empty");
    if (const SpecEntry<Spec>* const entry = find(spec.name())) return entry->make({});
    throw InternalError("There is no class behind the name '" + std::string(spec.name()) + "' of " + std::string(what));
  }

  /// As Keras serializes objects: module, class_name, config and registered_name; None for an empty spec.
  ConfigValue config(const Spec& spec) const {
    if (spec.is_empty()) return {};
    const Spec made = with_object(spec);
    const std::string class_name = made.object()->class_name();
    return object_config(find(class_name) == nullptr ? "" : module, class_name, made.object()->config());
  }

  /// From None, a name, or an object's description. Throws ValueError for a class that isn't the library's.
  Spec from_config(const ConfigValue& config) const {
    if (config.is_none()) return {};
    if (config.is_text()) return keratin::name(config.as_text());
    const Config& description = config.as_config();
    const auto class_name = description.get<std::string>("class_name");
    if (const SpecEntry<Spec>* const entry = find(class_name)) return entry->make(options_in(description));
    throw ValueError("The library has no such class of " + std::string(what) + ". Received: '" + class_name + "'");
  }
};

}  // namespace keratin::inline v0::core

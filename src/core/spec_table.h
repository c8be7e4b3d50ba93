#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/custom_scope.h"
#include "keratin/core/config.h"
#include "keratin/core/error.h"
#include "keratin/core/spec.h"

namespace keratin::inline v0::core {

/// As Keras serializes objects. Without module it is a class of the user's, which Keras registers by its name. A name
/// "package>Name" is the registered one of the class Name.
Config object_config(std::string_view module, const std::string& class_name, Config config);
/// As Keras serializes functions, its own and the user's. Throws ValueError for one without a name.
Config function_config(const std::string& name);
/// What a loss or a metric that is a function is called: without the package of a registered name; "lambda" without
/// one.
std::string name_of_function(const std::string& name);
/// An object's options in its description, or none.
Config options_in(const Config& description);
/// Throws ValueError: what of the user's has to be given for a class of this description.
[[noreturn]] void refuse_class(std::string_view what, const Config& description);
/// The same for a function; `reason` says what is known.
[[noreturn]] void refuse_function(const std::string& name, const std::string& reason);

/// A class of a vocabulary (regularizers, constraints, initializers), made from what its config() gives.
template <class Spec>
struct SpecEntry {
  std::string_view class_name;
  std::string_view name;   ///< what Keras's get() takes beside the class's name
  std::string_view alias;  ///< another such name, or empty
  Spec (*make)(const Config& config);
  std::string_view other_alias = {};
};

/// A vocabulary as data: what its classes are called in messages and where Keras has them.
template <class Spec>
struct SpecTable {
  std::string_view what;    ///< "a regularizer"
  std::string_view module;  ///< "keras.regularizers"
  std::span<const SpecEntry<Spec>> entries;
  /// The user's function of this name that is in scope, where there may be functions in place of objects.
  std::optional<Spec> (*custom_function)(const std::string& name) = nullptr;

  const SpecEntry<Spec>* find(std::string_view name) const noexcept {
    if (name.empty()) return nullptr;
    for (const SpecEntry<Spec>& entry : entries)
      if (name == entry.class_name || name == entry.name || name == entry.alias || name == entry.other_alias)
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

  /// As Keras serializes objects: module, class_name, config and registered_name; a function of the user's by its name;
  /// None for an empty spec.
  ConfigValue config(const Spec& spec) const {
    if (spec.is_empty()) return {};
    const Spec made = with_object(spec);
    if (const auto* const function = dynamic_cast<const detail::FunctionObject*>(made.object()))
      return function_config(function->function_name);
    const std::string class_name = made.object()->class_name();
    return object_config(find(class_name) == nullptr ? "" : module, class_name, made.object()->config());
  }
  /// The same, but a name stays a name.
  ConfigValue config_or_name(const Spec& spec) const {
    return spec.name() == nullptr ? config(spec) : ConfigValue(spec.name());
  }

  /// From None, a name, or the description of an object or of a function: of the user's that are in scope, or of
  /// Keras's. Throws ValueError for others.
  Spec from_config(const ConfigValue& config) const {
    if (config.is_none()) return {};
    if (config.is_text()) return named(config.as_text());
    const Config& description = config.as_config();
    const auto class_name = description.get<std::string>("class_name");
    if (class_name == "function") return named(description.get<std::string>("config"));
    if (std::optional<Spec> own = custom_from<Spec>(description)) return std::move(*own);
    if (const SpecEntry<Spec>* const entry = find(class_name)) return entry->make(options_in(description));
    refuse_class(what, description);
  }

 private:
  Spec named(const std::string& name) const {
    if (custom_function != nullptr)
      if (std::optional<Spec> own = custom_function(name)) return std::move(*own);
    try {
      return keratin::name(name);
    } catch (const ValueError& error) {
      if (custom_function == nullptr) throw;
      refuse_function(name, error.what());
    }
  }
};

}  // namespace keratin::inline v0::core

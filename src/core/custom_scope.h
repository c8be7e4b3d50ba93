#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "keratin/core/config.h"
#include "keratin/core/custom_object.h"
#include "keratin/core/export.h"

namespace keratin::inline v0::core {

/// The user's classes and functions, for what is made of descriptions on this thread while it lives.
class KERATIN_API CustomScope {
 public:
  explicit CustomScope(std::span<const CustomObject> objects) noexcept;
  ~CustomScope();
  CustomScope(const CustomScope&) = delete;
  CustomScope& operator=(const CustomScope&) = delete;

  /// Those of the innermost scope.
  static std::span<const CustomObject> objects() noexcept;

 private:
  std::span<const CustomObject> before_;
};

/// What the object in scope of this name, or of this registered name ("package>Name"), makes; nothing where none does.
template <class Kind>
std::optional<Kind> custom_named(std::string_view name, const Config& options = {}, std::string_view registered = {}) {
  for (const CustomObject& object : CustomScope::objects())
    if (object.makes<Kind>() && (object.name() == name || (!registered.empty() && object.name() == registered)))
      return object.make<Kind>(options);
  return std::nullopt;
}

/// The same of Keras's object, with its class_name and registered_name.
template <class Kind>
std::optional<Kind> custom_from(const Config& description) {
  if (CustomScope::objects().empty()) return std::nullopt;
  const bool is_registered = description.contains("registered_name") && description.at("registered_name").is_text();
  const bool has_options = description.contains("config") && description.at("config").is_config();
  return custom_named<Kind>(description.at("class_name").as_text(),
                            has_options ? description.at("config").as_config() : Config(),
                            is_registered ? std::string_view(description.at("registered_name").as_text()) : "");
}

}  // namespace keratin::inline v0::core

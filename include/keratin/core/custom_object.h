#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>

#include "keratin/core/callable.h"
#include "keratin/core/config.h"

namespace keratin::inline v0 {

/// A class or a function of the user's, by the name that files have for it. kt::custom makes it.
class CustomObject {
 public:
  /// `make` gives a Kind (a LossSpec, a function of tensors, …) of the options in a description.
  template <class Kind>
  CustomObject(std::string name, Callable<Kind(const Config& options)> make)
      : name_(std::move(name)),
        kind_(&typeid(Kind)),
        make_(std::make_shared<const Callable<Kind(const Config&)>>(std::move(make))) {}

  const std::string& name() const noexcept { return name_; }
  template <class Kind>
  bool makes() const noexcept {
    return *kind_ == typeid(Kind);
  }
  /// For the kind that it makes.
  template <class Kind>
  Kind make(const Config& options) const {
    return (*static_cast<const Callable<Kind(const Config&)>*>(make_.get()))(options);
  }

 private:
  std::string name_;
  const std::type_info* kind_;
  std::shared_ptr<const void> make_;
};

namespace detail {

/// What Python calls a function without a name. It has no description.
inline constexpr std::string_view unnamed_function = "<lambda>";

/// An object that does what a function does: descriptions call it by the function's name.
struct FunctionObject {
  std::string function_name;
};

}  // namespace detail
}  // namespace keratin::inline v0

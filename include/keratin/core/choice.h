#pragma once

#include <cstddef>
#include <iterator>
#include <string_view>

#include "keratin/core/spec.h"

namespace keratin::inline v0 {

/// One of a few names, as an enum that converts from them: `padding = "same"` is checked when it is compiled, like a
/// Spec's name. Names has `enum Value`, and a constexpr array `names` in its order. Derived classes' constructors from
/// names are those of KERATIN_CHOICE_NAMES.
template <class Names>
class Choice : public Names {
 public:
  using typename Names::Value;

  constexpr operator Value() const noexcept { return value_; }
  /// Keras's name.
  constexpr std::string_view name() const noexcept { return Names::names[static_cast<std::size_t>(value_)]; }

 protected:
  constexpr explicit Choice(Value value) noexcept : value_(value) {}
  static constexpr Value value_of(std::string_view name) noexcept {
    std::size_t i = 0;
    while (i + 1 < std::size(Names::names) && Names::names[i] != name) ++i;
    return static_cast<Value>(i);
  }

 private:
  Value value_;
};

}  // namespace keratin::inline v0

/// The constructors of a class derived from Choice<Names>.
#if defined(__clang__)
#define KERATIN_CHOICE_NAMES(Class, Names, what)                                                                \
  constexpr Class(Value value) noexcept : Choice(value) {}                                                      \
  _Pragma("clang diagnostic push")                                                                              \
      _Pragma("clang diagnostic ignored \"-Wgcc-compat\"") constexpr Class(const char* literal) __attribute__(( \
          diagnose_if(!::keratin::detail::is_listed(Names::names, literal), "unknown name of " what, "error"))) \
      : Choice(value_of(literal)) {}                                                                            \
  _Pragma("clang diagnostic pop") Class(const ::keratin::RuntimeName& text)                                     \
      : Choice(value_of(::keratin::detail::listed_name(Names::names, std::size(Names::names), text.text, what))) {}
#else
#define KERATIN_CHOICE_NAMES(Class, Names, what)                                         \
  constexpr Class(Value value) noexcept : Choice(value) {}                               \
  consteval Class(const char* literal) : Choice(value_of(literal)) {                     \
    if (!::keratin::detail::is_listed(Names::names, literal))                            \
      ::keratin::detail::this_name_is_not_known_see_the_list_of_names_above_the_class(); \
  }                                                                                      \
  Class(const ::keratin::RuntimeName& text)                                              \
      : Choice(value_of(::keratin::detail::listed_name(Names::names, std::size(Names::names), text.text, what))) {}
#endif

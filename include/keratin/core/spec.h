#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "keratin/core/export.h"

namespace keratin::inline v0 {

/// A name that is known at run time only: kt::name(text). Checked when it is used; throws ValueError with the nearest
/// known names.
struct RuntimeName {
  std::string text;
};
inline RuntimeName name(std::string text) { return {std::move(text)}; }

namespace detail {

/// Counts who shares an object that nobody changes.
class KERATIN_API SharedCount {
 public:
  SharedCount() = default;
  SharedCount(const SharedCount&) = delete;
  SharedCount& operator=(const SharedCount&) = delete;
  virtual ~SharedCount();
  void add_use() const noexcept;
  void end_use() const noexcept;  ///< with the last one the object ends

 private:
  mutable std::size_t uses_ = 1;
};

/// A shared, immutable description of a class derived from Base.
template <class Base>
struct SpecHolder : SharedCount {
  virtual Base* clone() const = 0;  ///< the caller's. No std::unique_ptr<Base>, which takes long to compile
  virtual const Base& get() const noexcept = 0;
};

template <class Base, class T>
struct SpecHolderOf final : SpecHolder<Base> {
  explicit SpecHolderOf(T&& value) : object(std::move(value)) {}
  T* clone() const override { return new T(object); }
  const Base& get() const noexcept override { return object; }
  T object;
};

/// Marks a name that needs no check: the library's own defaults.
struct Known {};

}  // namespace detail

/// "relu", or an object with options: what the members of options structs are. A name literal is checked when it is
/// compiled: derived classes' constructors are consteval (with clang 16, which crashes on those in aggregates,
/// constexpr with diagnose_if). Copies share the object, which nobody changes.
template <class Base>
class Spec {
 public:
  constexpr Spec() noexcept = default;
  constexpr Spec(const Spec& other) noexcept : name_(other.name_), holder_(other.holder_) {
    if (holder_ != nullptr) holder_->add_use();
  }
  constexpr Spec(Spec&& other) noexcept : name_(other.name_), holder_(other.holder_) { other.holder_ = nullptr; }
  constexpr Spec& operator=(Spec other) noexcept {
    std::swap(name_, other.name_);
    std::swap(holder_, other.holder_);
    return *this;
  }
  constexpr ~Spec() {
    if (holder_ != nullptr) holder_->end_use();
  }

  /// Neither a name nor an object: the default, or Keras's None.
  constexpr bool is_empty() const noexcept { return name_ == nullptr && holder_ == nullptr; }
  /// The name, or nullptr for an object.
  constexpr const char* name() const noexcept { return name_; }
  /// The object, or nullptr for a name.
  const Base* object() const noexcept { return holder_ == nullptr ? nullptr : &holder_->get(); }
  /// A copy of the object of its own; nullptr for a name.
  std::unique_ptr<Base> clone() const { return std::unique_ptr<Base>(holder_ == nullptr ? nullptr : holder_->clone()); }

 protected:
  constexpr explicit Spec(const char* literal) noexcept : name_(literal) {}
  template <class T>
    requires std::derived_from<T, Base>
  explicit Spec(std::in_place_t, T object) : holder_(new detail::SpecHolderOf<Base, T>(std::move(object))) {}

 private:
  const char* name_ = nullptr;
  const detail::SpecHolder<Base>* holder_ = nullptr;
};

namespace detail {

template <std::size_t N>
constexpr bool is_listed(const std::string_view (&names)[N], std::string_view name) noexcept {
  for (const std::string_view each : names)  // NOLINT(readability-use-anyofallof): <algorithm> weighs on every program
    if (each == name) return true;
  return false;
}

/// The listed name equal to `text`; throws ValueError: "Unknown loss 'msee'. Did you mean 'mse'? …".
KERATIN_API const char* listed_name(const std::string_view* names, std::size_t count, std::string_view text,
                                    std::string_view what);

// Not constexpr: a call of it inside a consteval constructor is the compiler's error message.
KERATIN_API void this_name_is_not_known_see_the_list_of_names_above_the_class();

}  // namespace detail
}  // namespace keratin::inline v0

/// The constructors of a vocabulary's Spec class from names. `names`: a constexpr array of std::string_view.
#if defined(__clang__)
#define KERATIN_SPEC_NAMES(Class, names, what)                                                                      \
  _Pragma("clang diagnostic push") _Pragma("clang diagnostic ignored \"-Wgcc-compat\"") constexpr Class(            \
      const char* literal)                                                                                          \
      __attribute__((diagnose_if(!::keratin::detail::is_listed(names, literal), "unknown name of " what, "error"))) \
      : Spec(::keratin::detail::is_listed(names, literal)                                                           \
                 ? literal                                                                                          \
                 : ::keratin::detail::listed_name(names, std::size(names), literal, what)) {}                       \
  _Pragma("clang diagnostic pop") constexpr Class(::keratin::detail::Known, const char* literal) noexcept           \
      : Spec(literal) {}                                                                                            \
  Class(const ::keratin::RuntimeName& text)                                                                         \
      : Spec(::keratin::detail::listed_name(names, std::size(names), text.text, what)) {}
#else
#define KERATIN_SPEC_NAMES(Class, names, what)                                               \
  consteval Class(const char* literal) : Spec(literal) {                                     \
    if (!::keratin::detail::is_listed(names, literal))                                       \
      ::keratin::detail::this_name_is_not_known_see_the_list_of_names_above_the_class();     \
  }                                                                                          \
  constexpr Class(::keratin::detail::Known, const char* literal) noexcept : Spec(literal) {} \
  Class(const ::keratin::RuntimeName& text)                                                  \
      : Spec(::keratin::detail::listed_name(names, std::size(names), text.text, what)) {}
#endif

#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "keratin/core/export.h"

namespace keratin::inline v0 {

namespace detail {
/// Throws ValueError.
[[noreturn]] KERATIN_API void call_of_an_empty_callable();

/// A function with its state, of whatever signature.
struct KERATIN_API HeldFunction {
  HeldFunction() = default;
  HeldFunction(const HeldFunction&) = delete;
  HeldFunction& operator=(const HeldFunction&) = delete;
  virtual ~HeldFunction();
  virtual HeldFunction* clone() const = 0;
};

/// Owns one, or none; a copy owns a copy. No template: programs hold many signatures, and each would be compiled there.
class KERATIN_API FunctionOwner {
 public:
  FunctionOwner() noexcept = default;
  explicit FunctionOwner(HeldFunction* held) noexcept : held_(held) {}
  FunctionOwner(const FunctionOwner& other);
  FunctionOwner(FunctionOwner&& other) noexcept;
  FunctionOwner& operator=(FunctionOwner other) noexcept;
  ~FunctionOwner();
  HeldFunction* get() const noexcept { return held_; }

 private:
  HeldFunction* held_ = nullptr;
};

/// Pointers to functions, std::function and the like: what may hold no function.
template <class F>
concept MayBeEmpty = std::is_pointer_v<F> || (std::is_class_v<F> && std::is_constructible_v<F, std::nullptr_t>);
}  // namespace detail

template <class Signature>
class Callable;

/// Any function of this signature: a lambda, a pointer to a function, a std::function, an object with a call operator.
/// What std::function is, without the weight of <functional>. A copy has a copy of the function's state.
template <class R, class... A>
class Callable<R(A...)> {
 public:
  Callable() noexcept = default;
  Callable(std::nullptr_t) noexcept {}
  template <class F>
    requires(!std::same_as<F, Callable> && !std::is_member_pointer_v<F> && std::is_invocable_r_v<R, F&, A...>)
  Callable(F function) {
    static_assert(std::is_copy_constructible_v<F>, "Descriptions are copied, and the functions in them too.");
    if constexpr (detail::MayBeEmpty<F>)
      if (!function) return;
    held_ = detail::FunctionOwner(new HolderOf<F>(std::move(function)));
  }

  explicit operator bool() const noexcept { return held_.get() != nullptr; }
  /// Throws ValueError where there is no function.
  R operator()(A... arguments) const {
    if (!*this) detail::call_of_an_empty_callable();
    return static_cast<Holder*>(held_.get())->call(std::forward<A>(arguments)...);
  }

 private:
  struct Holder : detail::HeldFunction {
    virtual R call(A&&... arguments) = 0;
  };
  template <class F>
  struct HolderOf final : Holder {
    explicit HolderOf(F f) : function(std::move(f)) {}
    HolderOf* clone() const override { return new HolderOf(function); }
    R call(A&&... arguments) override {
      if constexpr (std::is_void_v<R>)
        static_cast<void>(function(std::forward<A>(arguments)...));
      else
        return static_cast<R>(function(std::forward<A>(arguments)...));
    }
    F function;
  };

  detail::FunctionOwner held_;
};

}  // namespace keratin::inline v0

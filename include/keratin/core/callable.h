#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "keratin/core/export.h"

namespace keratin::inline v0 {

namespace detail {
/// Throws ValueError.
[[noreturn]] KERATIN_API void call_of_an_empty_callable();
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
    held_ = std::make_unique<HolderOf<F>>(std::move(function));
  }
  Callable(const Callable& other) : held_(other.held_ ? other.held_->clone() : nullptr) {}
  Callable(Callable&&) noexcept = default;
  Callable& operator=(Callable other) noexcept {
    held_ = std::move(other.held_);
    return *this;
  }
  ~Callable() = default;

  explicit operator bool() const noexcept { return held_ != nullptr; }
  /// Throws ValueError where there is no function.
  R operator()(A... arguments) const {
    if (!held_) detail::call_of_an_empty_callable();
    return held_->call(std::forward<A>(arguments)...);
  }

 private:
  struct Holder {
    virtual ~Holder() = default;
    virtual std::unique_ptr<Holder> clone() const = 0;
    virtual R call(A&&... arguments) = 0;
  };
  template <class F>
  struct HolderOf final : Holder {
    explicit HolderOf(F f) : function(std::move(f)) {}
    std::unique_ptr<Holder> clone() const override { return std::make_unique<HolderOf>(function); }
    R call(A&&... arguments) override {
      if constexpr (std::is_void_v<R>)
        static_cast<void>(function(std::forward<A>(arguments)...));
      else
        return static_cast<R>(function(std::forward<A>(arguments)...));
    }
    F function;
  };

  std::unique_ptr<Holder> held_;
};

}  // namespace keratin::inline v0

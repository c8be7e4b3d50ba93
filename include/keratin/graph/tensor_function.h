#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "keratin/core/array.h"
#include "keratin/core/callable.h"
#include "keratin/core/custom_object.h"
#include "keratin/core/dtype.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0 {
namespace detail {

/// A function of the user's on tensors, which is no object of Base itself.
template <class F, class Base>
concept TensorFunction = !std::derived_from<F, Base> && std::is_invocable_r_v<Tensor, const F&, const Tensor&>;

/// The same of (y_true, y_pred).
template <class F, class Base>
concept PairFunction =
    !std::derived_from<F, Base> && std::is_invocable_r_v<Tensor, const F&, const Tensor&, const Tensor&>;

/// The kinds of function that a name in a file may stand for.
using OneTensor = Callable<Tensor(const Tensor& x)>;
using TwoTensors = Callable<Tensor(const Tensor& y_true, const Tensor& y_pred)>;
using ArrayMaker = Callable<Array(const Shape& shape, DType dtype, std::uint64_t seed)>;

}  // namespace detail

/// A function of the user's with the name that files have for it. It is taken wherever the function would be, saved by
/// its name, and found by it when it is among the custom_objects of what loads.
template <class F>
struct NamedFunction {
  NamedFunction(std::string own_name, F own) : name(std::move(own_name)), function(std::move(own)) {}

  template <class... A>
    requires std::is_invocable_v<const F&, A...>
  auto operator()(A&&... arguments) const {
    return function(std::forward<A>(arguments)...);
  }
  operator CustomObject() const {
    if constexpr (std::is_invocable_r_v<Tensor, const F&, const Tensor&>) {
      return as<detail::OneTensor>(function);
    } else if constexpr (std::is_invocable_r_v<Tensor, const F&, const Tensor&, const Tensor&>) {
      return as<detail::TwoTensors>(function);
    } else if constexpr (std::is_invocable_r_v<Array, const F&, const Shape&, DType, std::uint64_t>) {
      return as<detail::ArrayMaker>(function);
    } else {
      static_assert(std::is_invocable_r_v<Array, const F&, const Shape&, DType>,
                    "A function that is found by its name takes a tensor, y_true and y_pred, or a shape and a dtype.");
      return as<detail::ArrayMaker>(
          [own = function](const Shape& shape, DType dtype, std::uint64_t /*seed*/) { return own(shape, dtype); });
    }
  }

  std::string name;
  F function;

 private:
  template <class Kind>
  CustomObject as(Kind kind) const {
    return CustomObject(name, Callable<Kind(const Config&)>([kind](const Config& /*options*/) { return kind; }));
  }
};

/// `kt::custom("double_relu", [](const kt::Tensor& x) { return 2.0 * ops::relu(x); })`: an activation, a regularizer or
/// a constraint of one tensor, a loss or a metric of (y_true, y_pred), an initializer of shape and dtype (and a seed).
/// A registered name is "package>name".
template <class F>
NamedFunction<F> custom(std::string name, F function) {
  return {std::move(name), std::move(function)};
}

namespace detail {

template <class F>
std::string function_name(const F& /*function*/) {
  return std::string(unnamed_function);
}
template <class F>
std::string function_name(const NamedFunction<F>& function) {
  return function.name;
}

/// A function as an object of Base, which has `Tensor operator()(const Tensor&) const` and class_name().
template <class Base, class F>
struct TensorFunctionOf final : Base, FunctionObject {
  explicit TensorFunctionOf(F f) : FunctionObject{detail::function_name(f)}, function(std::move(f)) {}
  Tensor operator()(const Tensor& x) const override { return function(x); }
  std::string class_name() const override { return "function"; }
  F function;
};

}  // namespace detail
}  // namespace keratin::inline v0

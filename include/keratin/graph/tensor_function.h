#pragma once

#include <concepts>
#include <string>
#include <type_traits>
#include <utility>

#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0::detail {

/// A function of the user's on tensors, which is no object of Base itself.
template <class F, class Base>
concept TensorFunction = std::is_invocable_r_v<Tensor, const F&, const Tensor&> && !std::derived_from<F, Base>;

/// Throws ValueError: it can't be saved.
[[noreturn]] KERATIN_API void no_description_of_a_function();

/// Such a function as an object of Base, which has `Tensor operator()(const Tensor&) const` and class_name().
template <class Base, class F>
struct TensorFunctionOf final : Base {
  explicit TensorFunctionOf(F f) : function(std::move(f)) {}
  Tensor operator()(const Tensor& x) const override { return function(x); }
  std::string class_name() const override { no_description_of_a_function(); }
  F function;
};

}  // namespace keratin::inline v0::detail

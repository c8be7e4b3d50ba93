#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <source_location>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/callable.h"
#include "keratin/core/error.h"
#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"
#include "keratin/session/stats.h"

namespace keratin::inline v0 {

namespace session {
class TracedFunction;
struct FunctionLife;
}  // namespace session

enum class ExecutionMode : std::uint8_t {
  graph,  ///< traced once for each signature, compiled and planned
  eager,  ///< run anew at each call, node by node; values can be looked at
};

struct FunctionOptions {
  std::string name = {};
  ExecutionMode mode = ExecutionMode::graph;
  /// Traces kept; the least recently used one goes first.
  std::int64_t max_traces = 8;
  /// Plans kept for each trace (batch sizes); the least recently used one goes first.
  std::int64_t max_plans = 8;
};

/// What a function computes, on tensors.
using FunctionBody = Callable<std::vector<Tensor>(std::span<const Tensor> inputs)>;

/// The inner handle of a traced function; users have Function<Result>.
class KERATIN_API FunctionHandle {
 public:
  FunctionHandle() noexcept = default;

  std::vector<Array> call(std::span<const Array> inputs) const;
  /// Inside another function: its nodes become the caller's.
  std::vector<Tensor> call(std::span<const Tensor> inputs) const;
  FunctionStats stats() const;
  /// For people: what was traced and planned, why, and what to do about it.
  std::string explain_traces() const;
  /// The trace made last, or its plan after all passes, as text and as Graphviz's dot. Throws ValueError before the
  /// first trace and for eager functions.
  std::string graph_text(bool compiled = false) const;
  std::string graph_dot(bool compiled = false) const;

 private:
  friend class session::TracedFunction;
  std::shared_ptr<const session::FunctionLife> life_;
};

namespace detail {

template <class F>
struct SignatureOf : SignatureOf<decltype(&F::operator())> {};
template <class R, class... A>
struct SignatureOf<R (*)(A...)> {
  using Result = R;
  using Arguments = std::tuple<std::remove_cvref_t<A>...>;
};
template <class C, class R, class... A>
struct SignatureOf<R (C::*)(A...) const> : SignatureOf<R (*)(A...)> {};
template <class C, class R, class... A>
struct SignatureOf<R (C::*)(A...)> : SignatureOf<R (*)(A...)> {};

inline std::vector<Tensor> as_tensors(std::vector<Tensor> result) { return result; }
inline std::vector<Tensor> as_tensors(Tensor result) { return {std::move(result)}; }
inline std::vector<Tensor> as_tensors(const std::pair<Tensor, Tensor>& result) { return {result.first, result.second}; }
template <class... T>
std::vector<Tensor> as_tensors(const std::tuple<T...>& result) {
  return std::apply([](const auto&... each) { return std::vector<Tensor>{each...}; }, result);
}

/// Turns a user's callable on tensors into a FunctionBody.
template <class F>
FunctionBody as_body(F function) {
  using Arguments = typename SignatureOf<F>::Arguments;
  using Result = typename SignatureOf<F>::Result;
  return [function = std::move(function)](std::span<const Tensor> inputs) mutable -> std::vector<Tensor> {
    const auto call = [&]() -> decltype(auto) {
      if constexpr (std::is_same_v<Arguments, std::tuple<std::span<const Tensor>>> ||
                    std::is_same_v<Arguments, std::tuple<std::vector<Tensor>>>) {
        return function({inputs.begin(), inputs.end()});
      } else {
        constexpr std::size_t count = std::tuple_size_v<Arguments>;
        if (inputs.size() != count)
          throw ValueError("The function takes " + std::to_string(count) + (count == 1 ? " argument" : " arguments") +
                           ". Received: " + std::to_string(inputs.size()));
        return [&]<std::size_t... I>(std::index_sequence<I...>) -> decltype(auto) {
          return function(inputs[I]...);
        }(std::make_index_sequence<count>{});
      }
    };
    if constexpr (std::is_void_v<Result>) {
      call();
      return {};
    } else {
      return as_tensors(call());
    }
  };
}

}  // namespace detail

/// A function of tensors that a session traces, compiles and runs, made by Session::function. R is what the user's
/// function returns: a Tensor, Variable or number comes back as an Array, anything else as a vector of arrays. A small
/// checked handle.
template <class R>
class Function : public FunctionHandle {
 public:
  Function() noexcept = default;
  explicit Function(FunctionHandle handle) noexcept : FunctionHandle(std::move(handle)) {}

  /// Arrays, or numbers (float32 or int32 scalars; ValueError for an integer beyond int32). The first dimension is the
  /// batch: another size is another plan of the same trace, not another trace.
  template <class... A>
    requires(!(std::is_convertible_v<const A&, Tensor> && ...) || sizeof...(A) == 0 || (std::is_arithmetic_v<A> && ...))
  auto operator()(const A&... arguments) const {
    const std::array<Array, sizeof...(A)> inputs{as_array(arguments)...};
    if constexpr (std::is_convertible_v<R, Tensor>) {
      return call(std::span<const Array>(inputs)).front();
    } else {
      return call(std::span<const Array>(inputs));
    }
  }
  /// Inside another function, on its tensors.
  template <class... A>
    requires(sizeof...(A) > 0 && (std::is_convertible_v<const A&, Tensor> && ...) && !(std::is_arithmetic_v<A> && ...))
  auto operator()(const A&... arguments) const {
    const std::array<Tensor, sizeof...(A)> inputs{Tensor(arguments)...};
    if constexpr (std::is_convertible_v<R, Tensor>) {
      return call(std::span<const Tensor>(inputs)).front();
    } else {
      return call(std::span<const Tensor>(inputs));
    }
  }

 private:
  static const Array& as_array(const Array& array) noexcept { return array; }
  template <class T>
    requires std::is_arithmetic_v<T>
  static Array as_array(T number) {
    if constexpr (std::is_same_v<T, bool>) {
      return Array::scalar(number);
    } else if constexpr (std::is_integral_v<T>) {
      if (!std::in_range<std::int32_t>(+number))
        throw ValueError(
            "An integer argument of a function is an int32; pass a larger one as an Array::scalar of int64. "
            "Received: " +
            std::to_string(number));
      return Array::scalar(static_cast<std::int32_t>(number));
    } else {
      return Array::scalar(static_cast<float>(number));
    }
  }
};

}  // namespace keratin::inline v0

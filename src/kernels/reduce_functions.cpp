#include "kernels/reduce_functions.h"

#include <algorithm>
#include <string>

#include "core/element_convert.h"
#include "kernels/reduce_ops.h"

namespace keratin::inline v0::kernels {
namespace {

template <class T>
T* as(std::byte* bytes) noexcept {
  return reinterpret_cast<T*>(bytes);
}
template <class T>
const T* as(const std::byte* bytes) noexcept {
  return reinterpret_cast<const T*>(bytes);
}

template <class Op>
void start(std::byte* results, std::int64_t n) noexcept {
  std::fill_n(as<typename Op::Result>(results), n, Op::start);
}

template <class Op, class T>
void row(std::byte* result, const std::byte* x, std::int64_t n) noexcept {
  auto* const to = as<typename Op::Result>(result);
  *to = Op::apply(*to, reducing::reduce_row<Op>(as<T>(x), n));
}

template <class Op, class T>
void rows(std::byte* results, const std::byte* x, std::int64_t stride, std::int64_t rows, std::int64_t width) noexcept {
  reducing::reduce_rows<Op>(as<typename Op::Result>(results), as<T>(x), stride, rows, width);
}

template <class Op>
void combine(std::byte* results, const std::byte* others, std::int64_t n) noexcept {
  auto* const to = as<typename Op::Result>(results);
  for (std::int64_t j = 0; j < n; ++j) to[j] = Op::apply(to[j], as<typename Op::Result>(others)[j]);
}

template <class Result, class T>
void store(std::byte* out, const std::byte* results, std::int64_t n, std::int64_t /*count*/) noexcept {
  for (std::int64_t j = 0; j < n; ++j) as<T>(out)[j] = reducing::stored<T>(as<Result>(results)[j]);
}

template <class Result, class T>
void store_means(std::byte* out, const std::byte* results, std::int64_t n, std::int64_t count) noexcept {
  for (std::int64_t j = 0; j < n; ++j)
    as<T>(out)[j] = reducing::stored<T>(as<Result>(results)[j] / static_cast<Result>(count));
}

template <class Op, class T, auto finish = store<typename Op::Result, T>>
constexpr ReduceFunctions functions_of{
    sizeof(T), sizeof(typename Op::Result), start<Op>, row<Op, T>, rows<Op, T>, combine<Op>, finish};

template <class T, bool greatest>
bool is_better(T value, T best) noexcept {
  if (reducing::is_nan(value)) return !reducing::is_nan(best);  // NaN beats all but another
  return greatest ? value > best : value < best;
}

template <class T, bool greatest>
void find_best_of(std::int32_t* out, const std::byte* elements, std::int64_t first, std::int64_t last, std::int64_t n,
                  std::int64_t inner) noexcept {
  for (std::int64_t i = first; i < last; ++i) {
    const T* const x = as<T>(elements) + i / inner * n * inner + i % inner;
    std::int64_t index = 0;
    auto best = reducing::loaded(x[0]);
    for (std::int64_t k = 1; k < n; ++k)
      if (const auto value = reducing::loaded(x[k * inner]); is_better<decltype(best), greatest>(value, best)) {
        best = value;
        index = k;
      }
    out[i] = static_cast<std::int32_t>(index);
  }
}

/// Calls f(std::type_identity<T>{}) for the dtypes that are computed with, but bool.
template <class F>
auto for_numbers(DType dtype, F&& f) {
  using Found = decltype(f(std::type_identity<float>{}));
  return core::visit_element_type(dtype, [&]<class T>(std::type_identity<T> type) -> Found {
    if constexpr ((std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) || std::is_same_v<T, BFloat16>) {
      return f(type);
    } else {
      throw DTypeError("A reduction computes with numbers. Received: " + std::string(name_of(dtype)));
    }
  });
}

}  // namespace

const ReduceFunctions& reduce_functions(Reduction reduction, DType dtype) {
  if (reduction == Reduction::any) return functions_of<reducing::Any, bool>;
  if (reduction == Reduction::all) return functions_of<reducing::All, bool>;
  return *for_numbers(dtype, [&]<class T>(std::type_identity<T>) {
    using Value = reducing::Loaded<T>;
    using Total = reducing::TotalOf<T>;
    switch (reduction) {
      case Reduction::prod:
        return &functions_of<reducing::Prod<Total>, T>;
      case Reduction::max:
        return &functions_of<reducing::Max<Value>, T>;
      case Reduction::min:
        return &functions_of<reducing::Min<Value>, T>;
      case Reduction::mean:
        if constexpr (!std::integral<T>) return &functions_of<reducing::Sum<Total>, T, store_means<Total, T>>;
        [[fallthrough]];
      default:
        return &functions_of<reducing::Sum<Total>, T>;
    }
  });
}

FindBest* find_best(DType dtype, bool greatest) {
  return for_numbers(dtype, [&]<class T>(std::type_identity<T>) -> FindBest* {
    return greatest ? find_best_of<T, true> : find_best_of<T, false>;
  });
}

}  // namespace keratin::inline v0::kernels

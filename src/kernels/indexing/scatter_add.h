#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/half.h"
#include "core/parallel.h"
#include "keratin/core/dtype.h"
#include "keratin/core/error.h"
#include "kernels/indexing/slab.h"

namespace keratin::inline v0::kernels {

/// bfloat16 is summed in float32, in the workspace; other dtypes where the result goes.
template <class T>
using Sum = std::conditional_t<std::is_same_v<T, BFloat16>, float, T>;

template <class T>
constexpr std::size_t sum_workspace(std::int64_t elements) noexcept {
  return std::is_same_v<T, Sum<T>> ? 0 : static_cast<std::size_t>(elements) * sizeof(Sum<T>);
}

inline void add_element(float& sum, BFloat16 value) noexcept { sum += core::to_float(value); }
template <class T>
void add_element(T& sum, T value) noexcept {
  sum += value;
}

template <class T>
void store_sums(const Sum<T>* sums, std::int64_t n, T* out) noexcept {
  if constexpr (std::is_same_v<T, BFloat16>)
    for (std::int64_t i = 0; i < n; ++i) out[i] = core::to_bfloat16(sums[i]);
}

/// What scatter_add() does, where most of the work is to write zeros: threads share out's rows, which are written front
/// to back, and each goes through all values.
template <class T, class Row>
void scatter_add_by_rows(const Slab& slab, std::int64_t count, const T* values, T* out, Sum<T>* sums, const Row& row,
                         core::Parallel& parallel) {
  const std::int64_t share = (slab.size + parallel.threads() - 1) / parallel.threads();
  parallel(slab.size, std::max(share, 16384 / slab.inner), [&](std::int64_t first, std::int64_t last) {
    std::fill(sums + first * slab.inner, sums + last * slab.inner, Sum<T>{});
    for (std::int64_t j = 0; j < count; ++j) {
      const std::int64_t to = row(j);
      if (to < first || to >= last) continue;
      Sum<T>* const sum = sums + to * slab.inner;
      for (std::int64_t i = 0; i < slab.inner; ++i) add_element(sum[i], values[j * slab.inner + i]);
    }
    store_sums(sums + first * slab.inner, (last - first) * slab.inner, out + first * slab.inner);
  });
}

/// out = zeros of `slab`; out[o, row(o, j, i), i] += values[o, j, i] for each j below `count`, where row may be a
/// function of j alone. Threads share the columns (o, i), so that each sum has one order whatever their number is.
template <class T, class Row>
void scatter_add(const Slab& slab, std::int64_t count, const T* values, T* out, std::byte* workspace, Row row,
                 core::Parallel& parallel) {
  Sum<T>* sums = nullptr;
  if constexpr (std::is_same_v<T, Sum<T>>) {
    sums = out;
  } else {
    sums = reinterpret_cast<Sum<T>*>(workspace);
  }
  if constexpr (std::is_invocable_v<Row, std::int64_t>) {
    if (slab.outer == 1 && slab.inner >= 16 && slab.size >= 2 * count)
      return scatter_add_by_rows(slab, count, values, out, sums, row, parallel);
  }
  const auto add_band = [&](std::int64_t outer, std::int64_t first, std::int64_t last) {
    const std::int64_t base = outer * slab.size * slab.inner;
    for (std::int64_t j = 0; j < slab.size; ++j)
      std::fill(sums + base + j * slab.inner + first, sums + base + j * slab.inner + last, Sum<T>{});
    for (std::int64_t j = 0; j < count; ++j) {
      const T* const value = values + (outer * count + j) * slab.inner;
      if constexpr (std::is_invocable_v<Row, std::int64_t>) {
        Sum<T>* const sum = sums + base + row(j) * slab.inner;
        for (std::int64_t i = first; i < last; ++i) add_element(sum[i], value[i]);
      } else {
        for (std::int64_t i = first; i < last; ++i)
          add_element(sums[base + row(outer, j, i) * slab.inner + i], value[i]);
      }
    }
    for (std::int64_t j = 0; j < slab.size; ++j) {
      const std::int64_t at = base + j * slab.inner + first;
      store_sums(sums + at, last - first, out + at);
    }
  };
  // Each range reads all rows: there is one a thread, whole lines of the cache wide.
  const std::int64_t columns = slab.outer * slab.inner;
  const std::int64_t share = (columns / parallel.threads() + 15) / 16 * 16;
  const std::int64_t grain = std::max({std::int64_t{16}, share, 16384 / std::max<std::int64_t>(1, slab.size + count)});
  parallel(columns, grain,
           [&](std::int64_t first, std::int64_t last) { for_each_band(slab.inner, first, last, add_band); });
}

/// Calls f(std::type_identity<T>{}) for the dtypes that adds_in() names.
template <class F>
auto visit_sum_type(DType dtype, F&& f) {
  switch (dtype) {
    case float32:
      return f(std::type_identity<float>{});
    case float64:
      return f(std::type_identity<double>{});
    case bfloat16:
      return f(std::type_identity<BFloat16>{});
    case int32:
      return f(std::type_identity<std::int32_t>{});
    case int64:
      return f(std::type_identity<std::int64_t>{});
    default:
      throw InternalError("No kernel adds in " + std::string(name_of(dtype)));
  }
}

}  // namespace keratin::inline v0::kernels

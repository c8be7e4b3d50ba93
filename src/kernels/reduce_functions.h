#pragma once

#include <cstddef>
#include <cstdint>

#include "keratin/core/dtype.h"
#include "kernels/reduce.h"

namespace keratin::inline v0::kernels {

/// What a reduction does with elements of one dtype: all of it that depends on their type. Each function takes many
/// elements at once. `x` and `out` point to elements, `results` to what is accumulated.
struct ReduceFunctions {
  std::size_t element_bytes;
  std::size_t result_bytes;
  /// results[j] = the neutral element
  void (*start)(std::byte* results, std::int64_t n) noexcept;
  /// *result = *result ∘ (x[0] ∘ x[1] ∘ …)
  void (*row)(std::byte* result, const std::byte* x, std::int64_t n) noexcept;
  /// results[j] = results[j] ∘ x[0][j] ∘ x[1][j] ∘ …, for rows `stride` elements apart and at most strip_width wide
  void (*rows)(std::byte* results, const std::byte* x, std::int64_t stride, std::int64_t rows,
               std::int64_t width) noexcept;
  /// results[j] = results[j] ∘ others[j]
  void (*combine)(std::byte* results, const std::byte* others, std::int64_t n) noexcept;
  /// out[j] = what results[j] has become from `count` elements
  void (*finish)(std::byte* out, const std::byte* results, std::int64_t n, std::int64_t count) noexcept;

  static constexpr std::size_t most_result_bytes = 8;
};

/// Throws DTypeError for what isn't a number; any and all take booleans.
const ReduceFunctions& reduce_functions(Reduction reduction, DType dtype);

/// out[i] = the index of the first best of n elements `inner` apart, for outputs from first to last, of which `inner`
/// lie side by side.
using FindBest = void(std::int32_t* out, const std::byte* x, std::int64_t first, std::int64_t last, std::int64_t n,
                      std::int64_t inner) noexcept;
FindBest* find_best(DType dtype, bool greatest);

}  // namespace keratin::inline v0::kernels

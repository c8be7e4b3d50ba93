#pragma once

#include <array>
#include <cstdint>

#include "core/rounded_up.h"
#include "graph/kernel.h"
#include "kernels/softmax_loops.h"

namespace keratin::inline v0::kernels::attending {

inline constexpr std::int64_t lanes = softmax_columns_grain;  ///< queries lie side by side, in multiples of so many
inline constexpr std::int64_t most_queries = 64;              ///< that are worked on at a time
inline constexpr std::int64_t key_block = 256;                ///< keys that a product adds up at a time
inline constexpr std::int64_t score_count = 1 << 14;          ///< scores that are held at a time, about
/// In place of a score that doesn't count: so low that its share is 0, yet finite, so that of a row without any other
/// the shares are equal.
inline constexpr double hidden_score = -2.372671e38;

/// Sizes of q [batch, queries, heads, size], k [batch, keys, heads, size] and v [batch, keys, heads, value_size].
struct Geometry {
  std::int64_t batch;
  std::int64_t queries;
  std::int64_t heads;
  std::int64_t size;
  std::int64_t keys;
  std::int64_t value_size;
  std::int64_t query_block;  ///< queries that are worked on at a time: the same for any number of threads
  bool masked;
  std::array<std::int64_t, 4> mask_step{};  ///< of [batch, heads, queries, keys]; 0 where the mask is broadcast

  /// `mask`: the input that is one, if there are so many.
  Geometry(const graph::KernelRequest& request, std::size_t mask);

  std::int64_t items() const noexcept { return batch * heads; }  ///< heads of all of the batch
  std::int64_t blocks() const noexcept { return (queries + query_block - 1) / query_block; }
  /// The first element of an item in a tensor of `length` positions of vectors of `width`.
  std::int64_t first(std::int64_t item, std::int64_t length, std::int64_t width) const noexcept {
    return (item / heads * length * heads + item % heads) * width;
  }
  /// With columns that no query has, which are zeros.
  static std::int64_t padded(std::int64_t queries) noexcept { return core::rounded_up(queries, lanes); }
  double operations() const noexcept {
    return static_cast<double>(items() * queries) * static_cast<double>(keys * (size + value_size));
  }
};

/// Where the mask of a block of queries begins.
struct MaskRows {
  const std::uint8_t* at = nullptr;  ///< nullptr: everything counts
  std::int64_t query_step = 0;
  std::int64_t key_step = 0;

  MaskRows(const Geometry& geometry, const std::byte* mask, std::int64_t item, std::int64_t query) noexcept;

  /// x[key, query] = value where the mask is false. x has padded(queries) columns.
  template <class T>
  void hide(T* x, std::int64_t queries, std::int64_t keys, T value) const noexcept {
    if (at == nullptr) return;
    const std::int64_t columns = Geometry::padded(queries);
    for (std::int64_t key = 0; key < keys; ++key)
      for (std::int64_t query = 0; query < queries; ++query)
        if (at[query * query_step + key * key_step] == 0) x[key * columns + query] = value;
  }
};

}  // namespace keratin::inline v0::kernels::attending

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace keratin::inline v0::core {

/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a
/// pure function of key and counter, so numbers don't depend on threads or on what else was drawn.
using PhiloxKey = std::array<std::uint32_t, 2>;
using PhiloxBlock = std::array<std::uint32_t, 4>;

PhiloxBlock philox(PhiloxBlock counter, PhiloxKey key) noexcept;

/// The key of a stream: a session's seed and the path of what draws ("sequential/dropout").
PhiloxKey stream_key(std::uint64_t seed, std::string_view path) noexcept;

/// A uniform number in [0, 1) with 24 bits, from one word.
constexpr float uniform_from(std::uint32_t word) noexcept { return static_cast<float>(word >> 8) * 0x1p-24f; }

/// Element i of a stream at `step` is word i%4 of philox({i/4 low, i/4 high, step low, step high}, key).
float uniform_at(PhiloxKey key, std::uint64_t step, std::uint64_t element) noexcept;
/// Box–Muller over the pair of words the element belongs to; mean 0, deviation 1.
float normal_at(PhiloxKey key, std::uint64_t step, std::uint64_t element) noexcept;
/// Elements first, first+1, … of a stream at `step`: the same values, four for each Philox call.
void fill_uniform(std::span<float> out, PhiloxKey key, std::uint64_t step, std::uint64_t first) noexcept;
void fill_normal(std::span<float> out, PhiloxKey key, std::uint64_t step, std::uint64_t first) noexcept;

/// A pseudo-random permutation of 0 … size−1 that takes no memory: an eight-round Feistel network, its round keys from
/// Philox, over a power of four from 64 up, walked until it lands inside (Black and Rogaway, CT-RSA 2002). `fit`
/// shuffles with it.
class Permutation {
 public:
  Permutation(std::uint64_t size, PhiloxKey key, std::uint64_t round) noexcept;
  std::uint64_t operator()(std::uint64_t index) const noexcept;
  /// The same for first, first + 1, …: several at a time, some times faster.
  void fill(std::span<std::int64_t> out, std::uint64_t first) const noexcept;

 private:
  template <std::size_t count>
  void walk(std::array<std::uint64_t, count>& indices) const noexcept;

  std::uint64_t size_;
  std::array<std::uint32_t, 16> round_keys_;
  int half_bits_ = 3;
};

}  // namespace keratin::inline v0::core

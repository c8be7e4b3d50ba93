#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <utility>

namespace keratin::inline v0::data {

/// `numpy.random.RandomState`, as far as Keras orders files and windows with it: the same seed gives the same order.
class RandomState {
 public:
  explicit RandomState(std::uint32_t seed) : words_(seed) {}

  template <class T>
  void shuffle(std::span<T> values) {
    for (std::size_t i = values.size(); i-- > 1;) std::swap(values[i], values[below_or_at(i)]);
  }

 private:
  /// Of 0 … greatest, which must be below 2^32.
  std::size_t below_or_at(std::size_t greatest) {
    std::uint32_t mask = static_cast<std::uint32_t>(greatest);
    for (const unsigned shift : {1U, 2U, 4U, 8U, 16U}) mask |= mask >> shift;
    while (true)
      if (const std::uint32_t word = static_cast<std::uint32_t>(words_()) & mask; word <= greatest) return word;
  }

  std::mt19937 words_;
};

}  // namespace keratin::inline v0::data

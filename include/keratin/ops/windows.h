#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <type_traits>

#include "keratin/core/choice.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/ops/data_format.h"

/// What describes windows that move over the spatial dimensions of a tensor.
namespace keratin::inline v0 {

/// A number for all spatial dimensions (3), or one for each ({3, 5}); empty: none given.
class KERATIN_API Sizes {
 public:
  static constexpr std::size_t max = 3;

  constexpr Sizes() noexcept = default;
  template <std::integral T>
    requires(!std::is_same_v<T, bool>)
  constexpr Sizes(T size) noexcept : values_{static_cast<std::int64_t>(size)}, count_(1) {}
  /// Throws ValueError for more than three.
  Sizes(std::initializer_list<Dim> sizes);
  explicit Sizes(std::span<const std::int64_t> sizes);

  bool empty() const noexcept { return count_ == 0; }
  std::span<const std::int64_t> values() const noexcept { return {values_.data(), count_}; }

 private:
  std::array<std::int64_t, max> values_{};
  std::size_t count_ = 0;
};

namespace detail {
struct PaddingNames {
  enum Value : std::uint8_t { valid, same, causal };
  static constexpr std::string_view names[] = {"valid", "same", "causal"};
};
}  // namespace detail

/// "valid": windows lie inside. "same": zeros are put around, so that there are ⌈size / stride⌉ of them; an odd one at
/// the end. "causal", for Conv1D alone: all zeros in front.
class Padding : public Choice<detail::PaddingNames> {
 public:
  KERATIN_CHOICE_NAMES(Padding, detail::PaddingNames, "padding")
};

}  // namespace keratin::inline v0

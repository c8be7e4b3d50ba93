#pragma once

#include <concepts>
#include <cstdint>

#include "keratin/core/export.h"

namespace keratin::inline v0::callbacks {

/// When something is saved: "epoch", at the end of each, or after so many batches.
class KERATIN_API SaveFreq {
 public:
  constexpr SaveFreq() noexcept = default;
  /// Throws ValueError for another text than "epoch".
  SaveFreq(const char* text);
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  constexpr SaveFreq(T batches) noexcept : batches_(static_cast<std::int64_t>(batches)), is_epoch_(false) {}

  constexpr bool is_epoch() const noexcept { return is_epoch_; }
  constexpr std::int64_t batches() const noexcept { return batches_; }

 private:
  std::int64_t batches_ = 0;
  bool is_epoch_ = true;
};

}  // namespace keratin::inline v0::callbacks

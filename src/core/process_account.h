#pragma once

#include <cstddef>
#include <cstdint>

namespace keratin::inline v0::core {

/// What the arenas of all sessions and predictors have mapped, as one number, and the budget that they share. No list
/// of them is kept: whoever maps pages adds them, whoever unmaps them subtracts them.
class ProcessAccount {
 public:
  /// Adds the bytes, unless that would be over the budget: false.
  static bool take(std::size_t bytes) noexcept;
  static void give_back(std::size_t bytes) noexcept;
  static bool fits(std::int64_t bytes) noexcept;
  static std::int64_t mapped_bytes() noexcept;
  /// 0: none. At first the control group's limit, which is read when it is first asked for.
  static std::int64_t budget() noexcept;
  static void set_budget(std::int64_t bytes) noexcept;
};

}  // namespace keratin::inline v0::core

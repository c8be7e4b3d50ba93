#pragma once

#include <cstdint>

#include "keratin/core/export.h"

namespace keratin::inline v0::core {

/// How often the way from the first process to this one led through fork(). What is made of threads and locks of one
/// generation can't be used in the next: they weren't copied, or may have been held. Counted from the first call on.
KERATIN_API std::uint32_t fork_generation() noexcept;

/// The generation that something was made in.
class MadeIn {
 public:
  bool is_other_process() const noexcept { return generation_ != fork_generation(); }

 private:
  std::uint32_t generation_ = fork_generation();
};

}  // namespace keratin::inline v0::core

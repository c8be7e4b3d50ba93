// The types that training seldom computes with: compiled once, for every machine.
#define KERATIN_LEVEL other
#include "kernels/elementwise/loop_tables.h"

namespace keratin::inline v0::kernels::other {

Loop find_loop(ScalarOp op, DType dtype) noexcept {
  switch (dtype) {
    case uint8:
      return any_loop<std::uint8_t>(op);
    case uint16:
      return any_loop<std::uint16_t>(op);
    case uint32:
      return any_loop<std::uint32_t>(op);
    case uint64:
      return any_loop<std::uint64_t>(op);
    case int8:
      return any_loop<std::int8_t>(op);
    case int16:
      return any_loop<std::int16_t>(op);
    case int64:
      return any_loop<std::int64_t>(op);
    case float64:
      return any_loop<double>(op);
    default:
      return nullptr;
  }
}

}  // namespace keratin::inline v0::kernels::other

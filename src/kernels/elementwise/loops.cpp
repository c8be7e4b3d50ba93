#include "kernels/elementwise/loops.h"

#include <cstddef>
#include <cstring>

namespace keratin::inline v0::kernels {
namespace {

template <std::size_t element_bytes>
void copy(void* out, const void* a, const void* /*b*/, const void* /*c*/, std::int64_t n) {
  if (out != a) std::memcpy(out, a, static_cast<std::size_t>(n) * element_bytes);
}

Loop find_copy(DType dtype) noexcept {
  switch (dtype == string ? 0 : size_of(dtype)) {
    case 1:
      return &copy<1>;
    case 2:
      return &copy<2>;
    case 4:
      return &copy<4>;
    case 8:
      return &copy<8>;
    default:
      return nullptr;
  }
}

bool gives_truth(graph::ScalarOp op) noexcept {
  using graph::ScalarOp;
  return (op >= ScalarOp::isnan && op <= ScalarOp::logical_not) ||
         (op >= ScalarOp::equal && op <= ScalarOp::logical_xor);
}

Loop find_in_level(core::CpuLevel level, graph::ScalarOp op, DType dtype) noexcept {
  switch (level) {
#if defined(__x86_64__)
    case core::CpuLevel::avx512:
      return avx512::find_loop(op, dtype);
    case core::CpuLevel::avx2:
      return avx2::find_loop(op, dtype);
#endif
    default:
      return baseline::find_loop(op, dtype);
  }
}

}  // namespace

Loop find_loop(core::CpuLevel level, graph::ScalarOp op, DType dtype, DType result) noexcept {
  using graph::ScalarOp;
  if (op == ScalarOp::cast && dtype != result) return find_cast(dtype, result);
  if (result != (gives_truth(op) ? boolean : dtype)) return nullptr;
  if (op == ScalarOp::cast || op == ScalarOp::identity) return find_copy(dtype);
  const Loop loop = find_in_level(level, op, dtype);
  return loop != nullptr ? loop : other::find_loop(op, dtype);
}

}  // namespace keratin::inline v0::kernels

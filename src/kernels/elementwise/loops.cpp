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

struct Level {
  Loop (*find_loop)(graph::ScalarOp op, DType dtype) noexcept;
  Loop (*find_cast)(DType from, DType to) noexcept;
  IdiomLoop (*find_idiom)(Idiom idiom) noexcept;
};

Level of(core::CpuLevel level) noexcept {
#if defined(__x86_64__)
  if (level == core::CpuLevel::avx512) return {&avx512::find_loop, &avx512::find_cast, &avx512::find_loop};
  if (level == core::CpuLevel::avx2) return {&avx2::find_loop, &avx2::find_cast, &avx2::find_loop};
#endif
  static_cast<void>(level);
  return {&baseline::find_loop, &baseline::find_cast, &baseline::find_loop};
}

Loop first_of(Loop a, Loop b) noexcept { return a != nullptr ? a : b; }

}  // namespace

IdiomLoop find_loop(core::CpuLevel level, Idiom idiom) noexcept { return of(level).find_idiom(idiom); }

Loop find_loop(core::CpuLevel level, graph::ScalarOp op, DType dtype, DType result) noexcept {
  using graph::ScalarOp;
  const Level own = of(level);
  if (op == ScalarOp::cast && dtype != result)
    return first_of(own.find_cast(dtype, result), other::find_cast(dtype, result));
  if (result != (gives_truth(op) ? boolean : dtype)) return nullptr;
  if (op == ScalarOp::cast || op == ScalarOp::identity) return find_copy(dtype);
  return first_of(own.find_loop(op, dtype), other::find_loop(op, dtype));
}

}  // namespace keratin::inline v0::kernels

#pragma once

// What each instruction set has loops of its own for: what training computes with.

#include "kernels/elementwise/idiom_loops.h"
#include "kernels/elementwise/loop_tables.h"

namespace keratin::inline v0::kernels::KERATIN_LEVEL {

/// Truth values are 0 or 1: a sum is "or", a product "and", as in NumPy.
inline Loop boolean_loop(ScalarOp op) noexcept {
  switch (op) {
    case ScalarOp::add:
    case ScalarOp::maximum:
      return &binary<Truth, Truth, &logical_or<Truth>>;
    case ScalarOp::multiply:
    case ScalarOp::minimum:
      return &binary<Truth, Truth, &logical_and<Truth>>;
    default:
      return truth_loop<Truth>(op);
  }
}

/// T: any type of the elements' size.
template <class T>
void select_loop(void* out, const void* a, const void* b, const void* c, std::int64_t n) {
  auto* const result = static_cast<T*>(out);
  const auto* const condition = static_cast<const Truth*>(a);
  const auto* const x = static_cast<const T*>(b);
  const auto* const y = static_cast<const T*>(c);
  KERATIN_VECTORS
  for (std::int64_t i = 0; i < n; ++i) {
    const T where_true = x[i];
    const T where_false = y[i];
    result[i] = condition[i] != 0 ? where_true : where_false;
  }
}

inline Loop select_loop_for(std::size_t element_bytes) noexcept {
  switch (element_bytes) {
    case 1:
      return &select_loop<std::uint8_t>;
    case 2:
      return &select_loop<std::uint16_t>;
    case 4:
      return &select_loop<std::uint32_t>;
    case 8:
      return &select_loop<std::uint64_t>;
    default:
      return nullptr;
  }
}

Loop find_loop(ScalarOp op, DType dtype) noexcept {
  if (op == ScalarOp::select) return select_loop_for(size_of(dtype));
  switch (dtype) {
    case boolean:
      return boolean_loop(op);
    case int32:
      return any_loop<std::int32_t>(op);
    case float32:
      return any_loop<float>(op);
    default:
      return nullptr;
  }
}

Loop find_cast(DType from, DType to) noexcept {
  if (from == bfloat16 && to == float32) return &unary<BFloat16, float, &same<float>>;
  if (from == float32 && to == bfloat16) return &unary<float, BFloat16, &same<float>>;
  return nullptr;
}

}  // namespace keratin::inline v0::kernels::KERATIN_LEVEL

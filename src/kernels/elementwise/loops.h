#pragma once

#include <cstdint>

#include "core/cpu.h"
#include "graph/program.h"
#include "keratin/core/dtype.h"

namespace keratin::inline v0::kernels {

/// out[i] = op(a[i], b[i], c[i]) for n elements. `out` may be the memory of an argument of the same element size.
using Loop = void (*)(void* out, const void* a, const void* b, const void* c, std::int64_t n);

enum class Idiom : std::uint8_t;
/// The same for several instructions; arguments: those of which each element is read, then single numbers.
using IdiomLoop = void (*)(void* out, const void* const* arguments, std::int64_t n);
IdiomLoop find_loop(core::CpuLevel level, Idiom idiom) noexcept;

/// The loop of an op for arguments of `dtype`, compiled for `level`; nullptr where the op has no meaning for the dtypes
/// (or is no loop: none, immediate).
Loop find_loop(core::CpuLevel level, graph::ScalarOp op, DType dtype, DType result) noexcept;

// What find_loop looks through: the loops of an instruction set, then those that all machines share.
namespace other {
Loop find_loop(graph::ScalarOp op, DType dtype) noexcept;
Loop find_cast(DType from, DType to) noexcept;
}  // namespace other
namespace baseline {
IdiomLoop find_loop(Idiom idiom) noexcept;
Loop find_loop(graph::ScalarOp op, DType dtype) noexcept;
Loop find_cast(DType from, DType to) noexcept;
}  // namespace baseline
namespace avx2 {
IdiomLoop find_loop(Idiom idiom) noexcept;
Loop find_loop(graph::ScalarOp op, DType dtype) noexcept;
Loop find_cast(DType from, DType to) noexcept;
}  // namespace avx2
namespace avx512 {
IdiomLoop find_loop(Idiom idiom) noexcept;
Loop find_loop(graph::ScalarOp op, DType dtype) noexcept;
Loop find_cast(DType from, DType to) noexcept;
}  // namespace avx512

}  // namespace keratin::inline v0::kernels

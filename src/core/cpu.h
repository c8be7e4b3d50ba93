#pragma once

#include <cstdint>

namespace keratin::inline v0::core {

/// Instruction sets our own kernels are compiled for; the library itself is built for the baseline.
enum class CpuLevel : std::uint8_t { baseline, avx2, avx512 };

/// The best level of this machine (avx2: with FMA; avx512: F, BW, DQ, VL). KERATIN_CPU=baseline|avx2|avx512 in the
/// environment lowers it, for tests. Read once.
CpuLevel cpu_level() noexcept;

}  // namespace keratin::inline v0::core

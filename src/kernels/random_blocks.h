#pragma once

#include <cstdint>

#include "core/cpu.h"
#include "core/philox.h"

namespace keratin::inline v0::kernels {

/// Uniform numbers first_block·4 … of a stream at `step`, `blocks` (a multiple of block_lanes) times four.
using UniformBlocks = void (*)(float* out, const std::uint32_t* key, std::uint64_t step, std::uint64_t first_block,
                               std::int64_t blocks);
inline constexpr std::int64_t block_lanes = 16;

namespace avx2 {
void uniform_blocks(float* out, const std::uint32_t* key, std::uint64_t step, std::uint64_t first_block,
                    std::int64_t blocks);
}
namespace avx512 {
void uniform_blocks(float* out, const std::uint32_t* key, std::uint64_t step, std::uint64_t first_block,
                    std::int64_t blocks);
}

/// core::fill_uniform's numbers, by the instructions of `level`.
void fill_uniform(core::CpuLevel level, float* out, std::int64_t n, core::PhiloxKey key, std::uint64_t step,
                  std::uint64_t first) noexcept;

}  // namespace keratin::inline v0::kernels

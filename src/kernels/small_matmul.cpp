#include "kernels/small_matmul.h"

#include "core/cpu.h"

namespace keratin::inline v0::kernels {

const SmallMatmulLoops& small_matmul_loops() noexcept {
  switch (core::cpu_level()) {
    case core::CpuLevel::avx512:
      return small_matmul_avx512;
    case core::CpuLevel::avx2:
      return small_matmul_avx2;
    case core::CpuLevel::baseline:
      break;
  }
  return small_matmul_baseline;
}

}  // namespace keratin::inline v0::kernels

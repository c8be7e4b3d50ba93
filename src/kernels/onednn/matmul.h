#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "kernels/activation.h"

namespace keratin::inline v0::kernels::onednn {

/// Whether products of bfloat16 run on instructions made for them (AVX512-BF16 or AMX), as far as oneDNN may use those.
bool multiplies_bfloat16() noexcept;

/// c[m, n] = activation(op(a) · op(b) + bias): dense row-major matrices of float32, or a and b, or all three, of
/// bfloat16; a is [k, m] and b [n, k] where they are transposed.
struct MatmulShape {
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  bool transpose_a = false;
  bool transpose_b = false;
  bool bfloat16 = false;         ///< a and b; throws InternalError on machines that don't multiply them
  bool bfloat16_result = false;  ///< c, of such operands
  bool bias = false;             ///< n elements
  Activation activation = Activation::none;
};

struct MatmulPointers {
  const void* a = nullptr;
  const void* b = nullptr;
  const float* bias = nullptr;
  void* c = nullptr;
  std::byte* scratchpad = nullptr;
};

/// A oneDNN matmul primitive that runs on one thread, with what its execution needs made beforehand.
///
/// oneDNN's threads are not used: it creates and runs inside OpenMpThreads(1), and who wants more threads runs several
/// of these. The first primitive of the process switches oneDNN's primitive cache off, as it is shared by the whole
/// process and never shrinks; KERATIN_ONEDNN_CACHE in the environment leaves it as the host program has set it.
///
/// run() allocates nothing while its slot is free. Where oneDNN has no kernel that packs into the scratchpad (machines
/// without AVX-512 in 2.6), its own GEMM allocates its packing buffers at each execution and frees them again.
class Matmul {
 public:
  /// `slots`: how many executions at once find their memory objects ready.
  Matmul(const MatmulShape& shape, int slots);
  ~Matmul();
  Matmul(const Matmul&) = delete;
  Matmul& operator=(const Matmul&) = delete;

  std::size_t scratchpad_bytes() const noexcept;
  /// Any thread; a slot that another thread is using is replaced by objects made for this call.
  void run(int slot, const MatmulPointers& pointers) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace keratin::inline v0::kernels::onednn

#pragma once

// What differs between oneDNN 2.6 and 3.x, behind one set of names: compat_v2.cpp and compat_v3.cpp define it. For the
// files of this folder alone.

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include <oneapi/dnnl/dnnl.h>
#include <oneapi/dnnl/dnnl_version.h>

#include "kernels/activation.h"

namespace keratin::inline v0::kernels::onednn {

#if DNNL_VERSION_MAJOR < 3
using DescPointer = const dnnl_memory_desc_t*;
#else
using DescPointer = const_dnnl_memory_desc_t;
#endif

/// A float32 memory descriptor.
class MemoryDesc {
 public:
  /// Throws InternalError.
  MemoryDesc(std::initializer_list<std::int64_t> dims, std::initializer_list<std::int64_t> strides);
  ~MemoryDesc();
  MemoryDesc(const MemoryDesc&) = delete;
  MemoryDesc& operator=(const MemoryDesc&) = delete;
  DescPointer get() const noexcept { return pointer_; }

 private:
  DescPointer pointer_ = nullptr;
};

std::size_t size_of(DescPointer desc) noexcept;

dnnl_status_t append_eltwise(dnnl_post_ops_t post_ops, dnnl_alg_kind_t algorithm, float alpha) noexcept;

struct MatmulDescs {
  DescPointer a;
  DescPointer b;
  DescPointer bias;  ///< nullptr: none
  DescPointer c;
};
dnnl_status_t create_matmul(dnnl_primitive_desc_t* to, dnnl_engine_t engine, const MatmulDescs& descs,
                            const_dnnl_primitive_attr_t attributes) noexcept;

}  // namespace keratin::inline v0::kernels::onednn

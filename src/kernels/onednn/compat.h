#pragma once

// What differs between oneDNN 2.6 and 3.x, behind one set of names: compat_v2.cpp and compat_v3.cpp define it. For the
// files of this folder alone.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

#include <oneapi/dnnl/dnnl.h>
#include <oneapi/dnnl/dnnl_version.h>

#include "kernels/activation.h"

namespace keratin::inline v0::kernels::onednn {

#if DNNL_VERSION_MAJOR < 3
using DescPointer = const dnnl_memory_desc_t*;
#else
using DescPointer = const_dnnl_memory_desc_t;
#endif

/// A memory descriptor, of float32 if nothing else is said.
class MemoryDesc {
 public:
  /// Throws InternalError.
  MemoryDesc(std::span<const std::int64_t> dims, std::span<const std::int64_t> strides,
             dnnl_data_type_t type = dnnl_f32);
  MemoryDesc(std::initializer_list<std::int64_t> dims, std::initializer_list<std::int64_t> strides,
             dnnl_data_type_t type = dnnl_f32)
      : MemoryDesc(std::span(dims.begin(), dims.size()), std::span(strides.begin(), strides.size()), type) {}
  /// In the layout that a primitive likes best.
  explicit MemoryDesc(std::span<const std::int64_t> dims);
  ~MemoryDesc();
  MemoryDesc(const MemoryDesc&) = delete;
  MemoryDesc& operator=(const MemoryDesc&) = delete;
  DescPointer get() const noexcept { return pointer_; }

 private:
  DescPointer pointer_ = nullptr;
};

std::size_t size_of(DescPointer desc) noexcept;
bool are_equal(DescPointer a, DescPointer b) noexcept;

dnnl_status_t append_eltwise(dnnl_post_ops_t post_ops, dnnl_alg_kind_t algorithm, float alpha) noexcept;

struct MatmulDescs {
  DescPointer a;
  DescPointer b;
  DescPointer bias;  ///< nullptr: none
  DescPointer c;
};
dnnl_status_t create_matmul(dnnl_primitive_desc_t* to, dnnl_engine_t engine, const MatmulDescs& descs,
                            const_dnnl_primitive_attr_t attributes) noexcept;

struct ConvolutionDescs {
  DescPointer src;
  DescPointer weights;
  DescPointer bias;  ///< nullptr: none; of a forward one
  DescPointer dst;
  const std::int64_t* strides;  ///< by spatial dimension, like all that follow
  const std::int64_t* dilates;  ///< 0: dense
  const std::int64_t* before;
  const std::int64_t* after;
};
dnnl_status_t create_convolution(dnnl_primitive_desc_t* to, dnnl_engine_t engine, const ConvolutionDescs& descs,
                                 const_dnnl_primitive_attr_t attributes) noexcept;
/// `forward`: the primitive desc of the convolution whose gradient it is.
dnnl_status_t create_convolution_data_gradient(dnnl_primitive_desc_t* to, dnnl_engine_t engine,
                                               const ConvolutionDescs& descs, const_dnnl_primitive_attr_t attributes,
                                               const_dnnl_primitive_desc_t forward) noexcept;
dnnl_status_t create_convolution_weights_gradient(dnnl_primitive_desc_t* to, dnnl_engine_t engine,
                                                  const ConvolutionDescs& descs, const_dnnl_primitive_attr_t attributes,
                                                  const_dnnl_primitive_desc_t forward) noexcept;

}  // namespace keratin::inline v0::kernels::onednn

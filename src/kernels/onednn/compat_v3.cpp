#include "kernels/onednn/compat.h"

#if DNNL_VERSION_MAJOR >= 3

#include "core/refusal.h"
#include "kernels/onednn/handles.h"

namespace keratin::inline v0::kernels::onednn {

MemoryDesc::MemoryDesc(std::span<const std::int64_t> dims, std::span<const std::int64_t> strides,
                       dnnl_data_type_t type) {
  dnnl_memory_desc_t desc = nullptr;
  check(dnnl_memory_desc_create_with_strides(&desc, static_cast<int>(dims.size()), dims.data(), type, strides.data()),
        "describe an array");
  pointer_ = desc;
}
MemoryDesc::MemoryDesc(std::span<const std::int64_t> dims) {
  dnnl_memory_desc_t desc = nullptr;
  check(dnnl_memory_desc_create_with_tag(&desc, static_cast<int>(dims.size()), dims.data(), dnnl_f32,
                                         dnnl_format_tag_any),
        "describe an array");
  pointer_ = desc;
}
MemoryDesc::~MemoryDesc() { dnnl_memory_desc_destroy(const_cast<dnnl_memory_desc_t>(pointer_)); }

std::size_t size_of(DescPointer desc) noexcept { return dnnl_memory_desc_get_size(desc); }

bool are_equal(DescPointer a, DescPointer b) noexcept { return dnnl_memory_desc_equal(a, b) != 0; }

dnnl_status_t append_eltwise(dnnl_post_ops_t post_ops, dnnl_alg_kind_t algorithm, float alpha) noexcept {
  const core::HeapSpared spared;
  return dnnl_post_ops_append_eltwise(post_ops, algorithm, alpha, 0.0f);
}

dnnl_status_t create_matmul(dnnl_primitive_desc_t* to, dnnl_engine_t engine, const MatmulDescs& descs,
                            const_dnnl_primitive_attr_t attributes) noexcept {
  const core::HeapSpared spared;
  return dnnl_matmul_primitive_desc_create(to, engine, descs.a, descs.b, descs.bias, descs.c, attributes);
}

dnnl_status_t create_convolution(dnnl_primitive_desc_t* to, dnnl_engine_t engine, const ConvolutionDescs& descs,
                                 const_dnnl_primitive_attr_t attributes) noexcept {
  const core::HeapSpared spared;
  return dnnl_convolution_forward_primitive_desc_create(to, engine, dnnl_forward_training, dnnl_convolution_direct,
                                                        descs.src, descs.weights, descs.bias, descs.dst, descs.strides,
                                                        descs.dilates, descs.before, descs.after, attributes);
}

dnnl_status_t create_convolution_data_gradient(dnnl_primitive_desc_t* to, dnnl_engine_t engine,
                                               const ConvolutionDescs& descs, const_dnnl_primitive_attr_t attributes,
                                               const_dnnl_primitive_desc_t forward) noexcept {
  const core::HeapSpared spared;
  return dnnl_convolution_backward_data_primitive_desc_create(to, engine, dnnl_convolution_direct, descs.src,
                                                              descs.weights, descs.dst, descs.strides, descs.dilates,
                                                              descs.before, descs.after, forward, attributes);
}

dnnl_status_t create_convolution_weights_gradient(dnnl_primitive_desc_t* to, dnnl_engine_t engine,
                                                  const ConvolutionDescs& descs, const_dnnl_primitive_attr_t attributes,
                                                  const_dnnl_primitive_desc_t forward) noexcept {
  const core::HeapSpared spared;
  return dnnl_convolution_backward_weights_primitive_desc_create(
      to, engine, dnnl_convolution_direct, descs.src, descs.weights, nullptr, descs.dst, descs.strides, descs.dilates,
      descs.before, descs.after, forward, attributes);
}

}  // namespace keratin::inline v0::kernels::onednn

#endif

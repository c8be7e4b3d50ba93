#include "kernels/onednn/compat.h"

#if DNNL_VERSION_MAJOR < 3

#include <memory>

#include "core/refusal.h"
#include "kernels/onednn/handles.h"

namespace keratin::inline v0::kernels::onednn {

MemoryDesc::MemoryDesc(std::span<const std::int64_t> dims, std::span<const std::int64_t> strides,
                       dnnl_data_type_t type) {
  auto desc = std::make_unique<dnnl_memory_desc_t>();
  check(dnnl_memory_desc_init_by_strides(desc.get(), static_cast<int>(dims.size()), dims.data(), type, strides.data()),
        "describe an array");
  pointer_ = desc.release();
}
MemoryDesc::MemoryDesc(std::span<const std::int64_t> dims) {
  auto desc = std::make_unique<dnnl_memory_desc_t>();
  check(dnnl_memory_desc_init_by_tag(desc.get(), static_cast<int>(dims.size()), dims.data(), dnnl_f32,
                                     dnnl_format_tag_any),
        "describe an array");
  pointer_ = desc.release();
}
MemoryDesc::~MemoryDesc() { delete pointer_; }

std::size_t size_of(DescPointer desc) noexcept { return dnnl_memory_desc_get_size(desc); }

bool are_equal(DescPointer a, DescPointer b) noexcept { return dnnl_memory_desc_equal(a, b) != 0; }

dnnl_status_t append_eltwise(dnnl_post_ops_t post_ops, dnnl_alg_kind_t algorithm, float alpha) noexcept {
  const core::HeapSpared spared;
  return dnnl_post_ops_append_eltwise(post_ops, 1.0f, algorithm, alpha, 0.0f);
}

dnnl_status_t create_matmul(dnnl_primitive_desc_t* to, dnnl_engine_t engine, const MatmulDescs& descs,
                            const_dnnl_primitive_attr_t attributes) noexcept {
  const core::HeapSpared spared;
  dnnl_matmul_desc_t desc;
  const dnnl_status_t status = dnnl_matmul_desc_init(&desc, descs.a, descs.b, descs.bias, descs.c);
  return status == dnnl_success ? dnnl_primitive_desc_create(to, &desc, attributes, engine, nullptr) : status;
}

dnnl_status_t create_convolution(dnnl_primitive_desc_t* to, dnnl_engine_t engine, const ConvolutionDescs& descs,
                                 const_dnnl_primitive_attr_t attributes) noexcept {
  const core::HeapSpared spared;
  dnnl_convolution_desc_t desc;
  const dnnl_status_t status = dnnl_dilated_convolution_forward_desc_init(
      &desc, dnnl_forward_training, dnnl_convolution_direct, descs.src, descs.weights, descs.bias, descs.dst,
      descs.strides, descs.dilates, descs.before, descs.after);
  return status == dnnl_success ? dnnl_primitive_desc_create(to, &desc, attributes, engine, nullptr) : status;
}

dnnl_status_t create_convolution_data_gradient(dnnl_primitive_desc_t* to, dnnl_engine_t engine,
                                               const ConvolutionDescs& descs, const_dnnl_primitive_attr_t attributes,
                                               const_dnnl_primitive_desc_t forward) noexcept {
  const core::HeapSpared spared;
  dnnl_convolution_desc_t desc;
  const dnnl_status_t status = dnnl_dilated_convolution_backward_data_desc_init(
      &desc, dnnl_convolution_direct, descs.src, descs.weights, descs.dst, descs.strides, descs.dilates, descs.before,
      descs.after);
  return status == dnnl_success ? dnnl_primitive_desc_create(to, &desc, attributes, engine, forward) : status;
}

dnnl_status_t create_convolution_weights_gradient(dnnl_primitive_desc_t* to, dnnl_engine_t engine,
                                                  const ConvolutionDescs& descs, const_dnnl_primitive_attr_t attributes,
                                                  const_dnnl_primitive_desc_t forward) noexcept {
  const core::HeapSpared spared;
  dnnl_convolution_desc_t desc;
  const dnnl_status_t status = dnnl_dilated_convolution_backward_weights_desc_init(
      &desc, dnnl_convolution_direct, descs.src, descs.weights, nullptr, descs.dst, descs.strides, descs.dilates,
      descs.before, descs.after);
  return status == dnnl_success ? dnnl_primitive_desc_create(to, &desc, attributes, engine, forward) : status;
}

}  // namespace keratin::inline v0::kernels::onednn

#endif

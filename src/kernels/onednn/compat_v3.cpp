#include "kernels/onednn/compat.h"

#if DNNL_VERSION_MAJOR >= 3

#include "kernels/onednn/handles.h"

namespace keratin::inline v0::kernels::onednn {

MemoryDesc::MemoryDesc(std::initializer_list<std::int64_t> dims, std::initializer_list<std::int64_t> strides) {
  dnnl_memory_desc_t desc = nullptr;
  check(dnnl_memory_desc_create_with_strides(&desc, static_cast<int>(dims.size()), dims.begin(), dnnl_f32,
                                             strides.begin()),
        "describe a matrix");
  pointer_ = desc;
}
MemoryDesc::~MemoryDesc() { dnnl_memory_desc_destroy(const_cast<dnnl_memory_desc_t>(pointer_)); }

std::size_t size_of(DescPointer desc) noexcept { return dnnl_memory_desc_get_size(desc); }

dnnl_status_t append_eltwise(dnnl_post_ops_t post_ops, dnnl_alg_kind_t algorithm, float alpha) noexcept {
  return dnnl_post_ops_append_eltwise(post_ops, algorithm, alpha, 0.0f);
}

dnnl_status_t create_matmul(dnnl_primitive_desc_t* to, dnnl_engine_t engine, const MatmulDescs& descs,
                            const_dnnl_primitive_attr_t attributes) noexcept {
  return dnnl_matmul_primitive_desc_create(to, engine, descs.a, descs.b, descs.bias, descs.c, attributes);
}

}  // namespace keratin::inline v0::kernels::onednn

#endif

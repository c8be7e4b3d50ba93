#include "kernels/onednn/handles.h"

#include <cstdlib>
#include <mutex>
#include <string>

#include "core/refusal.h"
#include "keratin/core/error.h"

namespace keratin::inline v0::kernels::onednn {
namespace {

void switch_cache_off() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (std::getenv("KERATIN_ONEDNN_CACHE") == nullptr) dnnl_set_primitive_cache_capacity(0);
  });
}

void append_activation(dnnl_post_ops_t post_ops, Activation activation) {
  switch (activation) {
    case Activation::none:
      return;
    case Activation::relu:
      return check(append_eltwise(post_ops, dnnl_eltwise_relu, 0.0f), "fuse relu");
    case Activation::tanh:
      return check(append_eltwise(post_ops, dnnl_eltwise_tanh, 0.0f), "fuse tanh");
    case Activation::sigmoid:
      return check(append_eltwise(post_ops, dnnl_eltwise_logistic, 0.0f), "fuse sigmoid");
    case Activation::elu:
      return check(append_eltwise(post_ops, dnnl_eltwise_elu, 1.0f), "fuse elu");
    case Activation::gelu:
      return check(append_eltwise(post_ops, dnnl_eltwise_gelu_erf, 0.0f), "fuse gelu");
    case Activation::softplus:
      return check(append_eltwise(post_ops, dnnl_eltwise_soft_relu, 1.0f), "fuse softplus");
    case Activation::silu:
      return check(append_eltwise(post_ops, dnnl_eltwise_swish, 1.0f), "fuse silu");
  }
}

}  // namespace

void check(dnnl_status_t status, std::string_view what) {
  if (status == dnnl_success) return;
  const std::string message = "oneDNN could not " + std::string(what) + " (status " +
                              std::to_string(static_cast<int>(status)) + ", oneDNN " +
                              std::to_string(dnnl_version()->major) + '.' + std::to_string(dnnl_version()->minor) + ')';
  if (status == dnnl_out_of_memory) throw OutOfMemoryError(message);
  throw InternalError(message);
}

Engine make_engine() {
  const core::HeapSpared spared;
  switch_cache_off();
  dnnl_engine_t engine = nullptr;
  check(dnnl_engine_create(&engine, dnnl_cpu, 0), "make an engine");
  return Engine(engine);
}

Stream make_stream(const Engine& engine) {
  const core::HeapSpared spared;
  dnnl_stream_t stream = nullptr;
  check(dnnl_stream_create(&stream, engine.get(), dnnl_stream_in_order), "make a stream");
  return Stream(stream);
}

Memory make_memory(const Engine& engine, DescPointer desc) {
  const core::HeapSpared spared;
  dnnl_memory_t memory = nullptr;
  check(dnnl_memory_create(&memory, desc, engine.get(), DNNL_MEMORY_NONE), "make a memory object");
  return Memory(memory);
}

PrimitiveAttributes make_attributes(Activation activation) {
  const core::HeapSpared spared;
  dnnl_primitive_attr_t raw = nullptr;
  check(dnnl_primitive_attr_create(&raw), "make attributes");
  PrimitiveAttributes attributes(raw);
  check(dnnl_primitive_attr_set_scratchpad_mode(raw, dnnl_scratchpad_mode_user), "set the scratchpad's mode");
  if (activation != Activation::none) {
    dnnl_post_ops_t raw_post_ops = nullptr;
    check(dnnl_post_ops_create(&raw_post_ops), "make post-ops");
    const PostOps post_ops(raw_post_ops);
    append_activation(raw_post_ops, activation);
    check(dnnl_primitive_attr_set_post_ops(raw, raw_post_ops), "set post-ops");
  }
  return attributes;
}

Primitive make_primitive(const PrimitiveDesc& desc) {
  const core::HeapSpared spared;
  dnnl_primitive_t primitive = nullptr;
  check(dnnl_primitive_create(&primitive, desc.get()), "make a primitive");
  return Primitive(primitive);
}

DescPointer scratchpad_of(const PrimitiveDesc& desc) noexcept {
  return dnnl_primitive_desc_query_md(desc.get(), dnnl_query_scratchpad_md, 0);
}

}  // namespace keratin::inline v0::kernels::onednn

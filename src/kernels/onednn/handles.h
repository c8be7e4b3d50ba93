#pragma once

#include <memory>
#include <string_view>
#include <type_traits>

#include <oneapi/dnnl/dnnl.h>

#include "kernels/onednn/compat.h"

namespace keratin::inline v0::kernels::onednn {

/// Throws InternalError ("oneDNN could not " + what), OutOfMemoryError where that is the cause.
void check(dnnl_status_t status, std::string_view what);

template <auto destroy>
struct Destroy {
  template <class T>
  void operator()(T* object) const noexcept {
    destroy(object);
  }
};
/// Owns what a dnnl_…_create made.
template <class Raw, auto destroy>
using Handle = std::unique_ptr<std::remove_pointer_t<Raw>, Destroy<destroy>>;

using Engine = Handle<dnnl_engine_t, dnnl_engine_destroy>;
using Stream = Handle<dnnl_stream_t, dnnl_stream_destroy>;
using Memory = Handle<dnnl_memory_t, dnnl_memory_destroy>;
using Primitive = Handle<dnnl_primitive_t, dnnl_primitive_destroy>;
using PrimitiveDesc = Handle<dnnl_primitive_desc_t, dnnl_primitive_desc_destroy>;
using PrimitiveAttributes = Handle<dnnl_primitive_attr_t, dnnl_primitive_attr_destroy>;
using PostOps = Handle<dnnl_post_ops_t, dnnl_post_ops_destroy>;

// oneDNN's C interface is noexcept, and ends the process where a request of its own to the heap fails: what calls it is
// inside a core::HeapSpared, here and in compat.h.

/// The processor. The first call of the process switches the primitive cache off (see onednn/matmul.h).
Engine make_engine();
Stream make_stream(const Engine& engine);
/// A memory object without memory: its data handle is set before each execution.
Memory make_memory(const Engine& engine, DescPointer desc);
/// Scratchpad in user mode, and the activation applied to the result.
PrimitiveAttributes make_attributes(Activation activation);
Primitive make_primitive(const PrimitiveDesc& desc);
/// Belongs to `desc`.
DescPointer scratchpad_of(const PrimitiveDesc& desc) noexcept;

}  // namespace keratin::inline v0::kernels::onednn

#include "kernels/onednn/matmul.h"

#include <array>
#include <atomic>
#include <vector>

#include "core/parallel.h"
#include "kernels/onednn/handles.h"

namespace keratin::inline v0::kernels::onednn {
namespace {

/// A dense row-major matrix, [rows, columns] as the product sees it; in memory it is the transpose of that if asked.
MemoryDesc dense(std::int64_t rows, std::int64_t columns, bool transposed) {
  return transposed ? MemoryDesc({rows, columns}, {1, rows}) : MemoryDesc({rows, columns}, {columns, 1});
}

struct Descs {
  MemoryDesc a;
  MemoryDesc b;
  MemoryDesc bias;
  MemoryDesc c;

  explicit Descs(const MatmulShape& shape)
      : a(dense(shape.m, shape.k, shape.transpose_a)),
        b(dense(shape.k, shape.n, shape.transpose_b)),
        bias(dense(1, shape.n, false)),
        c(dense(shape.m, shape.n, false)) {}
};

/// What one execution at a time needs.
struct Slot {
  enum Argument : std::size_t { a, b, c, scratchpad, bias };

  Stream stream;
  std::array<Memory, 5> memories;
  std::array<dnnl_exec_arg_t, 5> arguments;
  std::atomic<bool> busy = false;

  Slot(const Engine& engine, const Descs& descs, DescPointer scratchpad_desc)
      : stream(make_stream(engine)),
        memories{make_memory(engine, descs.a.get()), make_memory(engine, descs.b.get()),
                 make_memory(engine, descs.c.get()), make_memory(engine, scratchpad_desc),
                 make_memory(engine, descs.bias.get())} {
    constexpr std::array<int, 5> names{DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_SCRATCHPAD,
                                       DNNL_ARG_BIAS};
    for (std::size_t i = 0; i < names.size(); ++i) arguments[i] = {names[i], memories[i].get()};
  }

  void point(Argument argument, const void* data) {
    check(dnnl_memory_set_data_handle(memories[argument].get(), const_cast<void*>(data)), "set a data handle");
  }

  void execute(const Primitive& primitive, bool has_bias, const MatmulPointers& pointers) {
    point(a, pointers.a);
    point(b, pointers.b);
    point(c, pointers.c);
    point(scratchpad, pointers.scratchpad);
    if (has_bias) point(bias, pointers.bias);
    const core::OpenMpThreads one(1);
    check(dnnl_primitive_execute(primitive.get(), stream.get(), has_bias ? 5 : 4, arguments.data()),
          "run a matrix product");
  }
};

}  // namespace

struct Matmul::Impl {
  // The order matters: an engine outlives what was made on it.
  Engine engine = make_engine();
  Descs descs;
  bool bias;
  PrimitiveDesc desc;
  Primitive primitive;
  std::vector<std::unique_ptr<Slot>> slots;

  explicit Impl(const MatmulShape& shape) : descs(shape), bias(shape.bias) {
    const core::OpenMpThreads one(1);
    const PrimitiveAttributes attributes = make_attributes(shape.activation);
    dnnl_primitive_desc_t raw = nullptr;
    check(create_matmul(&raw, engine.get(),
                        {descs.a.get(), descs.b.get(), bias ? descs.bias.get() : nullptr, descs.c.get()},
                        attributes.get()),
          "make a matrix product");
    desc.reset(raw);
    primitive = make_primitive(desc);
  }

  std::unique_ptr<Slot> make_slot() const { return std::make_unique<Slot>(engine, descs, scratchpad_of(desc)); }
};

Matmul::Matmul(const MatmulShape& shape, int slots) : impl_(std::make_unique<Impl>(shape)) {
  for (int i = 0; i < slots; ++i) impl_->slots.push_back(impl_->make_slot());
}
Matmul::~Matmul() = default;

std::size_t Matmul::scratchpad_bytes() const noexcept { return size_of(scratchpad_of(impl_->desc)); }

void Matmul::run(int slot, const MatmulPointers& pointers) const {
  Slot& ready = *impl_->slots[static_cast<std::size_t>(slot)];
  if (ready.busy.exchange(true, std::memory_order_acquire))
    return impl_->make_slot()->execute(impl_->primitive, impl_->bias, pointers);
  struct Free {
    std::atomic<bool>& busy;
    ~Free() { busy.store(false, std::memory_order_release); }
  } const free{ready.busy};
  ready.execute(impl_->primitive, impl_->bias, pointers);
}

}  // namespace keratin::inline v0::kernels::onednn

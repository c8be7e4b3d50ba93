#include "kernels/onednn/runner.h"

#include <atomic>
#include <utility>

#include "core/parallel.h"
#include "core/refusal.h"

namespace keratin::inline v0::kernels::onednn {

/// What one execution at a time needs; the scratchpad is the last argument.
struct Runner::Slot {
  Stream stream;
  std::vector<Memory> memories;
  std::vector<dnnl_exec_arg_t> arguments;
  std::atomic<bool> busy = false;

  Slot(const Engine& engine, std::span<const Argument> descs, DescPointer scratchpad) : stream(make_stream(engine)) {
    memories.reserve(descs.size() + 1);
    arguments.reserve(descs.size() + 1);
    for (const Argument& argument : descs) add(engine, argument);
    add(engine, {DNNL_ARG_SCRATCHPAD, scratchpad});
  }

  void add(const Engine& engine, const Argument& argument) {
    memories.push_back(make_memory(engine, argument.desc));
    arguments.push_back({argument.name, memories.back().get()});
  }

  void point(std::size_t argument, const void* data) {
    check(dnnl_memory_set_data_handle(memories[argument].get(), const_cast<void*>(data)), "set a data handle");
  }

  void execute(const Primitive& primitive, std::span<const void* const> data, const std::byte* scratchpad) {
    for (std::size_t i = 0; i < data.size(); ++i) point(i, data[i]);
    point(data.size(), scratchpad);
    const core::OpenMpThreads one(1);
    const core::HeapSpared spared;
    check(dnnl_primitive_execute(primitive.get(), stream.get(), static_cast<int>(arguments.size()), arguments.data()),
          "run a primitive");
  }
};

struct Runner::Impl {
  const Engine& engine;
  // The order matters: a description outlives what was made of it.
  PrimitiveDesc desc;
  std::vector<Argument> arguments;
  Primitive primitive;
  std::vector<std::unique_ptr<Slot>> slots;

  std::unique_ptr<Slot> make_slot() const { return std::make_unique<Slot>(engine, arguments, scratchpad_of(desc)); }
};

Runner::Runner(const Engine& engine, PrimitiveDesc desc, std::vector<Argument> arguments, int slots)
    : impl_(std::make_unique<Impl>(Impl{engine, std::move(desc), std::move(arguments), nullptr, {}})) {
  const core::OpenMpThreads one(1);
  impl_->primitive = make_primitive(impl_->desc);
  for (int i = 0; i < slots; ++i) impl_->slots.push_back(impl_->make_slot());
}
Runner::~Runner() = default;

std::size_t Runner::scratchpad_bytes() const noexcept { return size_of(scratchpad_of(impl_->desc)); }

const PrimitiveDesc& Runner::desc() const noexcept { return impl_->desc; }

void Runner::run(int slot, std::span<const void* const> data, std::byte* scratchpad) const {
  Slot& ready = *impl_->slots[static_cast<std::size_t>(slot)];
  if (ready.busy.exchange(true, std::memory_order_acquire))
    return impl_->make_slot()->execute(impl_->primitive, data, scratchpad);
  struct Free {
    std::atomic<bool>& busy;
    ~Free() { busy.store(false, std::memory_order_release); }
  } const free{ready.busy};
  ready.execute(impl_->primitive, data, scratchpad);
}

}  // namespace keratin::inline v0::kernels::onednn

#include "kernels/onednn/matmul.h"

#include <array>
#include <span>
#include <utility>
#include <vector>

#include "core/cpu.h"
#include "core/parallel.h"
#include "kernels/onednn/runner.h"

namespace keratin::inline v0::kernels::onednn {
namespace {

/// A dense row-major matrix, [rows, columns] as the product sees it; in memory it is the transpose of that if asked.
MemoryDesc dense(std::int64_t rows, std::int64_t columns, bool transposed, dnnl_data_type_t type = dnnl_f32) {
  return transposed ? MemoryDesc({rows, columns}, {1, rows}, type) : MemoryDesc({rows, columns}, {columns, 1}, type);
}

dnnl_data_type_t type_of(bool bfloat16) noexcept { return bfloat16 ? dnnl_bf16 : dnnl_f32; }

struct Descs {
  MemoryDesc a;
  MemoryDesc b;
  MemoryDesc bias;
  MemoryDesc c;

  explicit Descs(const MatmulShape& shape)
      : a(dense(shape.m, shape.k, shape.transpose_a, type_of(shape.bfloat16))),
        b(dense(shape.k, shape.n, shape.transpose_b, type_of(shape.bfloat16))),
        bias(dense(1, shape.n, false)),
        c(dense(shape.m, shape.n, false, type_of(shape.bfloat16_result))) {}
};

PrimitiveDesc describe(const Engine& engine, const Descs& descs, const MatmulShape& shape) {
  const core::OpenMpThreads one(1);
  const PrimitiveAttributes attributes = make_attributes(shape.activation);
  dnnl_primitive_desc_t raw = nullptr;
  check(create_matmul(&raw, engine.get(),
                      {descs.a.get(), descs.b.get(), shape.bias ? descs.bias.get() : nullptr, descs.c.get()},
                      attributes.get()),
        "make a matrix product");
  return PrimitiveDesc(raw);
}

std::vector<Runner::Argument> arguments_of(const Descs& descs, bool bias) {
  std::vector<Runner::Argument> arguments{
      {DNNL_ARG_SRC, descs.a.get()}, {DNNL_ARG_WEIGHTS, descs.b.get()}, {DNNL_ARG_DST, descs.c.get()}};
  if (bias) arguments.push_back({DNNL_ARG_BIAS, descs.bias.get()});
  return arguments;
}

}  // namespace

struct Matmul::Impl {
  // The order matters: an engine outlives what was made on it.
  Engine engine = make_engine();
  Descs descs;
  bool bias;
  Runner runner;

  Impl(const MatmulShape& shape, int slots)
      : descs(shape),
        bias(shape.bias),
        runner(engine, describe(engine, descs, shape), arguments_of(descs, bias), slots) {}
};

bool multiplies_bfloat16() noexcept {
  if (core::cpu_level() != core::CpuLevel::avx512) return false;
  // oneDNN numbers its instruction sets by bits: each has those of the lesser ones.
  constexpr auto wanted = static_cast<unsigned>(dnnl_cpu_isa_avx512_core_bf16);
  static const bool does = (static_cast<unsigned>(dnnl_get_effective_cpu_isa()) & wanted) == wanted;
  return does;
}

Matmul::Matmul(const MatmulShape& shape, int slots) : impl_(std::make_unique<Impl>(shape, slots)) {}
Matmul::~Matmul() = default;

std::size_t Matmul::scratchpad_bytes() const noexcept { return impl_->runner.scratchpad_bytes(); }

void Matmul::run(int slot, const MatmulPointers& pointers) const {
  const std::array<const void*, 4> data{pointers.a, pointers.b, pointers.c, pointers.bias};
  impl_->runner.run(slot, std::span(data).first(impl_->bias ? 4 : 3), pointers.scratchpad);
}

}  // namespace keratin::inline v0::kernels::onednn

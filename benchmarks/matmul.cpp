// Matrix products of training steps beside the bare oneDNN primitive with threads of its own. Arguments: m, n, k,
// transposes (1: a, 2: b), threads. relu and a bias are fused where nothing is transposed.

#include "kernels/matmul.h"

#include <array>
#include <memory_resource>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include "core/parallel.h"
#include "kernels/onednn/handles.h"

namespace {

namespace graph = keratin::graph;
namespace onednn = keratin::kernels::onednn;
using keratin::Shape;

struct Operands {
  std::int64_t m;
  std::int64_t n;
  std::int64_t k;
  bool transpose_a;
  bool transpose_b;
  int threads;
  std::vector<float> a;
  std::vector<float> b;
  std::vector<float> bias;
  std::vector<float> c;

  explicit Operands(const benchmark::State& state)
      : m(state.range(0)),
        n(state.range(1)),
        k(state.range(2)),
        transpose_a((state.range(3) & 1) != 0),
        transpose_b((state.range(3) & 2) != 0),
        threads(static_cast<int>(state.range(4))),
        a(static_cast<std::size_t>(m * k), 0.01f),
        b(static_cast<std::size_t>(k * n), 0.02f),
        bias(static_cast<std::size_t>(n), 0.03f),
        c(static_cast<std::size_t>(m * n)) {}

  bool forward() const { return !transpose_a && !transpose_b; }
  void count(benchmark::State& state) const {
    state.counters["flops"] = benchmark::Counter(
        2.0 * static_cast<double>(m * n * k) * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  }
};

void kernel(benchmark::State& state) {
  Operands x(state);
  std::vector<graph::Spec> inputs{{.shape = x.transpose_a ? Shape{x.k, x.m} : Shape{x.m, x.k}},
                                  {.shape = x.transpose_b ? Shape{x.n, x.k} : Shape{x.k, x.n}}};
  std::vector<const std::byte*> pointers{reinterpret_cast<const std::byte*>(x.a.data()),
                                         reinterpret_cast<const std::byte*>(x.b.data())};
  if (x.forward()) {
    inputs.push_back({.shape = {x.n}});
    pointers.push_back(reinterpret_cast<const std::byte*>(x.bias.data()));
  }
  const graph::Spec output{.shape = {x.m, x.n}};
  const std::array<graph::Attribute, 3> attributes{{{"transpose_a", x.transpose_a},
                                                    {"transpose_b", x.transpose_b},
                                                    {"activation", std::string_view(x.forward() ? "relu" : "linear")}}};
  const graph::KernelPtr made = keratin::kernels::matmul_kernel({.attributes = graph::Attributes(attributes),
                                                                 .inputs = inputs,
                                                                 .outputs = std::span(&output, 1),
                                                                 .threads = x.threads,
                                                                 .memory = std::pmr::new_delete_resource()});
  keratin::core::Parallel parallel(x.threads);
  std::vector<std::byte> workspace(made->workspace_bytes() + 64);
  std::byte* const outputs[] = {reinterpret_cast<std::byte*>(x.c.data())};
  auto* const aligned =
      reinterpret_cast<std::byte*>((reinterpret_cast<std::uintptr_t>(workspace.data()) + 63) / 64 * 64);
  for (auto _ : state) made->run({.inputs = pointers, .outputs = outputs, .workspace = aligned, .parallel = parallel});
  x.count(state);
}

void primitive(benchmark::State& state) {
  Operands x(state);
  const keratin::core::OpenMpThreads threads(x.threads);
  const onednn::Engine engine = onednn::make_engine();
  const onednn::Stream stream = onednn::make_stream(engine);
  const onednn::MemoryDesc a({x.m, x.k}, {x.transpose_a ? 1 : x.k, x.transpose_a ? x.m : 1});
  const onednn::MemoryDesc b({x.k, x.n}, {x.transpose_b ? 1 : x.n, x.transpose_b ? x.k : 1});
  const onednn::MemoryDesc bias({1, x.n}, {x.n, 1});
  const onednn::MemoryDesc c({x.m, x.n}, {x.n, 1});
  const auto attributes =
      onednn::make_attributes(x.forward() ? keratin::kernels::Activation::relu : keratin::kernels::Activation::none);
  dnnl_primitive_desc_t raw = nullptr;
  onednn::check(
      onednn::create_matmul(&raw, engine.get(), {a.get(), b.get(), x.forward() ? bias.get() : nullptr, c.get()},
                            attributes.get()),
      "make a matrix product");
  const onednn::PrimitiveDesc desc(raw);
  const onednn::Primitive made = onednn::make_primitive(desc);
  std::vector<std::byte> scratchpad(onednn::size_of(onednn::scratchpad_of(desc)) + 64);
  const std::array<onednn::Memory, 5> memories{
      onednn::make_memory(engine, a.get()), onednn::make_memory(engine, b.get()), onednn::make_memory(engine, c.get()),
      onednn::make_memory(engine, onednn::scratchpad_of(desc)), onednn::make_memory(engine, bias.get())};
  void* const data[] = {x.a.data(), x.b.data(), x.c.data(), scratchpad.data(), x.bias.data()};
  constexpr std::array<int, 5> names{DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_SCRATCHPAD, DNNL_ARG_BIAS};
  std::array<dnnl_exec_arg_t, 5> arguments{};
  for (std::size_t i = 0; i < memories.size(); ++i) {
    onednn::check(dnnl_memory_set_data_handle(memories[i].get(), data[i]), "set a data handle");
    arguments[i] = {names[i], memories[i].get()};
  }
  for (auto _ : state) dnnl_primitive_execute(made.get(), stream.get(), x.forward() ? 5 : 4, arguments.data());
  x.count(state);
}

void shapes(benchmark::internal::Benchmark* benchmark) {
  constexpr std::array<std::array<std::int64_t, 4>, 22> steps{
      {{128, 512, 784, 0}, {128, 784, 512, 2},  {784, 512, 128, 1},  {128, 512, 512, 0},  {128, 512, 512, 2},
       {512, 512, 128, 1}, {128, 10, 512, 0},   {128, 512, 10, 2},   {512, 10, 128, 1},   {32, 32, 64, 0},
       {64, 32, 32, 1},    {32, 10, 32, 0},     {32, 10, 32, 1},     {32, 32, 10, 2},     {1, 512, 784, 0},
       {1, 10, 512, 0},    {2048, 128, 128, 0}, {2048, 128, 128, 2}, {128, 128, 2048, 1}, {2048, 512, 128, 0},
       {32, 512, 128, 0},  {32, 128, 512, 2}}};
  for (const std::int64_t threads : {1, 2})
    for (const auto& step : steps) benchmark->Args({step[0], step[1], step[2], step[3], threads});
  benchmark->ArgNames({"m", "n", "k", "transposes", "threads"})->UseRealTime();
}

BENCHMARK(kernel)->Apply(shapes);
BENCHMARK(primitive)->Apply(shapes);

}  // namespace

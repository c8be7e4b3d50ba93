// Elementwise programs: an optimizer's update, activations. Bytes are those read and written once.
#include "kernels/elementwise/elementwise.h"

#include <cstddef>
#include <memory_resource>
#include <vector>

#include <benchmark/benchmark.h>

#include "core/parallel.h"

namespace {

using namespace keratin::graph;
using keratin::Shape;

Instruction instruction(ScalarOp op, std::array<std::int16_t, 3> arguments, std::int8_t output = -1) {
  Instruction result;
  result.op = op;
  result.arguments = arguments;
  result.output = output;
  return result;
}

Instruction number(double value) {
  Instruction result = instruction(ScalarOp::immediate, {-1, -1, -1});
  result.immediate = value;
  return result;
}

/// Runs a program on float32 inputs; the first `in_place` outputs are the first inputs.
void run(benchmark::State& state, const std::vector<Instruction>& code, const std::vector<Shape>& inputs,
         const Shape& shape, std::size_t outputs, std::size_t in_place) {
  std::vector<Spec> specs;
  std::vector<std::vector<float>> memory;
  for (const Shape& input : inputs) {
    specs.push_back({keratin::float32, input});
    memory.emplace_back(static_cast<std::size_t>(input.elements()), 0.5f);
  }
  const std::vector<Spec> results(outputs, Spec{keratin::float32, shape});
  std::vector<const std::byte*> in;
  std::vector<std::byte*> out;
  memory.resize(inputs.size() + outputs);
  for (std::size_t i = 0; i < inputs.size(); ++i) in.push_back(reinterpret_cast<const std::byte*>(memory[i].data()));
  for (std::size_t i = 0; i < outputs; ++i) {
    std::vector<float>& target = memory[i < in_place ? i : inputs.size() + i];
    target.resize(static_cast<std::size_t>(shape.elements()), 0.5f);
    out.push_back(reinterpret_cast<std::byte*>(target.data()));
  }
  KernelRequest request;
  request.inputs = specs;
  request.outputs = results;
  request.memory = std::pmr::new_delete_resource();
  const KernelPtr kernel = keratin::kernels::elementwise_kernel(request, Program{code});
  keratin::core::Parallel parallel(static_cast<int>(state.range(0)));
  for (auto _ : state) kernel->run({in, out, nullptr, parallel});
  std::int64_t elements = shape.elements() * static_cast<std::int64_t>(outputs);
  for (const Shape& input : inputs) elements += input.elements();
  state.SetBytesProcessed(state.iterations() * elements * 4);
}

void adam(benchmark::State& state) {
  const Shape shape{670'000};
  run(state,
      {number(0.9), number(0.1), number(0.999), number(0.001), number(1e-7),  // 5 … 9
       instruction(ScalarOp::multiply, {1, 5, -1}), instruction(ScalarOp::multiply, {3, 6, -1}),
       instruction(ScalarOp::add, {10, 11, -1}, 1),  // 12: m
       instruction(ScalarOp::square, {3, -1, -1}), instruction(ScalarOp::multiply, {13, 8, -1}),
       instruction(ScalarOp::multiply, {2, 7, -1}), instruction(ScalarOp::add, {14, 15, -1}, 2),  // 16: v
       instruction(ScalarOp::sqrt, {16, -1, -1}), instruction(ScalarOp::add, {17, 9, -1}),
       instruction(ScalarOp::multiply, {12, 4, -1}), instruction(ScalarOp::divide, {19, 18, -1}),
       instruction(ScalarOp::subtract, {0, 20, -1}, 0)},
      {shape, shape, shape, shape, {}}, shape, 3, 3);
}
BENCHMARK(adam)->Arg(1)->Arg(2);

template <ScalarOp op>
void activation(benchmark::State& state) {
  const Shape shape{state.range(1)};
  run(state, {instruction(op, {0, -1, -1}, 0)}, {shape}, shape, 1, 0);
}
BENCHMARK(activation<ScalarOp::exp>)->Args({1, 65536})->Args({2, 65536});
BENCHMARK(activation<ScalarOp::tanh>)->Args({1, 65536})->Args({2, 65536});
BENCHMARK(activation<ScalarOp::sin>)->Args({1, 65536});
BENCHMARK(activation<ScalarOp::erf>)->Args({1, 65536});
BENCHMARK(activation<ScalarOp::square>)->Args({1, 1})->Args({1, 65536});

void bias_and_relu(benchmark::State& state) {
  const Shape shape{128, state.range(1)};
  run(state, {instruction(ScalarOp::add, {0, 1, -1}), instruction(ScalarOp::relu, {2, -1, -1}, 0)},
      {shape, {state.range(1)}}, shape, 1, 1);
}
BENCHMARK(bias_and_relu)->Args({1, 512})->Args({2, 512})->Args({1, 10})->Args({1, 3});

}  // namespace

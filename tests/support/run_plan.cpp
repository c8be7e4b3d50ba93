#include "support/run_plan.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <new>
#include <stdexcept>

#include "core/parallel.h"

namespace keratin::test {
namespace {

constexpr std::size_t guard = 256;
constexpr std::byte rubbish{0xff};

std::byte* bytes(const Array& array) { return static_cast<std::byte*>(const_cast<void*>(array.raw())); }

struct Release {
  void operator()(std::byte* memory) const { ::operator delete(memory, std::align_val_t{64}); }
};

}  // namespace

Evaluated run_plan(const runtime::Plan& plan, std::span<const Array> inputs,
                   const std::map<graph::VariableId, Array>& variables, bool wanted) {
  const std::size_t size = plan.workspace_bytes();
  const std::unique_ptr<std::byte, Release> workspace(
      static_cast<std::byte*>(::operator new(size + guard, std::align_val_t{64})));
  std::fill_n(workspace.get(), size + guard, rubbish);

  Evaluated result;
  std::vector<std::byte*> variable_bytes;
  for (const graph::VariableId id : plan.variables()) {
    result.updates[id] = variables.at(id).copy();
    variable_bytes.push_back(bytes(result.updates[id]));
  }
  std::vector<Array> contiguous;
  std::vector<const std::byte*> input_bytes;
  for (const Array& input : inputs) contiguous.push_back(input.contiguous());
  for (const Array& input : contiguous) input_bytes.push_back(bytes(input));
  std::vector<std::byte*> output_bytes(plan.outputs().size(), nullptr);
  for (std::size_t i = 0; wanted && i < plan.outputs().size(); ++i) {
    const graph::Spec& spec = plan.outputs()[i];
    result.outputs.push_back(Array::empty(spec.shape, spec.dtype));
    output_bytes[i] = bytes(result.outputs.back());
    std::memset(output_bytes[i], 0xff, spec.bytes());
  }
  core::Parallel parallel(1);
  plan.run({workspace.get(), variable_bytes, input_bytes, output_bytes}, parallel);
  if (!std::all_of(workspace.get() + size, workspace.get() + size + guard, [](std::byte b) { return b == rubbish; }))
    throw std::runtime_error("the plan wrote beyond its workspace");
  return result;
}

std::vector<std::string> step_names(const runtime::Plan& plan) {
  std::vector<std::string> names;
  for (const runtime::Step& step : plan.steps()) names.emplace_back(step.op);
  return names;
}

std::unique_ptr<runtime::Plan> plan_of(const graph::Graph& graph, std::span<const Array> inputs,
                                       const compile::CompileOptions& options) {
  std::vector<graph::Spec> specs;
  for (const Array& input : inputs) specs.push_back({input.dtype(), input.shape()});
  return compile::compile(graph, specs, options, std::pmr::new_delete_resource());
}

}  // namespace keratin::test

#include "compile/evaluate.h"

#include <cstddef>
#include <memory_resource>
#include <new>

#include "core/parallel.h"
#include "core/thread_limit.h"

namespace keratin::inline v0::compile {

using graph::Attributes;
using graph::Spec;

std::optional<Array> constant_value(const graph::Graph& graph, graph::ValueId value) {
  const graph::Node& node = graph.producer(value);
  const Attributes attributes(node.attributes);
  if (node.op == &graph::constant_op)
    return graph.constants()[static_cast<std::size_t>(attributes.get<std::int64_t>("index"))];
  if (node.op == &graph::scalar_op) return Array::full({}, attributes.get<double>("value"), graph.spec(value).dtype);
  return std::nullopt;
}

std::vector<Array> evaluate(const graph::OpDef& op, std::span<const graph::Attribute> attributes,
                            std::span<const Array> inputs, std::span<const Spec> input_specs,
                            std::span<const Spec> output_specs, int threads) {
  if (op.view) return {inputs[0].reshaped(output_specs[0].shape)};
  const graph::KernelPtr kernel =
      op.kernel({Attributes(attributes), input_specs, output_specs, threads, std::pmr::new_delete_resource()});
  std::vector<Array> results;
  std::vector<const std::byte*> reads;
  std::vector<std::byte*> writes;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const bool shape_only = i < 32 && (op.shape_only >> i & 1u) != 0;
    reads.push_back(shape_only ? nullptr : static_cast<const std::byte*>(inputs[i].raw()));
  }
  for (const Spec& spec : output_specs) {
    results.push_back(Array::empty(spec.shape, spec.dtype));
    // Nobody else sees it yet.
    writes.push_back(static_cast<std::byte*>(const_cast<void*>(results.back().raw())));
  }
  constexpr std::align_val_t alignment{64};
  const auto release = [](std::byte* memory) { ::operator delete(memory, alignment); };
  const std::unique_ptr<std::byte, decltype(release)> workspace(
      static_cast<std::byte*>(::operator new(kernel->workspace_bytes() + 1, alignment)), release);
  const core::ThreadLimit alone(1);
  core::Parallel ranges(threads);
  kernel->run({reads, writes, workspace.get(), ranges});
  return results;
}

}  // namespace keratin::inline v0::compile

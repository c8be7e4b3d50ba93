#include "support/evaluate.h"

#include <cstring>
#include <memory>
#include <memory_resource>
#include <optional>
#include <utility>

#include "core/element_convert.h"
#include "core/parallel.h"
#include "graph/kernel.h"
#include "keratin/core/error.h"

namespace keratin::test {
namespace {

constexpr std::size_t alignment = 64;
constexpr int rubbish = 0xff;  // NaN in every floating type

class Evaluation {
 public:
  Evaluation(const graph::Graph& graph, std::span<const Array> inputs, const EvaluateOptions& options)
      : graph_(graph), inputs_(inputs), options_(options), parallel_(options.threads), values_(graph.value_count()) {}

  Evaluated run() {
    for (const graph::Node& node : graph_.nodes()) values_of(node);
    Evaluated result;
    for (const graph::ValueId value : graph_.outputs()) result.outputs.push_back(values_[value]);
    for (const graph::Update& update : graph_.updates()) result.updates[update.variable] = values_[update.value];
    return result;
  }

 private:
  static std::byte* bytes(const Array& array) { return static_cast<std::byte*>(const_cast<void*>(array.raw())); }
  static graph::Spec spec_of(const Array& array) { return {array.dtype(), array.shape()}; }

  void values_of(const graph::Node& node) {
    if (const std::optional<Array> leaf = leaf_value(node)) {
      values_[node.first_output] = *leaf;
      return;
    }
    std::vector<Array> inputs;
    std::vector<graph::Spec> input_specs;
    for (const graph::ValueId input : node.inputs) {
      inputs.push_back(values_[input]);
      input_specs.push_back(spec_of(inputs.back()));
    }
    std::vector<graph::Spec> output_specs(node.outputs);
    graph::infer(*node.op, node.attributes, input_specs, output_specs);
    if (node.op->view) {
      values_[node.first_output] = inputs[0].reshaped(output_specs[0].shape);
      return;
    }
    if (node.op->kernel == nullptr)
      throw InternalError("evaluate: the op " + std::string(node.op->name) + " has no kernel");
    run_kernel(node, inputs, input_specs, output_specs);
  }

  std::optional<Array> leaf_value(const graph::Node& node) const {
    const graph::Attributes attributes(node.attributes);
    const auto index = [&](const char* name) { return static_cast<std::size_t>(attributes.get<std::int64_t>(name)); };
    if (node.op == &graph::input_op) return inputs_[index("index")].contiguous();
    if (node.op == &graph::constant_op) return graph_.constants()[index("index")];
    if (node.op == &graph::variable_op)
      return options_.variables.at(static_cast<graph::VariableId>(index("variable"))).contiguous();
    if (node.op == &graph::scalar_op)
      return Array::full({}, attributes.get<double>("value"), graph_.spec(node.first_output).dtype);
    return std::nullopt;
  }

  /// True if output 0 is to lie on input `index`.
  bool in_place(const graph::Node& node, std::size_t index, const Array& input, const Array& output) const {
    return static_cast<int>(index) == options_.in_place_input && (node.op->in_place >> index & 1u) != 0 &&
           input.nbytes() == output.nbytes();
  }

  void run_kernel(const graph::Node& node, const std::vector<Array>& inputs,
                  const std::vector<graph::Spec>& input_specs, const std::vector<graph::Spec>& output_specs) {
    std::vector<std::byte*> outputs;
    for (std::size_t i = 0; i < output_specs.size(); ++i) {
      Array& output = values_[node.first_output + i] = Array::empty(output_specs[i].shape, output_specs[i].dtype);
      outputs.push_back(bytes(output));
      if (output.nbytes() > 0) std::memset(outputs.back(), rubbish, static_cast<std::size_t>(output.nbytes()));
    }
    std::vector<const std::byte*> addresses;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Array& output = values_[node.first_output];
      addresses.push_back(i < 32 && (node.op->shape_only >> i & 1u) != 0 ? nullptr : bytes(inputs[i]));
      if (!in_place(node, i, inputs[i], output)) continue;
      if (output.nbytes() > 0) std::memcpy(outputs[0], addresses[i], static_cast<std::size_t>(output.nbytes()));
      addresses[i] = outputs[0];
    }
    const graph::KernelPtr kernel = node.op->kernel({graph::Attributes(node.attributes), input_specs, output_specs,
                                                     options_.threads, std::pmr::get_default_resource()});
    const std::size_t scratch = kernel->workspace_bytes();
    std::pmr::memory_resource& memory = *std::pmr::new_delete_resource();
    const auto free = [&](std::byte* pointer) { memory.deallocate(pointer, scratch + 1, alignment); };
    const std::unique_ptr<std::byte, decltype(free)> workspace(
        static_cast<std::byte*>(memory.allocate(scratch + 1, alignment)), free);
    std::memset(workspace.get(), rubbish, scratch);
    kernel->run({addresses, outputs, workspace.get(), parallel_});
  }

  const graph::Graph& graph_;
  std::span<const Array> inputs_;
  const EvaluateOptions& options_;
  core::Parallel parallel_;
  std::vector<Array> values_;
};

}  // namespace

Evaluated evaluate(const graph::Graph& graph, std::span<const Array> inputs, const EvaluateOptions& options) {
  return Evaluation(graph, inputs, options).run();
}

}  // namespace keratin::test

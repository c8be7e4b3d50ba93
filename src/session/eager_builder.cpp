#include "session/eager_builder.h"

#include <cstring>
#include <utility>

#include "core/element_convert.h"
#include "graph/variable_of.h"
#include "runtime/errors.h"
#include "session/core_impl.h"

namespace keratin::inline v0::session {
namespace {

/// Kernels count on 4 bytes at least; a slice of bytes may start anywhere.
constexpr std::uintptr_t least_alignment = 4;

void write_number(std::byte* memory, double number, DType dtype) {
  core::visit_element_type(dtype, [&]<class T>(std::type_identity<T>) {
    if constexpr (!std::is_same_v<T, std::string>) *reinterpret_cast<T*>(memory) = core::convert_element<T>(number);
  });
}

}  // namespace

EagerBuilder::EagerBuilder(Core& core, const std::string& owner, SourceLine where, std::string name)
    : SessionBuilder(core, owner, where, std::move(name)), path_(owner) {}

EagerBuilder::~EagerBuilder() {
  for (std::byte* const block : own_) core().arena().release(block);
}

Tensor EagerBuilder::feed(const Array& array, std::string_view name) {
  Array values = array.contiguous();
  if (reinterpret_cast<std::uintptr_t>(values.raw()) % least_alignment != 0) values = values.copy();
  fed_.push_back(std::move(values));
  return input({array.dtype(), array.shape()}, name);
}

const std::byte* EagerBuilder::variable_memory(graph::VariableId variable) {
  VariableState* const state = core().impl().variables.find(variable);
  if (state == nullptr) throw StaleHandleError("A variable was read that has ended");
  return Inner::data(Inner::handle(*state));
}

std::byte* EagerBuilder::block(std::size_t bytes, const core::Tag& tag) {
  own_.push_back(nullptr);
  own_.back() = static_cast<std::byte*>(core().arena().allocate(bytes, tag));
  return own_.back();
}

std::byte* EagerBuilder::block_for(graph::ValueId value, const graph::Node& node) {
  const std::string_view owner = node.owner.empty() ? std::string_view(path_) : node.owner;
  return block(graph().spec(value).bytes(), {MemoryCategory::activations, owner, node.where});
}

const std::byte* EagerBuilder::leaf(const graph::Node& node) {
  const graph::Attributes attributes(node.attributes);
  const auto index = [&] { return static_cast<std::size_t>(attributes.get<std::int64_t>("index")); };
  if (node.op == &graph::input_op) {
    if (index() >= fed_.size())
      throw InternalError("An eager graph's inputs have their values from the start. Received: input " +
                          std::to_string(index()));
    return static_cast<const std::byte*>(fed_[index()].raw());
  }
  if (node.op == &graph::variable_op) return variable_memory(graph::variable_of(node));
  if (node.op == &graph::constant_op) return static_cast<const std::byte*>(graph().constants()[index()].raw());
  if (node.op != &graph::scalar_op) return nullptr;
  std::byte* const memory = block_for(node.first_output, node);
  write_number(memory, attributes.get<double>("value"), graph().spec(node.first_output).dtype);
  return memory;
}

void EagerBuilder::added(graph::NodeId id) {
  buffers_.resize(graph().value_count(), nullptr);
  const graph::Node& node = graph().node(id);
  if (const std::byte* const memory = leaf(node)) {
    buffers_[node.first_output] = memory;
  } else if (node.op->view) {
    buffers_[node.first_output] = buffer(node.inputs[0]);
  } else {
    run(node);
  }
}

const std::byte* EagerBuilder::buffer(graph::ValueId value) const {
  if (buffers_[value] == nullptr)
    throw ValueError("A value was used whose op had failed. Received: " + describe(value));
  return buffers_[value];
}

void EagerBuilder::run(const graph::Node& node) {
  std::vector<graph::Spec> specs;
  std::vector<const std::byte*> inputs;
  for (const graph::ValueId input : node.inputs) {
    specs.push_back(graph().spec(input));
    inputs.push_back(buffer(input));
  }
  std::vector<graph::Spec> results;
  std::vector<std::byte*> outputs;
  for (std::uint32_t i = 0; i < node.outputs; ++i) {
    results.push_back(graph().spec(node.first_output + i));
    outputs.push_back(block_for(node.first_output + i, node));
  }
  if (node.op->kernel == nullptr)
    throw InternalError("The op '" + std::string(node.op->name) + "' has no kernel, and can't run by itself");
  core::ArenaResource memory(core().arena(), MemoryCategory::graph, path_, node.where);
  std::byte* scratch = nullptr;
  try {
    const graph::KernelPtr kernel =
        node.op->kernel({graph::Attributes(node.attributes), specs, results, core().threads(), &memory});
    if (const std::size_t bytes = kernel->workspace_bytes(); bytes > 0)
      scratch = block(bytes, {MemoryCategory::workspace, path_, node.where});
    kernel->run({inputs, outputs, scratch, core().parallel()});
  } catch (const Error&) {
    runtime::rethrow_at(node.owner, node.where);
  }
  for (std::uint32_t i = 0; i < node.outputs; ++i) buffers_[node.first_output + i] = outputs[i];
  if (scratch != nullptr) {
    core().arena().release(scratch);
    std::erase(own_, scratch);
  }
}

void EagerBuilder::assign(graph::VariableId variable, const graph::Spec& spec, std::string_view name,
                          const Tensor& value) {
  graph::Builder::assign(variable, spec, name, value);
  const std::byte* const memory = variable_memory(variable);
  const std::size_t bytes = spec.bytes();
  // What was read before keeps what it read: it gets a copy now, and so do views of it.
  std::byte* copy = nullptr;
  for (const std::byte*& place : buffers_) {
    if (place != memory) continue;
    if (copy == nullptr) {
      copy = block(bytes, {MemoryCategory::activations, name, where()});
      if (bytes > 0) std::memcpy(copy, memory, bytes);
    }
    place = copy;
  }
  if (bytes > 0) std::memcpy(const_cast<std::byte*>(memory), buffer(id(value)), bytes);
}

Array EagerBuilder::value(graph::ValueId value) {
  const graph::Spec& spec = graph().spec(value);
  Array result = Array::empty(spec.shape, spec.dtype);
  if (const std::size_t bytes = spec.bytes(); bytes > 0)
    std::memcpy(const_cast<void*>(result.raw()), buffer(value), bytes);
  return result;
}

}  // namespace keratin::inline v0::session

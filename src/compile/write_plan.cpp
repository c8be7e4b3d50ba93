#include "compile/write_plan.h"

#include <string>
#include <utility>
#include <vector>

#include "compile/evaluate.h"
#include "compile/layout.h"
#include "runtime/errors.h"
#include "runtime/plan_writer.h"

namespace keratin::inline v0::compile {
namespace {

using graph::Node;
using runtime::Address;
using runtime::Base;
using runtime::PlanWriter;

/// A layout's way into a plan: kernels first, as only they know their workspaces; then offsets; then addresses.
class Writing {
 public:
  Writing(Layout layout, int threads, std::pmr::memory_resource* memory)
      : layout_(std::move(layout)), threads_(threads), writer_(memory) {}

  std::unique_ptr<runtime::Plan> write() {
    for (const graph::NodeId id : layout_.steps) make_step(layout_.graph.node(id));
    const Placement placement = place(layout_.units);
    add_signature();
    const std::uint32_t copies = writer_.owner("copy");
    for (const Copy& copy : layout_.first_copies) add_copy(copy, copies);
    for (std::size_t i = 0; i < steps_.size(); ++i) add_step(i);
    for (const Copy& copy : layout_.last_copies) add_copy(copy, copies);
    add_buffers();
    return writer_.finish(placement.bytes, placement.live);
  }

 private:
  void make_step(const Node& node);
  void add_signature();
  void add_step(std::size_t index);
  void add_copy(const Copy& copy, std::uint32_t owner);
  void add_buffers();
  Address address(StorageId id);
  std::uint32_t owner_of(const Node& node);
  std::uint32_t plan_step(std::uint32_t unit_time) const;

  Layout layout_;
  int threads_;
  PlanWriter writer_;
  std::vector<runtime::Step> steps_;
  std::vector<std::uint32_t> scratch_;  ///< by step: the unit of its kernel's workspace, or no_unit
  std::unordered_map<StorageId, Address> constants_;
};

std::uint32_t Writing::owner_of(const Node& node) {
  std::string path(node.owner);
  if (!path.empty()) path += '/';
  return writer_.owner(path.append(node.op->name));
}

void Writing::make_step(const Node& node) {
  std::vector<graph::Spec> inputs;
  std::vector<graph::Spec> outputs;
  for (const graph::ValueId value : node.inputs) inputs.push_back(layout_.graph.spec(value));
  for (std::uint32_t i = 0; i < node.outputs; ++i) outputs.push_back(layout_.graph.spec(node.first_output + i));
  if (node.op->kernel == nullptr)
    throw InternalError(std::string(node.op->name) + ": has no kernel", std::string(node.owner), node.where);
  runtime::Step step;
  try {
    step.kernel = node.op->kernel({graph::Attributes(node.attributes), inputs, outputs, threads_, writer_.memory()});
  } catch (...) {
    runtime::rethrow_at(node.owner, node.where);
  }
  step.in_place = in_place_bits(node);
  step.overlaid = overlaid_outputs(node);
  step.op = node.op->name;
  step.owner = owner_of(node);
  step.where = node.where;
  const auto time = static_cast<std::uint32_t>(steps_.size() + 1);
  scratch_.push_back(no_unit);
  if (const std::size_t bytes = step.kernel->workspace_bytes(); bytes > 0) {
    scratch_.back() = static_cast<std::uint32_t>(layout_.units.size());
    layout_.units.push_back({bytes, time, time});
  }
  steps_.push_back(std::move(step));
}

void Writing::add_signature() {
  for (const graph::ValueId value : layout_.graph.inputs()) writer_.add_input(layout_.graph.spec(value));
  for (std::size_t i = 0; i < layout_.variables.size(); ++i) {
    const Storage& before = layout_.storages[layout_.before[i]];
    writer_.add_variable(layout_.variables[i], {before.content, layout_.after[i], before.bytes});
  }
  for (std::size_t i = 0; i < layout_.graph.outputs().size(); ++i) {
    const graph::ValueId value = layout_.graph.outputs()[i];
    const Storage& storage = layout_.of(value);
    const bool direct = storage.home == Base::output && storage.index == i;
    writer_.add_output(layout_.graph.spec(value), layout_.storage[value],
                       direct ? layout_.units[storage.unit].offset : runtime::Plan::no_fallback);
  }
}

Address Writing::address(StorageId id) {
  const Storage& storage = layout_.storages[id];
  Address result{storage.home, storage.index, 0, storage.bytes, storage.content};
  if (storage.home == Base::workspace && storage.unit != no_unit) result.offset = layout_.units[storage.unit].offset;
  if (storage.home != Base::constants) return result;
  const auto [found, added] = constants_.try_emplace(id);
  if (added) {
    const Array array = *constant_value(layout_.graph, storage.value);
    const auto* const bytes = static_cast<const std::byte*>(array.raw());
    found->second = writer_.add_constant({bytes, static_cast<std::size_t>(array.nbytes())}, storage.content);
  }
  return found->second;
}

void Writing::add_step(std::size_t index) {
  const Node& node = layout_.graph.node(layout_.steps[index]);
  std::vector<Address> inputs;
  std::vector<Address> outputs;
  for (std::size_t i = 0; i < node.inputs.size(); ++i)
    inputs.push_back(reads_data(*node.op, i) ? address(layout_.storage[node.inputs[i]]) : Address{});
  for (std::uint32_t i = 0; i < node.outputs; ++i) outputs.push_back(address(layout_.storage[node.first_output + i]));
  if (scratch_[index] != no_unit) steps_[index].scratch = layout_.units[scratch_[index]].offset;
  writer_.add_step(std::move(steps_[index]), inputs, outputs);
}

void Writing::add_copy(const Copy& copy, std::uint32_t owner) {
  const Address from = address(copy.from);
  const Address to =
      copy.to == Base::workspace ? address(copy.index) : Address{copy.to, copy.index, 0, from.bytes, from.value};
  writer_.add_copy(from, to, owner);
}

/// Units count the time before the first step as 0: all first copies; the last copies likewise.
std::uint32_t Writing::plan_step(std::uint32_t unit_time) const {
  const std::size_t copies = layout_.first_copies.size();
  if (unit_time == 0) return 0;
  if (unit_time <= layout_.steps.size()) return static_cast<std::uint32_t>(copies + unit_time - 1);
  return static_cast<std::uint32_t>(copies + layout_.steps.size() + layout_.last_copies.size() - 1);
}

void Writing::add_buffers() {
  std::vector<std::int32_t> place(layout_.storages.size(), -1);  // of storages, among the buffers
  std::int32_t count = 0;
  for (StorageId id = 0; id < layout_.storages.size(); ++id) {
    const Storage& storage = layout_.storages[id];
    if (storage.unit == no_unit) continue;
    runtime::Buffer buffer;
    buffer.offset = layout_.units[storage.unit].offset;
    buffer.bytes = storage.bytes;
    buffer.first_step = plan_step(static_cast<std::uint32_t>(storage.first + 1));
    buffer.last_step = plan_step(static_cast<std::uint32_t>(storage.last + 1));
    if (storage.value == graph::no_value) {
      buffer.category = MemoryCategory::workspace;
      buffer.owner = writer_.owner("copy");
    } else {
      const Node& node = layout_.graph.producer(storage.value);
      buffer.category = node.is_gradient ? MemoryCategory::gradients : MemoryCategory::activations;
      buffer.owner = owner_of(node);
    }
    if (storage.in_place_of != no_storage) buffer.in_place_of = place[storage.in_place_of];
    place[id] = count++;
    writer_.add_buffer(buffer);
  }
  for (std::size_t i = 0; i < scratch_.size(); ++i) {
    if (scratch_[i] == no_unit) continue;
    const Interval& unit = layout_.units[scratch_[i]];
    const std::uint32_t step = plan_step(unit.first);
    writer_.add_buffer({unit.offset, unit.bytes, step, step, MemoryCategory::workspace,
                        owner_of(layout_.graph.node(layout_.steps[i])), -1});
  }
}

}  // namespace

std::unique_ptr<runtime::Plan> write_plan(const graph::Graph& graph, int threads, bool in_place,
                                          std::pmr::memory_resource* memory) {
  return Writing(lay_out(graph, in_place), threads, memory).write();
}

}  // namespace keratin::inline v0::compile

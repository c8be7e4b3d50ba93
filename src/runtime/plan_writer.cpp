#include "runtime/plan_writer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/rounded_up.h"

namespace keratin::inline v0::runtime {
namespace {

constexpr std::size_t alignment = 64;

class CopyKernel final : public graph::Kernel {
 public:
  explicit CopyKernel(std::size_t bytes) : bytes_(bytes) {}

  void run(const graph::KernelArguments& arguments) const override {
    if (arguments.inputs[0] != nullptr && arguments.outputs[0] != nullptr)
      std::memcpy(arguments.outputs[0], arguments.inputs[0], bytes_);
  }

 private:
  std::size_t bytes_;
};

constexpr std::size_t no_slot = ~std::size_t{0};

/// The place of a base among a plan's slots; no_slot: it never moves.
std::size_t slot_of(const Address& address, std::size_t variables, std::size_t inputs) {
  const std::size_t index = address.index;
  switch (address.base) {
    case Base::none:
    case Base::constants:
      return no_slot;
    case Base::workspace:
      return 0;
    case Base::variable:
      return 1 + index;
    case Base::input:
      return 1 + variables + index;
    case Base::output:
      return 1 + variables + inputs + index;
  }
  return no_slot;
}

}  // namespace

std::uint32_t PlanWriter::add_variable(graph::VariableId variable, VariableValues values) {
  variables_.push_back(variable);
  variable_values_.push_back(values);
  return static_cast<std::uint32_t>(variables_.size() - 1);
}

void PlanWriter::add_output(const graph::Spec& spec, std::uint32_t value, std::size_t fallback) {
  outputs_.push_back(spec);
  output_values_.push_back(value);
  fallbacks_.push_back(fallback);
}

std::uint32_t PlanWriter::owner(const std::string& path) {
  const auto [found, added] = owner_index_.try_emplace(path, static_cast<std::uint32_t>(owners_.size()));
  if (added) owners_.push_back(path);
  return found->second;
}

Address PlanWriter::add_constant(std::span<const std::byte> bytes, std::uint32_t value) {
  const std::size_t offset = core::rounded_up<std::size_t>(constants_.size(), alignment);
  constants_.resize(offset);
  constants_.insert(constants_.end(), bytes.begin(), bytes.end());
  return {Base::constants, 0, offset, bytes.size(), value};
}

void PlanWriter::add_step(Step step, std::span<const Address> inputs, std::span<const Address> outputs) {
  step.first_address = static_cast<std::uint32_t>(addresses_.size());
  step.inputs = static_cast<std::uint16_t>(inputs.size());
  step.outputs = static_cast<std::uint16_t>(outputs.size());
  addresses_.insert(addresses_.end(), inputs.begin(), inputs.end());
  addresses_.insert(addresses_.end(), outputs.begin(), outputs.end());
  steps_.push_back(std::move(step));
}

void PlanWriter::add_copy(const Address& from, const Address& to, std::uint32_t owner, const SourceLine& where) {
  graph::KernelRequest request;
  request.memory = memory_;
  Step step;
  step.kernel = graph::make_kernel<CopyKernel>(request, from.bytes);
  step.op = "copy";
  step.owner = owner;
  step.where = where;
  add_step(std::move(step), {&from, 1}, {&to, 1});
}

void PlanWriter::write_constants(Plan& plan) const {
  if (constants_.empty()) return;
  plan.constants_ = static_cast<std::byte*>(memory_->allocate(constants_.size(), alignment));
  plan.constant_bytes_ = constants_.size();
  std::copy(constants_.begin(), constants_.end(), plan.constants_);
}

void PlanWriter::write_slots(Plan& plan) const {
  const std::size_t slots = 1 + variables_.size() + inputs_.size() + outputs_.size();
  plan.resolved_.resize(addresses_.size(), nullptr);
  plan.slot_bases_.resize(slots, nullptr);
  plan.slot_begins_.resize(slots + 1, 0);
  std::size_t moving = 0;
  for (std::size_t i = 0; i < addresses_.size(); ++i) {
    const std::size_t slot = slot_of(addresses_[i], variables_.size(), inputs_.size());
    if (slot != no_slot) {
      ++plan.slot_begins_[slot + 1];
      ++moving;
    } else if (addresses_[i].base == Base::constants && plan.constants_ != nullptr) {
      plan.resolved_[i] = plan.constants_ + addresses_[i].offset;
    }
  }
  for (std::size_t slot = 0; slot < slots; ++slot) plan.slot_begins_[slot + 1] += plan.slot_begins_[slot];
  plan.slot_addresses_.resize(moving);
  std::vector<std::uint32_t> next(plan.slot_begins_.begin(), plan.slot_begins_.end() - 1);
  for (std::size_t i = 0; i < addresses_.size(); ++i)
    if (const std::size_t slot = slot_of(addresses_[i], variables_.size(), inputs_.size()); slot != no_slot)
      plan.slot_addresses_[next[slot]++] = static_cast<std::uint32_t>(i);
}

std::unique_ptr<Plan> PlanWriter::finish(std::size_t workspace_bytes, std::size_t live_bytes) {
  auto plan = std::make_unique<Plan>(memory_);
  plan->addresses_.assign(addresses_.begin(), addresses_.end());
  plan->buffers_.assign(buffers_.begin(), buffers_.end());
  plan->owners_.assign(owners_.begin(), owners_.end());
  plan->inputs_.assign(inputs_.begin(), inputs_.end());
  plan->outputs_.assign(outputs_.begin(), outputs_.end());
  plan->variables_.assign(variables_.begin(), variables_.end());
  plan->output_values_.assign(output_values_.begin(), output_values_.end());
  plan->variable_values_.assign(variable_values_.begin(), variable_values_.end());
  plan->fallbacks_.assign(fallbacks_.begin(), fallbacks_.end());
  plan->workspace_bytes_ = workspace_bytes;
  plan->live_bytes_ = live_bytes;
  plan->steps_.reserve(steps_.size());
  for (Step& step : steps_) plan->steps_.push_back(std::move(step));
  write_constants(*plan);
  write_slots(*plan);
  *this = PlanWriter(memory_);
  return plan;
}

}  // namespace keratin::inline v0::runtime

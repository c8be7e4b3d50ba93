#include "runtime/plan.h"

#include <chrono>

#include "runtime/errors.h"
#include "runtime/step_watch.h"

namespace keratin::inline v0::runtime {

Plan::Plan(std::pmr::memory_resource* memory)
    : memory_(memory),
      steps_(memory),
      addresses_(memory),
      buffers_(memory),
      owners_(memory),
      inputs_(memory),
      outputs_(memory),
      variables_(memory),
      output_values_(memory),
      variable_values_(memory),
      fallbacks_(memory),
      slot_begins_(memory),
      slot_addresses_(memory),
      slot_bases_(memory),
      resolved_(memory) {}

Plan::~Plan() {
  if (constants_ != nullptr) memory_->deallocate(constants_, constant_bytes_, 64);
}

std::span<const Address> Plan::inputs_of(const Step& step) const noexcept {
  return {addresses_.data() + step.first_address, step.inputs};
}

std::span<const Address> Plan::outputs_of(const Step& step) const noexcept {
  return {addresses_.data() + step.first_address + step.inputs, step.outputs};
}

void Plan::rebase(std::size_t slot, std::byte* base) const {
  if (slot_bases_[slot] == base) return;
  slot_bases_[slot] = base;
  for (std::uint32_t i = slot_begins_[slot]; i < slot_begins_[slot + 1]; ++i) {
    const std::uint32_t address = slot_addresses_[i];
    resolved_[address] = base == nullptr ? nullptr : base + addresses_[address].offset;
  }
}

void Plan::resolve(const Bindings& bindings) const {
  if (bindings.variables.size() != variables_.size() || bindings.inputs.size() != inputs_.size() ||
      bindings.outputs.size() != outputs_.size())
    throw InternalError("A plan was run with other numbers of variables, inputs and outputs than it was made for");
  std::size_t slot = 0;
  rebase(slot++, bindings.workspace);
  for (std::byte* const variable : bindings.variables) rebase(slot++, variable);
  // Addresses of inputs are read alone.
  for (const std::byte* const input : bindings.inputs) rebase(slot++, const_cast<std::byte*>(input));
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    std::byte* base = bindings.outputs[i];
    if (base == nullptr && fallbacks_[i] != no_fallback) base = bindings.workspace + fallbacks_[i];
    rebase(slot++, base);
  }
}

inline void Plan::run(const Step& step, const Bindings& bindings, core::Parallel& parallel) const {
  std::byte* const* const pointers = resolved_.data() + step.first_address;
  step.kernel->run({.inputs = {pointers, step.inputs},
                    .outputs = {pointers + step.inputs, step.outputs},
                    .workspace = bindings.workspace + step.scratch,
                    .parallel = parallel});
}

void Plan::run(const Bindings& bindings, core::Parallel& parallel) const {
  resolve(bindings);
  StepWatch* const watch = StepWatch::current();
  const Step* step = steps_.data();
  const Step* const end = step + steps_.size();
  try {
    for (; step != end; ++step) {
      if (watch == nullptr) {
        run(*step, bindings, parallel);
        continue;
      }
      const auto start = std::chrono::steady_clock::now();
      run(*step, bindings, parallel);
      watch->ran(*this, *step, std::chrono::steady_clock::now() - start);
    }
  } catch (...) {
    rethrow_at(owner(step->owner), step->where);
  }
}

}  // namespace keratin::inline v0::runtime

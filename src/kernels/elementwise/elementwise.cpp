#include "kernels/elementwise/elementwise.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <tuple>
#include <utility>
#include <vector>

#include "kernels/elementwise/schedule.h"
#include "kernels/elementwise/widen.h"

namespace keratin::inline v0::kernels {
namespace {

using graph::KernelArguments;

/// The state of one thread's range: where each value lies at the current tile.
class Range {
 public:
  Range(const Schedule& schedule, const KernelArguments& arguments, std::int64_t first, std::int64_t last) noexcept
      : schedule_(schedule), arguments_(arguments), position_(first), last_(last) {
    set_addresses();
    defer_outputs();
  }

  void run() noexcept {
    const std::int64_t tile = schedule_.tile;
    for (const Step& step : schedule_.once) run_loop(step, 1);
    for (const Splat& s : schedule_.splats)
      splat(at_[s.from], s.element_bytes, std::min(tile, last_ - position_), at_[s.slot]);
    while (position_ < last_) {
      const std::int64_t n = std::min(tile, last_ - position_);
      for (const Step& step : schedule_.steps) run_step(step, n);
      write_deferred(n);
      position_ += n;
      advance(n);
    }
  }

 private:
  std::size_t bytes_at(std::size_t place, std::int64_t n) const noexcept {
    return static_cast<std::size_t>(n) * schedule_.element_bytes[place];
  }

  void set_addresses() noexcept {
    const Schedule& s = schedule_;
    for (std::size_t i = 0; i < s.inputs; ++i) {
      // One table for all: what is only read is never an `out`.
      at_[i] = const_cast<std::byte*>(arguments_.inputs[i]);
      step_bytes_[i] = s.last_use[i] >= 0 ? s.element_bytes[i] : 0;
    }
    for (std::size_t i = 0; i < s.outputs; ++i) {
      const Place place = s.output_place(i);
      at_[place] = arguments_.outputs[i];
      step_bytes_[place] = s.element_bytes[place];
    }
    advance(position_);
    for (std::size_t i = 0; i < s.constant_count; ++i)
      at_[s.constant_place(i)] = const_cast<std::byte*>(reinterpret_cast<const std::byte*>(&s.constants[i]));
    std::byte* free = scratch_.data();
    for (std::size_t i = 0; i < s.cells; ++i) at_[s.cell_place(i)] = free + i * cell_bytes;
    free += (s.cells * cell_bytes + 63) / 64 * 64;
    for (std::size_t i = 0; i < s.slots; ++i) at_[s.slot_place(i)] = free + i * s.slot_bytes;
  }

  void advance(std::int64_t n) noexcept {
    const auto moving = std::size_t{schedule_.inputs} + schedule_.outputs;
    for (std::size_t i = 0; i < moving; ++i) at_[i] += static_cast<std::size_t>(n) * step_bytes_[i];
  }

  /// Outputs that share their memory with an input that is read after they are written go to a slot.
  void defer_outputs() noexcept {
    const Schedule& s = schedule_;
    for (const Deferred& deferred : s.deferred) {
      const Place place = s.output_place(deferred.output);
      const std::byte* const output = arguments_.outputs[deferred.output];
      const std::byte* const end = output + bytes_at(place, s.elements);
      for (std::size_t i = 0; i < s.inputs; ++i) {
        if (s.last_use[i] <= deferred.written) continue;
        const std::byte* const input = arguments_.inputs[i];
        if (input >= end || output >= input + bytes_at(i, s.elements)) continue;
        at_[place] = at_[deferred.slot];
        step_bytes_[place] = 0;
      }
    }
  }

  void run_step(const Step& step, std::int64_t n) const noexcept {
    if (step.loop != nullptr) return run_loop(step, n);
    step.idiom != nullptr ? run_idiom(step, n) : load(step, n);
  }

  void run_idiom(const Step& step, std::int64_t n) const noexcept {
    std::array<const void*, std::tuple_size_v<decltype(step.arguments)>> arguments;
    for (std::size_t i = 0; i < arguments.size(); ++i) arguments[i] = at_[step.arguments[i]];
    step.idiom(at_[step.out], arguments.data(), n);
  }

  void run_loop(const Step& step, std::int64_t n) const noexcept {
    step.loop(at_[step.out], at_[step.arguments[0]], at_[step.arguments[1]], at_[step.arguments[2]], n);
  }

  void load(const Step& step, std::int64_t n) const noexcept {
    const Load& load = schedule_.loads[step.load];
    load.broadcast.load(at_[load.input], position_, n, at_[step.out]);
  }

  void write_deferred(std::int64_t n) const noexcept {
    for (const Deferred& deferred : schedule_.deferred) {
      const Place place = schedule_.output_place(deferred.output);
      if (at_[place] == at_[deferred.slot])
        std::memcpy(arguments_.outputs[deferred.output] + bytes_at(place, position_), at_[place], bytes_at(place, n));
    }
  }

  const Schedule& schedule_;
  const KernelArguments& arguments_;
  std::int64_t position_;
  std::int64_t last_;
  // Left as they are: written before they are read.
  std::array<std::byte*, max_places> at_;
  std::array<std::uint8_t, max_places> step_bytes_;  ///< of inputs and outputs: from one element to the next
  alignas(64) std::array<std::byte, scratch_bytes> scratch_;
};

class ElementwiseKernel final : public graph::Kernel {
 public:
  explicit ElementwiseKernel(Schedule schedule) : schedule_(std::move(schedule)) {}

  void run(const KernelArguments& arguments) const override {
    arguments.parallel(schedule_.elements, schedule_.grain,
                       [&](std::int64_t first, std::int64_t last) { Range(schedule_, arguments, first, last).run(); });
  }

 private:
  Schedule schedule_;
};

}  // namespace

graph::KernelPtr elementwise_kernel(const graph::KernelRequest& request, const graph::Program& program) {
  const std::vector<graph::Instruction> wide = widened(program, request.inputs);
  return graph::make_kernel<ElementwiseKernel>(request,
                                               schedule(request, wide.empty() ? program : graph::Program{wide}));
}

graph::KernelPtr elementwise_kernel(const graph::KernelRequest& request, graph::ScalarOp op) {
  graph::Instruction instruction;
  instruction.op = op;
  instruction.output = 0;
  instruction.result = request.outputs[0].dtype;
  const auto count = static_cast<std::size_t>(graph::arguments_of(op));
  if (count > 0) instruction.dtype = request.inputs[count - 1].dtype;
  for (std::size_t i = 0; i < count; ++i) instruction.arguments[i] = static_cast<std::int16_t>(i);
  return elementwise_kernel(request, graph::Program{{&instruction, 1}});
}

}  // namespace keratin::inline v0::kernels

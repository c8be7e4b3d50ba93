#include "kernels/elementwise/schedule.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <type_traits>

#include "core/cpu.h"
#include "core/element_convert.h"
#include "keratin/core/error.h"
#include "kernels/elementwise/idioms.h"

namespace keratin::inline v0::kernels {
namespace {

using graph::Instruction;
using graph::ScalarOp;

/// Relative to an addition.
std::int64_t cost_of(ScalarOp op) noexcept {
  if (op >= ScalarOp::exp && op <= ScalarOp::softplus) return 8;
  return op == ScalarOp::power || op == ScalarOp::mod || op == ScalarOp::floor_divide || op == ScalarOp::atan2 ? 8 : 1;
}

std::uint64_t immediate_bits(const Instruction& instruction) noexcept {
  return core::visit_element_type(instruction.result, [&](auto type) {
    using T = typename decltype(type)::type;
    std::uint64_t bits = 0;
    if constexpr (sizeof(T) <= sizeof bits) {
      const T element = core::convert_element<T>(instruction.immediate);
      std::memcpy(&bits, &element, sizeof element);
    }
    return bits;
  });
}

[[noreturn]] void fail(const std::string& problem) {
  throw InternalError("elementwise: the program is not well formed: " + problem);
}

[[noreturn]] void fail_dtype(const Instruction& code) {
  std::string problem = "elementwise: ";
  problem += graph::name_of(code.op);
  problem += " can't be computed in this dtype; cast the inputs. Received: ";
  problem += name_of(code.dtype);
  problem += ", for a result in ";
  problem += name_of(code.result);
  throw DTypeError(problem);
}

/// What is known of a value (an input or an instruction's result) while the program is laid out.
struct Value {
  DType dtype = float32;
  bool uniform = false;        ///< the same for each element of the output
  std::int32_t last_use = -1;  ///< by an instruction that runs for each tile
  std::int32_t slot = -1;
  std::int32_t load = -1;  ///< a broadcast input's
  Place place = 0;
};

class Scheduler {
 public:
  Scheduler(const graph::KernelRequest& request, graph::Program program)
      : request_(request),
        code_(program.code),
        result_(request.memory),
        values_(request.memory),
        free_slots_(request.memory),
        idioms_(code_, request.inputs.size(), uniform_values()) {}

  Schedule run() {
    describe();
    for (std::size_t i = 0; i < code_.size(); ++i) analyse(i);
    place_uniform_values();
    for (std::size_t i = 0; i < code_.size(); ++i)
      if (!value_of(i).uniform && !idioms_.is_inside(i)) add_step(i);
    add_uniform_outputs();
    finish();
    return std::move(result_);
  }

 private:
  Value& value_of(std::size_t instruction) { return values_[request_.inputs.size() + instruction]; }
  /// What is read element by element: all that an instruction reads, or an idiom but for its numbers.
  std::span<const std::int16_t> arguments_of(std::size_t instruction) const {
    if (const IdiomMatch* const idiom = idioms_.at(instruction)) return idiom->of_elements();
    const Instruction& code = code_[instruction];
    return {code.arguments.data(), static_cast<std::size_t>(graph::arguments_of(code.op))};
  }
  Value& value_at(std::int16_t argument) { return values_[static_cast<std::size_t>(argument)]; }
  std::vector<char> uniform_values() const;

  void describe();
  void analyse(std::size_t instruction);
  void place_uniform_values();
  void add_step(std::size_t instruction);
  void load_arguments(std::size_t instruction);
  void release_arguments(std::size_t instruction, bool of_result_size);
  Place place_result(std::size_t instruction);
  void add_uniform_outputs();
  void finish();

  Step step_of(std::size_t instruction);
  /// Slots are numbered from 0 here; finish() moves them behind the other places.
  std::uint16_t new_slot();
  std::uint16_t take_slot(DType dtype);
  static constexpr Place slot_mark = 0x8000;
  void move_slot(Place& place) const noexcept {
    if ((place & slot_mark) != 0) place = result_.slot_place(place & ~slot_mark & 0xffffu);
  }

  const graph::KernelRequest& request_;
  std::span<const Instruction> code_;
  Schedule result_;
  std::pmr::vector<Value> values_;
  std::pmr::vector<std::uint16_t> free_slots_;
  Idioms idioms_;
  std::size_t widest_ = 1;  ///< bytes of the widest element in a slot
};

/// By argument, whether it is one number for all elements. Checks that programs read what comes before.
std::vector<char> Scheduler::uniform_values() const {
  if (request_.outputs.empty()) fail("it has no output");
  const std::int64_t elements = request_.outputs[0].shape.elements();
  std::vector<char> uniform;
  for (const graph::Spec& input : request_.inputs) uniform.push_back(input.elements() == 1 && elements != 1 ? 1 : 0);
  for (const Instruction& code : code_) {
    char all = 1;
    for (std::size_t i = 0; i < static_cast<std::size_t>(graph::arguments_of(code.op)); ++i) {
      const std::int16_t argument = code.arguments[i];
      if (argument < 0 || static_cast<std::size_t>(argument) >= uniform.size())
        fail("an instruction reads a value that comes later");
      if (uniform[static_cast<std::size_t>(argument)] == 0) all = 0;
    }
    uniform.push_back(all);
  }
  return uniform;
}

void Scheduler::describe() {
  const Shape& shape = request_.outputs[0].shape;
  result_.elements = shape.elements();
  result_.inputs = static_cast<std::uint16_t>(request_.inputs.size());
  result_.outputs = static_cast<std::uint16_t>(request_.outputs.size());
  result_.constant_count = static_cast<std::uint16_t>(
      std::count_if(code_.begin(), code_.end(), [](const Instruction& i) { return i.op == ScalarOp::immediate; }));
  values_.resize(request_.inputs.size() + code_.size());
  for (std::size_t i = 0; i < request_.inputs.size(); ++i) {
    const graph::Spec& spec = request_.inputs[i];
    Value& value = values_[i];
    value.dtype = spec.dtype;
    value.place = static_cast<Place>(i);
    const Broadcast broadcast(spec.shape, shape, size_of(spec.dtype));
    const std::int64_t own = spec.shape.elements();
    value.uniform = own == 1 && result_.elements != 1;
    result_.element_bytes.push_back(static_cast<std::uint8_t>(size_of(spec.dtype)));
    if (value.uniform || own == result_.elements) continue;
    value.load = static_cast<std::int32_t>(result_.loads.size());
    result_.loads.push_back({broadcast, value.place});
  }
  for (const graph::Spec& spec : request_.outputs) {
    if (spec.shape != shape) fail("its outputs differ in shape");
    result_.element_bytes.push_back(static_cast<std::uint8_t>(size_of(spec.dtype)));
  }
}

void Scheduler::analyse(std::size_t instruction) {
  const Instruction& code = code_[instruction];
  Value& value = value_of(instruction);
  value.dtype = code.result;
  value.uniform = true;
  for (const std::int16_t argument : arguments_of(instruction))
    value.uniform = value.uniform && value_at(argument).uniform;
  if (!value.uniform && !idioms_.is_inside(instruction))
    for (const std::int16_t argument : arguments_of(instruction))
      value_at(argument).last_use = static_cast<std::int32_t>(instruction);
  if (code.output >= result_.outputs) fail("it writes an output that isn't there");
}

/// Constants and what is computed once get an element; those that tiles read, a slot filled with it.
void Scheduler::place_uniform_values() {
  for (std::size_t i = 0; i < code_.size(); ++i) {
    Value& value = value_of(i);
    if (!value.uniform) continue;
    if (code_[i].op == ScalarOp::immediate) {
      value.place = result_.constant_place(result_.constants.size());
      result_.constants.push_back(immediate_bits(code_[i]));
    } else {
      Step step = step_of(i);
      step.out = value.place = result_.cell_place(result_.cells++);
      result_.once.push_back(step);
    }
  }
  for (std::size_t i = 0; i < values_.size(); ++i) {
    Value& value = values_[i];
    const bool is_output = i >= request_.inputs.size() && code_[i - request_.inputs.size()].output >= 0;
    if (!value.uniform || (value.last_use < 0 && !is_output)) continue;
    const auto bytes = static_cast<std::uint8_t>(size_of(value.dtype));
    widest_ = std::max(widest_, std::size_t{bytes});
    const Place slot = slot_mark | new_slot();
    result_.splats.push_back({value.place, slot, bytes});
    value.place = slot;
  }
}

Step Scheduler::step_of(std::size_t instruction) {
  const Instruction& code = code_[instruction];
  Step step;
  if (const IdiomMatch* const idiom = idioms_.at(instruction)) {
    step.idiom = find_loop(core::cpu_level(), idiom->idiom);
    for (std::size_t i = 0; i < idiom->all().size(); ++i) step.arguments[i] = value_at(idiom->all()[i]).place;
    return step;
  }
  step.loop = find_loop(core::cpu_level(), code.op, code.dtype, code.result);
  if (step.loop == nullptr) fail_dtype(code);
  const std::span<const std::int16_t> arguments = arguments_of(instruction);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Value& value = value_at(arguments[i]);
    const DType expected = code.op == ScalarOp::select && i == 0 ? boolean : code.dtype;
    if (value.dtype != expected) fail("an instruction reads a value as another dtype");
    step.arguments[i] = value.place;
  }
  return step;
}

std::uint16_t Scheduler::new_slot() { return result_.slots++; }

std::uint16_t Scheduler::take_slot(DType dtype) {
  widest_ = std::max(widest_, size_of(dtype));
  if (free_slots_.empty()) return new_slot();
  const std::uint16_t slot = free_slots_.back();
  free_slots_.pop_back();
  return slot;
}

void Scheduler::add_step(std::size_t instruction) {
  load_arguments(instruction);
  Step step = step_of(instruction);
  // A result may take the memory of an argument only if their elements have one size.
  release_arguments(instruction, true);
  step.out = place_result(instruction);
  release_arguments(instruction, false);
  result_.steps.push_back(step);
}

void Scheduler::load_arguments(std::size_t instruction) {
  for (const std::int16_t argument : arguments_of(instruction)) {
    Value& value = value_at(argument);
    if (value.load < 0 || value.slot >= 0) continue;
    value.slot = take_slot(value.dtype);
    value.place = static_cast<Place>(slot_mark | value.slot);
    Step step;
    step.out = value.place;
    step.load = static_cast<std::uint16_t>(value.load);
    result_.steps.push_back(step);
  }
}

void Scheduler::release_arguments(std::size_t instruction, bool of_result_size) {
  for (const std::int16_t argument : arguments_of(instruction)) {
    Value& value = value_at(argument);
    if (value.slot < 0 || value.last_use != static_cast<std::int32_t>(instruction)) continue;
    if ((size_of(value.dtype) == size_of(code_[instruction].result)) != of_result_size) continue;
    free_slots_.push_back(static_cast<std::uint16_t>(value.slot));
    value.slot = -1;
  }
}

Place Scheduler::place_result(std::size_t instruction) {
  const Instruction& code = code_[instruction];
  Value& value = value_of(instruction);
  if (code.output < 0) {
    value.slot = take_slot(value.dtype);
    return value.place = static_cast<Place>(slot_mark | value.slot);
  }
  const std::uint16_t output = static_cast<std::uint8_t>(code.output);
  if (request_.outputs[output].dtype != code.result) fail("an output's dtype is not its instruction's");
  const bool inputs_needed = std::any_of(values_.begin(), values_.begin() + result_.inputs, [&](const Value& input) {
    return !input.uniform && input.load < 0 && input.last_use > static_cast<std::int32_t>(instruction);
  });
  if (inputs_needed) {
    widest_ = std::max(widest_, size_of(code.result));
    const Place slot = slot_mark | new_slot();
    result_.deferred.push_back({output, slot, static_cast<std::uint16_t>(instruction)});
  }
  return value.place = result_.output_place(output);
}

void Scheduler::add_uniform_outputs() {
  for (std::size_t i = 0; i < code_.size(); ++i) {
    if (code_[i].output < 0 || !value_of(i).uniform) continue;
    Step step;
    step.loop = find_loop(core::cpu_level(), ScalarOp::identity, code_[i].result, code_[i].result);
    step.arguments[0] = value_of(i).place;
    step.out = result_.output_place(static_cast<std::size_t>(code_[i].output));
    result_.steps.push_back(step);
  }
}

void Scheduler::finish() {
  for (Splat& splat : result_.splats) move_slot(splat.slot);
  for (Deferred& deferred : result_.deferred) move_slot(deferred.slot);
  for (Step& step : result_.steps) {
    move_slot(step.out);
    for (Place& place : step.arguments) move_slot(place);
  }
  for (std::size_t i = 0; i < request_.inputs.size(); ++i)
    result_.last_use.push_back(values_[i].uniform || values_[i].load >= 0 ? -1 : values_[i].last_use);
  if (result_.places() > max_places) fail("it has too many values");

  constexpr std::int64_t line = 64;  // tiles stay aligned for any element size
  constexpr std::int64_t unit = 4096;
  std::int64_t cost = 0;
  for (const Instruction& code : code_) cost += cost_of(code.op);
  // Waking a thread takes the time of some 60000 additions.
  result_.grain = std::max(unit, 16 * unit / std::max<std::int64_t>(1, cost) / unit * unit);
  result_.tile = result_.grain;
  if (result_.slots == 0) return;
  const std::size_t room = scratch_bytes - (result_.cells * cell_bytes + 63) / 64 * 64;
  const auto fitting = static_cast<std::int64_t>(room / (result_.slots * widest_)) / line * line;
  // Half of a first-level cache, so that inputs and outputs pass through the rest.
  const auto wanted = static_cast<std::int64_t>(scratch_bytes / 4 / (result_.slots * widest_)) / line * line;
  if (fitting < line) fail("it has too many values at a time");
  result_.tile = std::min(fitting, std::clamp<std::int64_t>(wanted, 256, 1024));
  result_.slot_bytes = static_cast<std::size_t>(result_.tile) * widest_;
}

}  // namespace

Schedule::Schedule(std::pmr::memory_resource* memory)
    : element_bytes(memory),
      last_use(memory),
      constants(memory),
      once(memory),
      splats(memory),
      loads(memory),
      steps(memory),
      deferred(memory) {}

Schedule schedule(const graph::KernelRequest& request, graph::Program program) {
  return Scheduler(request, program).run();
}

}  // namespace keratin::inline v0::kernels

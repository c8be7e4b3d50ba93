#include "runtime/check_plan.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace keratin::inline v0::runtime {
namespace {

constexpr std::uint32_t nothing = ~std::uint32_t{0};
constexpr std::uint32_t scratch_value = nothing - 1;

std::string name_of_value(std::uint32_t value) {
  if (value == nothing) return "nothing";
  return value == scratch_value ? "a kernel's workspace" : "%" + std::to_string(value);
}

/// Which value lies on each byte of a piece of memory.
class Shadow {
 public:
  explicit Shadow(std::uint32_t content) : pieces_{{0, content}} {}

  void write(std::size_t first, std::size_t last, std::uint32_t value) {
    split(first);
    split(last);
    pieces_.erase(pieces_.lower_bound(first), pieces_.lower_bound(last));
    pieces_[first] = value;
  }

  /// `value` if it lies on all of the range, else the first other one there.
  std::uint32_t content(std::size_t first, std::size_t last, std::uint32_t value) const {
    for (auto piece = std::prev(pieces_.upper_bound(first)); piece != pieces_.end() && piece->first < last; ++piece)
      if (piece->second != value) return piece->second;
    return value;
  }

 private:
  void split(std::size_t at) {
    const auto piece = std::prev(pieces_.upper_bound(at));
    if (piece->first != at) pieces_[at] = piece->second;
  }

  std::map<std::size_t, std::uint32_t> pieces_;  ///< from here to the next one
};

bool is_nothing(const Address& address) { return address.base == Base::none || address.bytes == 0; }

bool overlap(const Address& a, const Address& b) {
  return !is_nothing(a) && !is_nothing(b) && a.base == b.base && a.index == b.index && a.offset < b.offset + b.bytes &&
         b.offset < a.offset + a.bytes;
}

/// One run of the plan on shadows.
class Walk {
 public:
  Walk(const Plan& plan, bool wanted) : plan_(plan), wanted_(wanted), workspace_(nothing) {
    for (const VariableValues& values : plan.variable_values()) variables_.emplace_back(values.before);
    for (std::size_t i = 0; i < plan.outputs().size(); ++i) outputs_.emplace_back(nothing);
  }

  void run() {
    for (const Step& step : plan_.steps()) visit(step);
    check_end();
  }

 private:
  Address placed(Address address) const;
  Shadow* shadow_of(const Address& address, const Step& step);
  void visit(const Step& step);
  void read(const Step& step, const Address& address);
  void check_outputs(const Step& step, std::span<const Address> inputs, std::span<const Address> outputs) const;
  void check_end();
  [[noreturn]] void fail(const Step& step, const std::string& problem) const;

  const Plan& plan_;
  bool wanted_;
  Shadow workspace_;
  std::vector<Shadow> variables_;
  std::vector<Shadow> outputs_;
};

void Walk::fail(const Step& step, const std::string& problem) const {
  throw InternalError("The memory plan is wrong at step " + std::to_string(&step - plan_.steps().data()) + ", " +
                          std::string(step.op) + ": " + problem,
                      std::string(plan_.owner(step.owner)), step.where);
}

/// Where an address leads if no output is wanted.
Address Walk::placed(Address address) const {
  if (address.base != Base::output || wanted_) return address;
  const std::size_t fallback = plan_.fallbacks()[address.index];
  if (fallback == Plan::no_fallback) return {};
  address.offset += fallback;
  address.base = Base::workspace;
  address.index = 0;
  return address;
}

/// nullptr for what never changes.
Shadow* Walk::shadow_of(const Address& address, const Step& step) {
  switch (address.base) {
    case Base::workspace:
      if (address.offset + address.bytes > plan_.workspace_bytes())
        fail(step, name_of_value(address.value) + " reaches outside of the workspace");
      return &workspace_;
    case Base::variable:
      return &variables_.at(address.index);
    case Base::output:
      return &outputs_.at(address.index);
    case Base::none:
    case Base::constants:
    case Base::input:
      break;
  }
  return nullptr;
}

void Walk::read(const Step& step, const Address& address) {
  const Shadow* const shadow = shadow_of(address, step);
  if (shadow == nullptr) return;
  const std::uint32_t found = shadow->content(address.offset, address.offset + address.bytes, address.value);
  if (found != address.value)
    fail(step, "it reads " + name_of_value(address.value) + " where " + name_of_value(found) + " lies");
}

/// An output may meet an input only where the kernel allows it, and another output nowhere.
void Walk::check_outputs(const Step& step, std::span<const Address> inputs, std::span<const Address> outputs) const {
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!overlap(inputs[i], outputs[o])) continue;
      const bool same = inputs[i].offset == outputs[o].offset && inputs[i].bytes == outputs[o].bytes;
      const bool allowed = o < step.overlaid && i < 32 && (step.in_place >> i & 1u) != 0;
      if (!same || !allowed)
        fail(step, "its output " + name_of_value(outputs[o].value) + " overwrites its input " +
                       name_of_value(inputs[i].value));
    }
    for (std::size_t other = 0; other < o; ++other)
      if (overlap(outputs[other], outputs[o]))
        fail(step, "its outputs " + name_of_value(outputs[other].value) + " and " + name_of_value(outputs[o].value) +
                       " overlap");
  }
}

void Walk::visit(const Step& step) {
  std::vector<Address> inputs;
  std::vector<Address> outputs;
  for (const Address& address : plan_.inputs_of(step)) inputs.push_back(placed(address));
  for (const Address& address : plan_.outputs_of(step)) outputs.push_back(placed(address));
  for (const Address& input : inputs)
    if (!is_nothing(input)) read(step, input);
  check_outputs(step, inputs, outputs);
  const Address scratch{Base::workspace, 0, step.scratch, step.kernel->workspace_bytes(), scratch_value};
  if (!is_nothing(scratch)) {
    check_outputs(step, inputs, {&scratch, 1});
    for (const Address& output : outputs)
      if (overlap(scratch, output)) fail(step, name_of_value(output.value) + " lies on its workspace");
    shadow_of(scratch, step)->write(scratch.offset, scratch.offset + scratch.bytes, scratch_value);
  }
  for (const Address& output : outputs) {
    if (is_nothing(output)) continue;
    Shadow* const shadow = shadow_of(output, step);
    if (shadow == nullptr) fail(step, "it writes " + name_of_value(output.value) + " into what may only be read");
    shadow->write(output.offset, output.offset + output.bytes, output.value);
  }
}

void Walk::check_end() {
  const auto check = [&](const Shadow& shadow, std::size_t bytes, std::uint32_t wanted, const std::string& what) {
    const std::uint32_t found = bytes == 0 ? wanted : shadow.content(0, bytes, wanted);
    if (found != wanted)
      throw InternalError("The memory plan is wrong: " + what + " holds " + name_of_value(found) + " in the end, not " +
                          name_of_value(wanted));
  };
  for (std::size_t i = 0; wanted_ && i < outputs_.size(); ++i)
    check(outputs_[i], plan_.outputs()[i].bytes(), plan_.output_values()[i], "output " + std::to_string(i));
  for (std::size_t i = 0; i < variables_.size(); ++i)
    check(variables_[i], plan_.variable_values()[i].bytes, plan_.variable_values()[i].after,
          "variable " + std::to_string(i));
}

}  // namespace

void check_plan(const Plan& plan) {
  Walk(plan, true).run();
  Walk(plan, false).run();
}

}  // namespace keratin::inline v0::runtime

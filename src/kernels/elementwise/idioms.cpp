#include "kernels/elementwise/idioms.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>

namespace keratin::inline v0::kernels {
namespace {

using graph::Instruction;
using graph::ScalarOp;

/// Looks for idioms from the last of their instructions backwards.
class Matcher {
 public:
  Matcher(std::span<const Instruction> code, std::size_t inputs, std::span<const char> uniform)
      : code_(code), inputs_(inputs), uniform_(uniform), reads_(code.size(), 0), ends_(code.size(), 0) {
    for (const Instruction& instruction : code)
      for (std::size_t i = 0; i < static_cast<std::size_t>(graph::arguments_of(instruction.op)); ++i)
        if (const std::int16_t argument = instruction.arguments[i]; has_instruction(argument))
          ++reads_[place(argument)];
  }

  std::optional<IdiomMatch> match(std::size_t root) {
    way_.clear();
    const Instruction& instruction = code_[root];
    if (instruction.dtype != float32) return std::nullopt;
    switch (instruction.op) {
      case ScalarOp::add:
        if (const auto found = blend(instruction.arguments[0], instruction.arguments[1])) return found;
        return blend(instruction.arguments[1], instruction.arguments[0]);
      case ScalarOp::subtract:
        return descend(instruction);
      case ScalarOp::select:
        return gate(instruction);
      default:
        return std::nullopt;
    }
  }

  /// Takes what match() found: another idiom doesn't go on from its end. Gives the instructions on its way.
  std::span<const std::size_t> take(std::size_t root) noexcept {
    ends_[root] = 1;
    return way_;
  }

 private:
  std::size_t place(std::int16_t argument) const noexcept { return static_cast<std::size_t>(argument) - inputs_; }
  bool has_instruction(std::int16_t argument) const noexcept {
    return argument >= 0 && static_cast<std::size_t>(argument) >= inputs_;
  }
  bool is_number(std::int16_t argument) const noexcept { return uniform_[static_cast<std::size_t>(argument)] != 0; }
  bool are_elements(std::initializer_list<std::int16_t> arguments) const noexcept {
    return std::none_of(arguments.begin(), arguments.end(),
                        [this](std::int16_t argument) { return is_number(argument); });
  }

  /// The instruction that gives the value, if it is such an op of float32 that nobody else reads.
  const Instruction* inner(std::int16_t value, ScalarOp op) {
    if (!has_instruction(value)) return nullptr;
    const Instruction& instruction = code_[place(value)];
    if (instruction.op != op || instruction.dtype != float32 || instruction.output >= 0) return nullptr;
    if (reads_[place(value)] != 1 || ends_[place(value)] != 0) return nullptr;
    way_.push_back(place(value));
    return &instruction;
  }

  /// One of a commutative instruction's arguments that is a number, then the other one.
  std::optional<std::pair<std::int16_t, std::int16_t>> number_and_other(const Instruction& instruction) const {
    const auto [a, b, c] = instruction.arguments;
    if (is_number(b) && !is_number(a)) return std::pair{b, a};
    if (is_number(a) && !is_number(b)) return std::pair{a, b};
    return std::nullopt;
  }

  std::optional<IdiomMatch> blend(std::int16_t x, std::int16_t change);
  std::optional<IdiomMatch> descend(const Instruction& root);
  std::optional<IdiomMatch> gate(const Instruction& root) {
    const Instruction* const condition = inner(root.arguments[0], ScalarOp::greater);
    if (condition == nullptr || !is_number(condition->arguments[1]) || !is_number(root.arguments[2]) ||
        !are_elements({condition->arguments[0], root.arguments[1]}))
      return std::nullopt;
    return IdiomMatch{
        Idiom::gate, 2, 2, {condition->arguments[0], root.arguments[1], condition->arguments[1], root.arguments[2]}};
  }

  std::span<const Instruction> code_;
  std::size_t inputs_;
  std::span<const char> uniform_;
  std::vector<int> reads_;
  std::vector<char> ends_;  ///< of idioms
  std::vector<std::size_t> way_;
};

std::optional<IdiomMatch> Matcher::blend(std::int16_t x, std::int16_t change) {
  way_.clear();
  const Instruction* const product = inner(change, ScalarOp::multiply);
  if (product == nullptr) return std::nullopt;
  const auto factor = number_and_other(*product);
  if (!factor) return std::nullopt;
  const Instruction* const difference = inner(factor->second, ScalarOp::subtract);
  if (difference == nullptr || difference->arguments[1] != x) return std::nullopt;
  const std::int16_t to = difference->arguments[0];
  if (!are_elements({x, to})) return std::nullopt;
  if (const Instruction* const square = inner(to, ScalarOp::square))
    return IdiomMatch{Idiom::blend_square, 2, 1, {x, square->arguments[0], factor->first}};
  return IdiomMatch{Idiom::blend, 2, 1, {x, to, factor->first}};
}

std::optional<IdiomMatch> Matcher::descend(const Instruction& root) {
  const Instruction* const quotient = inner(root.arguments[1], ScalarOp::divide);
  if (quotient == nullptr) return std::nullopt;
  const Instruction* const above = inner(quotient->arguments[0], ScalarOp::multiply);
  const Instruction* const below = inner(quotient->arguments[1], ScalarOp::add);
  if (above == nullptr || below == nullptr) return std::nullopt;
  const auto step = number_and_other(*above);
  const auto epsilon = number_and_other(*below);
  if (!step || !epsilon) return std::nullopt;
  const Instruction* const root_of = inner(epsilon->second, ScalarOp::sqrt);
  if (root_of == nullptr || !are_elements({root.arguments[0], root_of->arguments[0]})) return std::nullopt;
  return IdiomMatch{
      Idiom::descend, 3, 2, {root.arguments[0], step->second, root_of->arguments[0], step->first, epsilon->first}};
}

}  // namespace

Idioms::Idioms(std::span<const Instruction> code, std::size_t inputs, std::span<const char> uniform)
    : matches_(code.size()), inside_(code.size(), 0) {
  Matcher matcher(code, inputs, uniform);
  for (std::size_t i = 0; i < code.size(); ++i) {
    const std::optional<IdiomMatch> found = matcher.match(i);
    if (!found) continue;
    matches_[i] = *found;
    for (const std::size_t instruction : matcher.take(i)) inside_[instruction] = 1;
  }
}

}  // namespace keratin::inline v0::kernels

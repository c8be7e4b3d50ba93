#include <algorithm>
#include <bit>
#include <functional>

#include "compile/rules.h"

namespace keratin::inline v0::compile {

using graph::Attribute;
using graph::Node;
using graph::OpDef;
using graph::ValueId;

namespace {

/// As ==, but numbers by their bits: −0 is not 0, and NaN is NaN.
bool same(const Attribute& a, const Attribute& b) {
  const auto* const x = std::get_if<double>(&a.value);
  const auto* const y = std::get_if<double>(&b.value);
  if (x == nullptr || y == nullptr) return a == b;
  return a.name == b.name && std::bit_cast<std::uint64_t>(*x) == std::bit_cast<std::uint64_t>(*y);
}

bool same_inputs(const OpDef& op, std::span<const ValueId> a, std::span<const ValueId> b) {
  if (std::equal(a.begin(), a.end(), b.begin(), b.end())) return true;
  return op.commutative && a.size() == 2 && b.size() == 2 && a[0] == b[1] && a[1] == b[0];
}

bool may_merge(const OpDef& op) { return !op.random && &op != &graph::input_op && &op != &graph::constant_op; }

}  // namespace

std::size_t EqualNodes::hash(const OpDef& op, std::span<const ValueId> inputs,
                             std::span<const Attribute> attributes) const {
  const auto mix = [](std::size_t sum, std::size_t more) { return (sum ^ more) * 0x9e3779b97f4a7c15u; };
  std::size_t sum = std::hash<const void*>()(&op);
  if (op.commutative && inputs.size() == 2) {
    sum = mix(mix(sum, std::min(inputs[0], inputs[1])), std::max(inputs[0], inputs[1]));
  } else {
    for (const ValueId value : inputs) sum = mix(sum, value);
  }
  // The numbers that tell leaves and scaled things apart; the rest is left to the comparison.
  for (const Attribute& attribute : attributes) {
    if (const auto* const number = std::get_if<double>(&attribute.value)) sum = mix(sum, std::hash<double>()(*number));
    if (const auto* const integer = std::get_if<std::int64_t>(&attribute.value))
      sum = mix(sum, static_cast<std::size_t>(*integer));
  }
  return sum;
}

const Node* EqualNodes::find(const Candidate& candidate) const {
  const Node& node = candidate.node;
  if (!may_merge(*node.op)) return nullptr;
  const auto [first, last] = nodes_.equal_range(hash(*node.op, candidate.inputs, node.attributes));
  for (auto entry = first; entry != last; ++entry) {
    const Node& other = graph_.node(entry->second);
    if (other.op != node.op || !same_inputs(*node.op, other.inputs, candidate.inputs)) continue;
    if (!std::equal(other.attributes.begin(), other.attributes.end(), node.attributes.begin(), node.attributes.end(),
                    same))
      continue;
    bool equal = other.outputs == candidate.specs.size();
    for (std::uint32_t i = 0; equal && i < other.outputs; ++i)
      equal = graph_.spec(other.first_output + i) == candidate.specs[i];
    if (equal) return &other;
  }
  return nullptr;
}

void EqualNodes::add(graph::NodeId id) {
  const Node& node = graph_.node(id);
  if (may_merge(*node.op)) nodes_.emplace(hash(*node.op, node.inputs, node.attributes), id);
}

}  // namespace keratin::inline v0::compile

#include "session/traces.h"

#include <algorithm>
#include <bit>

#include "graph/variable_of.h"

namespace keratin::inline v0::session {
namespace {

bool matches(const graph::Spec& signature, const graph::Spec& input) noexcept {
  if (signature.dtype != input.dtype || signature.shape.rank() != input.shape.rank()) return false;
  const auto a = signature.shape.dims();
  const auto b = input.shape.dims();
  return a.empty() || std::equal(a.begin() + 1, a.end(), b.begin() + 1);
}

std::string inputs(std::size_t count) { return std::to_string(count) + (count == 1 ? " input" : " inputs"); }

constexpr std::string_view same_count =
    "Give the same number of arrays in each call, or make a function for each number";
constexpr std::string_view same_dtype = "Give the same dtype in each call: array.astype(kt::float32)";
constexpr std::string_view same_rank = "Give the same number of dimensions in each call: array.reshaped({-1, …})";
constexpr std::string_view same_sizes =
    "Only the first size, the batch, is free. Pad or cut the others to one size (utils::pad_sequences), or to a few of "
    "them";

std::string_view advice_for(const graph::Spec& kept, const graph::Spec& wanted) noexcept {
  if (kept.dtype != wanted.dtype) return same_dtype;
  return kept.shape.rank() != wanted.shape.rank() ? same_rank : same_sizes;
}

}  // namespace

std::vector<graph::Spec> signature_of(std::span<const graph::Spec> inputs) {
  std::vector<graph::Spec> signature(inputs.begin(), inputs.end());
  for (graph::Spec& spec : signature)
    if (!spec.shape.empty()) spec.shape[0] = -1;
  return signature;
}

bool matches(std::span<const graph::Spec> signature, std::span<const graph::Spec> inputs) noexcept {
  return std::equal(signature.begin(), signature.end(), inputs.begin(), inputs.end(),
                    [](const graph::Spec& a, const graph::Spec& b) { return matches(a, b); });
}

std::vector<graph::VariableId> variables_of(const graph::Graph& graph) {
  std::vector<graph::VariableId> variables;
  for (const graph::Node& node : graph.nodes())
    if (node.op == &graph::variable_op) variables.push_back(graph::variable_of(node));
  for (const graph::Update& update : graph.updates()) variables.push_back(update.variable);
  std::sort(variables.begin(), variables.end());
  variables.erase(std::unique(variables.begin(), variables.end()), variables.end());
  return variables;
}

TraceCause difference(std::span<const std::unique_ptr<Trace>> kept, std::span<const graph::Spec> signature) {
  TraceCause nearest;
  std::size_t fewest = ~std::size_t{0};
  for (std::size_t k = kept.size(); k-- > 0;) {  // of equally near ones, the one used last
    const std::span<const graph::Spec> other = kept[k]->signature;
    std::string text;
    std::string_view advice = same_count;
    std::size_t count = 0;
    if (other.size() != signature.size()) {
      text = inputs(other.size()) + " became " + inputs(signature.size());
      count = std::max(other.size(), signature.size()) + 1;
    }
    for (std::size_t i = 0; i < std::min(other.size(), signature.size()) && other.size() == signature.size(); ++i) {
      if (other[i] == signature[i]) continue;
      if (count == 0) advice = advice_for(other[i], signature[i]);
      text += (count++ > 0 ? "; input " : "input ") + std::to_string(i) + ": " + to_string(other[i]) + " became " +
              to_string(signature[i]);
    }
    if (count >= fewest) continue;
    fewest = count;
    nearest = {std::move(text), advice};
  }
  return nearest;
}

bool RetraceWatch::record(bool retraced) noexcept {
  last_ = (last_ << 1 | (retraced ? 1U : 0U)) & ((1U << window) - 1);
  if (!retraced) return false;
  ++retraces_;
  if (std::popcount(last_) < limit || retraces_ < next_warning_) return false;
  next_warning_ = 2 * retraces_;
  return true;
}

}  // namespace keratin::inline v0::session

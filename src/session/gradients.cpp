#include "graph/gradients.h"

#include <utility>

#include "keratin/ops/math.h"
#include "keratin/session/session.h"
#include "ops/registry.h"
#include "session/core_impl.h"
#include "session/session_builder.h"

namespace keratin::inline v0 {
namespace {

graph::Builder& builder_of_target(const Tensor& target) {
  if (graph::Access::is_weak(target))
    throw ValueError("gradients: the target is a C++ number, on which no variable has an influence. Received: " +
                     std::to_string(graph::Access::number(target)));
  return graph::builder_of(target, "gradients");
}

}  // namespace

std::vector<Tensor> gradients(const Tensor& target, std::span<const Tensor> sources) {
  builder_of_target(target);
  if (sources.empty()) return {};
  std::vector<Tensor> result = graph::gradients(target, sources, ops::gradient_ops());
  for (std::size_t i = 0; i < result.size(); ++i)
    if (result[i].is_empty()) result[i] = ops::zeros_like(sources[i]);
  return result;
}

std::vector<Tensor> gradients(const Tensor& target, std::span<const Variable> sources) {
  graph::Builder& builder = builder_of_target(target);
  std::vector<Tensor> values;
  values.reserve(sources.size());
  for (const Variable& source : sources) {
    const session::VariableState& state = session::Inner::state(source);
    session::check_session(builder, session::Inner::core(source), "the variable '" + state.path + "'");
    values.push_back(builder.read(state.id, state.spec, state.path));
  }
  return gradients(target, std::span<const Tensor>(values));
}

Tensor constant(const Array& array) { return graph::Builder::current_or_throw("constant").constant(array); }

std::vector<Tensor> gradients(const Tensor& target, const std::vector<Variable>& sources) {
  return gradients(target, std::span<const Variable>(sources));
}
std::vector<Tensor> gradients(const Tensor& target, const std::vector<Tensor>& sources) {
  return gradients(target, std::span<const Tensor>(sources));
}
std::vector<Tensor> gradients(const Tensor& target, std::initializer_list<Variable> sources) {
  return gradients(target, std::span<const Variable>(sources.begin(), sources.size()));
}
std::vector<Tensor> gradients(const Tensor& target, std::initializer_list<Tensor> sources) {
  return gradients(target, std::span<const Tensor>(sources.begin(), sources.size()));
}

}  // namespace keratin::inline v0

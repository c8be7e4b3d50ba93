#pragma once

#include <algorithm>
#include <vector>

#include "graph/gradients.h"
#include "graph/op.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "ops/apply.h"
#include "ops/elementwise.h"
#include "ops/registry.h"

namespace keratin::inline v0::ops::detail {

/// The value itself as a node of its own: what is computed of it depends on no other input, whatever those stem from.
inline Tensor apart(const Tensor& x) { return apply(elementwise_op(graph::ScalarOp::identity), {x}); }

/// Σ xᵢ·gᵢ, of those pairs of which neither is empty. At least one isn't.
inline Tensor inner_product(std::span<const Tensor> x, std::span<const Tensor> g) {
  Tensor total;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i].is_empty() || g[i].is_empty()) continue;
    const Tensor part = sum(x[i] * g[i]);
    total = total.is_empty() ? part : total + part;
  }
  return total;
}

/// The gradient rule of an op whose kernel does what `compose` writes with ops that have rules themselves: from the
/// op's inputs, its outputs (empty: nobody differentiates that one).
template <class F>
void pull_back(graph::GradientContext& c, F&& compose) {
  std::vector<Tensor> inputs;
  std::vector<Tensor> gradients_of_outputs;
  for (const Tensor& input : c.inputs) inputs.push_back(is_floating(input.dtype()) ? apart(input) : input);
  for (const Tensor& gradient : c.output_gradients)
    gradients_of_outputs.push_back(gradient.is_empty() ? gradient : apart(gradient));
  const std::vector<Tensor> outputs = compose(std::span<const Tensor>(inputs));
  const Tensor target = inner_product(outputs, gradients_of_outputs);
  if (target.is_empty()) return;
  std::vector<Tensor> sources;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (c.needed[i]) sources.push_back(inputs[i]);
  const std::vector<Tensor> found = graph::gradients(target, sources, gradient_ops());
  std::size_t next = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (c.needed[i]) c.input_gradients[i] = found[next++];
}

}  // namespace keratin::inline v0::ops::detail

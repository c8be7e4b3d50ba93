#include "optimizers/sparse.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "graph/attributes.h"
#include "graph/builder.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"

namespace keratin::inline v0::optimizers {
namespace {

/// The squares of a sum of gradients of rows; empty where it is something else.
Tensor squares_of_rows(graph::Builder& builder, graph::ValueId value) {
  const graph::Node& node = builder.graph().producer(value);
  const std::string_view op = node.op->name;
  // Copies: what is appended moves the graph's memory.
  const std::vector<graph::ValueId> inputs(node.inputs.begin(), node.inputs.end());
  if (op == "add" && inputs.size() == 2) {
    const Tensor first = squares_of_rows(builder, inputs[0]);
    if (first.is_empty()) return {};
    const Tensor second = squares_of_rows(builder, inputs[1]);
    return second.is_empty() ? Tensor() : first + second;
  }
  if (op != "take_gradient" || graph::Attributes(node.attributes).get<std::int64_t>("axis") != 0) return {};
  const graph::OpDef& definition = *node.op;
  const std::vector<graph::Attribute> attributes(node.attributes.begin(), node.attributes.end());
  const std::vector<Tensor> given{ops::square(builder.tensor(inputs[0])), builder.tensor(inputs[1]),
                                  builder.tensor(inputs[2])};
  return builder.append_one(definition, given, attributes);
}

}  // namespace

Tensor squared(const Tensor& gradient) {
  graph::Builder& builder = graph::builder_of(gradient, "an optimizer's step");
  const Tensor of_rows = squares_of_rows(builder, builder.id(gradient));
  return of_rows.is_empty() ? ops::square(gradient) : of_rows;
}

}  // namespace keratin::inline v0::optimizers

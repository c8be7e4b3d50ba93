#include "graph/op.h"

#include "graph/graph.h"

namespace keratin::inline v0::graph {
namespace {

std::string message(const InferContext& context, const std::string& problem) {
  std::string text = std::string(context.op.name) + ": " + problem + ". Received: ";
  if (context.inputs.empty()) text += "no input";
  for (std::size_t i = 0; i < context.inputs.size(); ++i) {
    if (i > 0) text += ", ";
    text += to_string(context.inputs[i]);
  }
  for (const Attribute& attribute : context.attributes.all()) text += ", " + to_string(attribute);
  return text;
}

}  // namespace

void InferContext::fail_shape(const std::string& problem) const { throw ShapeError(message(*this, problem)); }

void InferContext::fail_dtype(const std::string& problem) const { throw DTypeError(message(*this, problem)); }

void infer(const OpDef& op, std::span<const Attribute> attributes, std::span<const Spec> inputs,
           std::span<Spec> outputs) {
  if (op.inputs >= 0 && inputs.size() != static_cast<std::size_t>(op.inputs))
    throw ValueError(std::string(op.name) + ": takes " + std::to_string(op.inputs) +
                     " inputs. Received: " + std::to_string(inputs.size()));
  if (op.infer == nullptr) throw InternalError(std::string(op.name) + ": has no shape rule; its specs are given to it");
  op.infer({op, Attributes(attributes), inputs, outputs});
}

}  // namespace keratin::inline v0::graph

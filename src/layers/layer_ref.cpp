// What a layer's calls on symbolic tensors took and gave.
#include <string>
#include <utility>

#include "graph/builder.h"
#include "keratin/core/error.h"
#include "keratin/layers/layer.h"
#include "layers/layer_call.h"
#include "session/core.h"
#include "session/session_builder.h"

namespace keratin::inline v0 {
namespace {

/// The node that stands for the layer's only call; throws where there are none or several.
const graph::Node& only_call(const graph::Builder& builder, const Layer& layer, const char* what) {
  const graph::Node* found = nullptr;
  std::size_t calls = 0;
  for (const graph::Node& node : builder.graph().nodes()) {
    if (!layers::is_call_of(node, layer)) continue;
    found = &node;
    ++calls;
  }
  if (calls == 1) return *found;
  throw ValueError("Only a layer that was called once on symbolic tensors has an " + std::string(what) + ". Layer '" +
                   layer.path() + "' was called " + std::to_string(calls) + " times");
}

const Tensor& only(const std::vector<Tensor>& tensors, const std::string& path, const char* what) {
  if (tensors.size() == 1) return tensors.front();
  throw ValueError("Layer '" + path + "' has " + std::to_string(tensors.size()) + " " + what + "s. Take them with " +
                   what + "s()");
}

}  // namespace

std::vector<Tensor> LayerRef::inputs() const {
  const Layer& layer = **this;
  const session::Core::Entry entry(session::Inner::core(layer));
  const graph::Builder& builder = session::Inner::core(layer).functional_builder();
  const graph::Node& node = only_call(builder, layer, "input");
  std::vector<Tensor> tensors;
  for (std::size_t i = 0; i < layers::input_count(node); ++i) tensors.push_back(builder.tensor(node.inputs[i]));
  return tensors;
}

std::vector<Tensor> LayerRef::outputs() const {
  const Layer& layer = **this;
  const session::Core::Entry entry(session::Inner::core(layer));
  const graph::Builder& builder = session::Inner::core(layer).functional_builder();
  const graph::Node& node = only_call(builder, layer, "output");
  std::vector<Tensor> tensors;
  for (std::uint32_t i = 0; i < node.outputs; ++i) tensors.push_back(builder.tensor(node.first_output + i));
  return tensors;
}

Tensor LayerRef::input() const { return only(inputs(), (*this)->path(), "input"); }
Tensor LayerRef::output() const { return only(outputs(), (*this)->path(), "output"); }

}  // namespace keratin::inline v0

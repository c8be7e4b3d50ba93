#pragma once

#include <functional>
#include <string>
#include <vector>

#include "keratin/core/config.h"
#include "keratin/graph/tensor.h"
#include "keratin/layers/layer.h"

namespace keratin::inline v0::layers {

/// The tensor that a `__keras_tensor__` object in a file refers to.
using TensorOf = std::function<Tensor(const Config& keras_history)>;

/// True for an object of this special class: "__keras_tensor__", "__slice__", ….
bool is_special(const ConfigValue& value, std::string_view class_name);

/// The tensors in a value, in Keras's flattened order (lists in order, dictionaries by sorted key); constants become
/// tensors of the current graph.
void flatten_tensors(const ConfigValue& value, const TensorOf& tensor_of, std::vector<Tensor>& tensors);

/// A layer's call as a file has it.
struct FileCall {
  std::vector<Tensor> inputs;
  CallOptions options;
};
/// Of a node, {"args": […], "kwargs": {…}}, whose tensors are all there. Throws ValueError for an argument that the
/// layer's call doesn't take.
FileCall read_call(const std::string& class_name, const Config& node, const TensorOf& tensor_of);

}  // namespace keratin::inline v0::layers

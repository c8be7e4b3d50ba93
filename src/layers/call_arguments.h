#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "keratin/core/config.h"
#include "keratin/graph/tensor.h"
#include "keratin/layers/layer.h"
#include "layers/layer_call.h"

namespace keratin::inline v0::layers {

/// The tensor that a `__keras_tensor__` object in a file refers to.
using TensorOf = std::function<Tensor(const Config& keras_history)>;

/// True for an object of this special class: "__keras_tensor__", "__slice__", ….
bool is_special(const ConfigValue& value, std::string_view class_name);

/// The tensors in a value, in Keras's flattened order (lists in order, dictionaries by sorted key); constants become
/// tensors of the current graph.
void flatten_tensors(const ConfigValue& value, const TensorOf& tensor_of, std::vector<Tensor>& tensors);

/// A layer's call of a node, {"args": […], "kwargs": {…}}, whose tensors are all there. Throws ValueError for an
/// argument that the layer's call doesn't take.
LayerCall read_call(const std::string& class_name, const Config& node, const TensorOf& tensor_of);

/// A tensor as a file refers to it.
using ConfigOf = std::function<ConfigValue(const Tensor& tensor)>;

/// The other way round: the node of a layer's call. With `keys` the inputs are a dictionary.
Config call_config(const std::string& class_name, const LayerCall& call, std::span<const std::string> keys,
                   const ConfigOf& config_of);

}  // namespace keratin::inline v0::layers

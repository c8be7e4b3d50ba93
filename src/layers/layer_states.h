#pragma once

#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/export.h"
#include "keratin/layers/layer.h"
#include "keratin/session/variable.h"

namespace keratin::inline v0::layers {

/// This layer and those below it, each once.
KERATIN_API std::vector<Layer*> all_layers(Layer& layer);
/// Those of them that keep states from batch to batch, each once.
KERATIN_API std::vector<Layer*> stateful_layers(Layer& layer);

/// Sets marked rows of a state (none marked: all) to those of `values`, or to 0 where that is nullptr. Rows and values
/// have the state's shape and dtype. Takes no memory for a state that has none yet and stays 0.
KERATIN_API void set_state_rows(const Variable& state, const std::vector<bool>& rows, const Array* values);
/// Throws ShapeError, naming the layer, unless there are no marks or one for each row of the layer's states.
KERATIN_API void check_state_rows(const Layer& layer, const std::vector<bool>& rows);

}  // namespace keratin::inline v0::layers

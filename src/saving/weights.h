#pragma once

#include "keratin/layers/layer.h"
#include "saving/hdf5.h"

namespace keratin::inline v0::saving {

/// Reads all of a model's weights into its variables. Everything is checked first: each weight must be in the file,
/// with its shape and a dtype that converts, and no layer may have more there; groups of other things are ignored.
/// Throws FileError, ShapeError or DTypeError naming the path in the file and the weight.
void load_weights(const Layer& model, const Hdf5File& file);

}  // namespace keratin::inline v0::saving

#pragma once

#include <memory>
#include <string>

#include "saving/hdf5.h"
#include "saving/hdf5_driver.h"
#include "training/live_model.h"

namespace keratin::inline v0::saving {

/// Reads all of a model's weights into its variables, and its optimizer's state if it is compiled. Everything is
/// checked first: each weight must be in the file, with its shape and a dtype that converts, and no layer may have more
/// there; groups of other things are ignored. Throws FileError, ShapeError or DTypeError naming the path in the file
/// and the weight. With `skip_mismatch` layers that don't fit keep theirs, with a warning.
void load_weights(const training::LiveModel& model, const Hdf5File& file, bool skip_mismatch = false);

/// Writes all of a model's weights as Keras does, and its optimizer's state if it is compiled. `name` is for messages.
void save_weights(const training::LiveModel& model, std::unique_ptr<RandomOutput> output, const std::string& name,
                  bool with_optimizer);

}  // namespace keratin::inline v0::saving

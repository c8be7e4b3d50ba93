#pragma once

#include <source_location>
#include <string>
#include <vector>

#include "keratin/core/export.h"
#include "keratin/session/session.h"
#include "keratin/training/custom.h"
#include "keratin/training/model.h"

namespace keratin::inline v0 {

/// What load_model takes, in Keras's order.
struct LoadOptions {
  /// The user's own classes and functions: `{kt::custom<Residual>("Residual"), kt::custom("double_relu", function)}`.
  std::vector<CustomObject> custom_objects = {};
  /// Compiles the model as the file says. What can't be restored leaves it uncompiled, with one warning that says which
  /// part and what to give.
  bool compile = true;
  /// Python code in a file is never run. Without safe_mode a custom class may take its place:
  /// `kt::custom<T>("Lambda")`.
  bool safe_mode = true;
};

/// A model that Keras saved: a `.keras` file, or a folder of the same members. Everything is checked before anything is
/// built, and where something fails nothing is left. Throws FileError for a file that is damaged or of another kind,
/// ValueError naming layer and option for what can't be made, ShapeError or DTypeError for weights that don't fit.
/// `keras.saving.load_model`.
KERATIN_API Model load_model(Session& session, const std::string& path, const LoadOptions& options = {},
                             std::source_location where = std::source_location::current());

}  // namespace keratin::inline v0

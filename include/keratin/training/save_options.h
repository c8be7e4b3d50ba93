#pragma once

#include <optional>

namespace keratin::inline v0 {

/// What Model::save takes besides the path, in Keras's order; ours last.
struct SaveOptions {
  bool overwrite = true;                      ///< without it, throws FileError where there is something already
  std::optional<bool> zipped = std::nullopt;  ///< a `.keras` file, the default; or a folder of the same members
  bool include_optimizer = true;              ///< how the model was compiled, and the optimizer's state
};

struct SaveWeightsOptions {
  bool overwrite = true;  ///< without it, throws FileError where there is something already
};

struct LoadWeightsOptions {
  /// Layers whose weights differ in number or shape, or aren't in the file, keep theirs, with a warning.
  bool skip_mismatch = false;
};

}  // namespace keratin::inline v0

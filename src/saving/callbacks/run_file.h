#pragma once

#include <filesystem>

#include "training/run_state.h"

namespace keratin::inline v0::saving {

/// A run's state as a file of its own kind, a zip archive of a description and the variables' bytes. It appears whole
/// or not at all. Throws FileError.
void write_run(const std::filesystem::path& path, const training::RunState& state);
/// Throws FileError for a file that can't be read, is damaged, or of another kind.
training::RunState read_run(const std::filesystem::path& path);

}  // namespace keratin::inline v0::saving

#pragma once

#include <cstddef>

#include "keratin/core/config.h"
#include "keratin/training/compile_options.h"
#include "training/live_model.h"

namespace keratin::inline v0::saving {

/// What compile() was given for a model of so many outputs, as a file has it. Throws ValueError, naming the part, for
/// what isn't known.
CompileOptions compile_options(const Config& compile_config, std::size_t outputs);

/// The other way round: what Keras's config of a model says of its compiling; empty for one that isn't compiled.
/// Throws ValueError for what has no description.
Config compile_config(const training::LiveModel& model);

}  // namespace keratin::inline v0::saving

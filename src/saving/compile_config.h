#pragma once

#include <span>
#include <string>

#include "keratin/core/config.h"
#include "keratin/training/compile_options.h"
#include "training/live_model.h"

namespace keratin::inline v0::saving {

/// What compile() was given for a model of these outputs, as a file has it. Throws ValueError, naming the part, for
/// what isn't there.
CompileOptions compile_options(const Config& compile_config, std::span<const std::string> outputs);

/// The other way round: what Keras's config of a model says of its compiling; empty for one that isn't compiled.
Config compile_config(const training::LiveModel& model);

}  // namespace keratin::inline v0::saving

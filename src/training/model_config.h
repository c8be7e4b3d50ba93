#pragma once

#include <functional>
#include <memory>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "training/live_model.h"

namespace keratin::inline v0::training {

/// What Keras's get_config of a model describes; nothing of it is built.
KERATIN_API std::unique_ptr<LiveModel> described_model(const Config& config);

/// Makes it live, and does with it what `prepare` says. Nothing is left where that throws.
KERATIN_API Model adopted_model(session::Core& core, std::unique_ptr<LiveModel> model, SourceLine where,
                                const std::function<void(LiveModel&)>& prepare);

}  // namespace keratin::inline v0::training

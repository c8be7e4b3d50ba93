#pragma once

#include <string>

#include "keratin/training/model.h"

namespace keratin::inline v0::training {

/// Keras's table: a line a layer with its output shape and number of parameters, then the totals.
std::string summary_of(LiveModel& model, const SummaryOptions& options);

}  // namespace keratin::inline v0::training

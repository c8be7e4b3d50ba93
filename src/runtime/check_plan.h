#pragma once

#include "runtime/plan.h"

namespace keratin::inline v0::runtime {

/// Follows the steps' addresses alone, byte range by byte range, with every output wanted and with none: each value
/// that is read must have been written before and not overwritten since, and variables and outputs must hold what they
/// should in the end. Throws InternalError that names the step and the values. Runs on every plan, and shares nothing
/// with the code that made it.
void check_plan(const Plan& plan);

}  // namespace keratin::inline v0::runtime

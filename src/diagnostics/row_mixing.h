#pragma once

#include <vector>

#include "diagnostics/probe.h"
#include "keratin/diagnostics/contamination.h"

namespace keratin::inline v0::diagnostics {

/// Finds out what mixes the rows of a batch (of two rows or more), by changing all but the first one: in the whole
/// model, and in each of its layers by itself.
void find_mixing(Probe& probe, const std::vector<Array>& batch, ContaminationReport& report);

}  // namespace keratin::inline v0::diagnostics

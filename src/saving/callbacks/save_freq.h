#pragma once

#include <cstdint>

#include "keratin/saving/save_freq.h"

namespace keratin::inline v0::saving {

/// Throws ValueError, which begins with `owner`, for a number of batches below 1.
void check(const callbacks::SaveFreq& freq, const char* owner);
/// Counts a batch that has ended, or with steps_per_execution several; true where it is time to save.
bool is_due(const callbacks::SaveFreq& freq, std::int64_t batch, std::int64_t& last_batch, std::int64_t& batches_since);

}  // namespace keratin::inline v0::saving

#include "saving/callbacks/save_freq.h"

#include <string>
#include <string_view>

#include "keratin/core/error.h"

namespace keratin::inline v0 {

callbacks::SaveFreq::SaveFreq(const char* text) {
  if (text == nullptr || std::string_view(text) != "epoch")
    throw ValueError("save_freq is \"epoch\" or a number of batches. Received: " +
                     (text == nullptr ? std::string("nullptr") : "'" + std::string(text) + "'"));
}

namespace saving {

void check(const callbacks::SaveFreq& freq, const char* owner) {
  if (!freq.is_epoch() && freq.batches() < 1)
    throw ValueError(std::string(owner) + ": `save_freq` is \"epoch\" or at least one batch. Received: save_freq=" +
                     std::to_string(freq.batches()));
}

bool is_due(const callbacks::SaveFreq& freq, std::int64_t batch, std::int64_t& last_batch,
            std::int64_t& batches_since) {
  if (freq.is_epoch()) return false;
  // Another epoch counts from 0 again.
  batches_since += batch <= last_batch ? batch + 1 : batch - last_batch;
  last_batch = batch;
  if (batches_since < freq.batches()) return false;
  batches_since = 0;
  return true;
}

}  // namespace saving
}  // namespace keratin::inline v0

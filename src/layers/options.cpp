#include "layers/options.h"

#include "keratin/core/error.h"

namespace keratin::inline v0::layers {

ConfigValue config_of(DataFormat format) {
  return format == DataFormat::channels_first ? "channels_first" : "channels_last";
}

DataFormat data_format_from(const ConfigValue& config) {
  if (config.is_none() || config.as_text() == "channels_last") return DataFormat::channels_last;
  if (config.as_text() == "channels_first") return DataFormat::channels_first;
  throw ValueError("It must be 'channels_last' or 'channels_first'. Received: '" + config.as_text() + "'");
}

}  // namespace keratin::inline v0::layers

#pragma once

#include <cstdint>
#include <string_view>

#include "keratin/core/choice.h"

namespace keratin::inline v0 {

namespace detail {
struct DataFormatNames {
  enum Value : std::uint8_t { channels_last, channels_first };
  static constexpr std::string_view names[] = {"channels_last", "channels_first"};
};
}  // namespace detail

/// Where the channels of images and sequences are: (batch, …, channels) or (batch, channels, …). Keras's
/// `data_format`, by name ("channels_first") or value (DataFormat::channels_first).
class DataFormat : public Choice<detail::DataFormatNames> {
 public:
  KERATIN_CHOICE_NAMES(DataFormat, detail::DataFormatNames, "data format")
};

}  // namespace keratin::inline v0

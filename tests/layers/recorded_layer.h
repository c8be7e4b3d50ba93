#pragma once

#include <string_view>
#include <vector>

#include "keratin/core/shape.h"

namespace keratin::test {

/// What Keras gives for a layer: its get_config without name, trainable and dtype, as keratin::to_string writes it, and
/// its result for wave(input shape) with weights wave(shape, 0.5, 0.1).
struct RecordedLayer {
  std::string_view name;
  std::string_view config;
  Shape shape;
  std::vector<float> values;
};

}  // namespace keratin::test

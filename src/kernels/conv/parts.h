#pragma once

#include <cstdint>
#include <vector>

#include "kernels/conv/direction.h"
#include "kernels/conv/geometry.h"

namespace keratin::inline v0::kernels {

/// A part of a convolution that one thread computes, with where its x and y begin.
struct ConvPart {
  ConvGeometry geometry;
  std::int64_t src = 0;  ///< in elements
  std::int64_t dst = 0;
};

/// Cuts a convolution for this many threads: by batch items, or, going forward on a single one, by rows of the result.
/// Depends on the geometry and the number of threads alone.
std::vector<ConvPart> conv_parts(const ConvGeometry& geometry, ConvDirection direction, int threads);

}  // namespace keratin::inline v0::kernels

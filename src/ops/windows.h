#pragma once

#include <cstdint>
#include <string_view>

#include "graph/attributes.h"
#include "keratin/graph/tensor.h"
#include "keratin/ops/windows.h"

namespace keratin::inline v0::ops::detail {

/// A number for each of `rank` dimensions. Throws ValueError, naming op and option, for another count of them or one
/// below `least`.
graph::Ints spread(const Sizes& sizes, std::size_t rank, std::string_view op, std::string_view option,
                   std::int64_t least = 1);
/// Whether it is "same". Throws ValueError for "causal".
bool is_same(Padding padding, std::string_view op);
/// Spatial dimensions of an input, at most `most`. Throws ShapeError if it hasn't 1 to `most`.
std::size_t spatial_rank(const Tensor& x, std::string_view op, std::size_t most = 3);

/// (batch, channels, space…) with the channels last, and back.
Tensor with_channels_last(const Tensor& x);
Tensor with_channels_first(const Tensor& x);
/// f of x with the channels last, whatever the format.
template <class F>
Tensor in_channels_last(const Tensor& x, DataFormat format, F&& f) {
  return format == DataFormat::channels_first ? with_channels_first(f(with_channels_last(x))) : f(x);
}

}  // namespace keratin::inline v0::ops::detail

#pragma once

#include <complex>

#include "keratin/core/dtype.h"

// Makes std::complex<float> an Element. Apart, as <complex> is a heavy header that few programs need.
namespace keratin::inline v0::detail {

template <>
struct DTypeOf<std::complex<float>> {
  static constexpr DType dtype = DType::complex64;
};

}  // namespace keratin::inline v0::detail

#pragma once

#include "kernels/activation.h"

namespace keratin::inline v0::kernels {

/// What a convolution does with its results before they are stored: y = activation(y · scale + bias), both of the
/// channel.
struct ConvEpilogue {
  bool bias = false;   ///< it is input 2
  bool scale = false;  ///< it is input 3
  Activation activation = Activation::none;
};

}  // namespace keratin::inline v0::kernels

#pragma once

#include "keratin/core/array.h"
#include "keratin/images/images.h"

namespace keratin::inline v0::images {

/// An image (height, width, channels) of uint8 in another size: float32, and with "nearest" uint8. Pixels are taken at
/// their centres, without antialiasing; values are not cut to 0 … 255: `tf.image.resize`.
Array resized(const Array& image, ImageSize size, ImageInterpolation interpolation);
/// The middle part of the same ratio, resized: `keras.utils.image.smart_resize`.
Array resized_with_crop(const Array& image, ImageSize size, ImageInterpolation interpolation);
/// Whole, with zeros around: `tf.image.resize_with_pad`.
Array resized_with_pad(const Array& image, ImageSize size, ImageInterpolation interpolation);

}  // namespace keratin::inline v0::images

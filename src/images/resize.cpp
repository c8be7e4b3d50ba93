#include "images/resize.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace keratin::inline v0::images {
namespace {

/// What one pixel of the result takes from a line of the source.
struct Taps {
  std::int64_t first = 0;
  std::vector<float> weights;
};

float lanczos(float x, float radius) {
  x = std::abs(x);
  if (x > radius) return 0.0f;
  if (x <= 1e-3f) return 1.0f;
  constexpr float pi = std::numbers::pi_v<float>;
  return radius * std::sin(pi * x) * std::sin(pi * x / radius) / (pi * pi * x * x);
}

float gaussian(float x) {
  constexpr float radius = 1.5f;
  constexpr float sigma = radius / 3;
  return std::abs(x) >= radius ? 0.0f : std::exp(-x * x / (2 * sigma * sigma));
}

/// D. P. Mitchell and A. N. Netravali, "Reconstruction filters in computer graphics", 1988, with B = C = 1/3.
float mitchell(float x) {
  x = std::abs(x);
  if (x >= 2) return 0.0f;
  if (x >= 1) return ((-7.0f / 18 * x + 2) * x - 10.0f / 3) * x + 16.0f / 9;
  return (7.0f / 6 * x - 2) * x * x + 8.0f / 9;
}

/// R. Keys, "Cubic convolution interpolation for digital image processing", 1981, with a = −1/2.
float keys(float x) {
  x = std::abs(x);
  if (x >= 2) return 0.0f;
  if (x >= 1) return ((-0.5f * x + 2.5f) * x - 4) * x + 2;
  return (1.5f * x - 2.5f) * x * x + 1;
}

void normalize(std::vector<float>& weights) {
  float sum = 0.0f;
  for (const float weight : weights) sum += weight;
  if (std::abs(sum) < 1e-30f) return;
  for (float& weight : weights) weight /= sum;
}

/// A kernel around the place `center` (in pixels, from the first one's left side).
template <class Kernel>
Taps kernel_taps(float center, std::int64_t in, float radius, Kernel kernel) {
  Taps taps;
  taps.first = std::max<std::int64_t>(static_cast<std::int64_t>(std::ceil(center - radius - 0.5f)), 0);
  const auto last = std::min<std::int64_t>(static_cast<std::int64_t>(std::floor(center + radius - 0.5f)), in - 1);
  for (std::int64_t i = taps.first; i <= last; ++i)
    taps.weights.push_back(kernel(static_cast<float>(i) + 0.5f - center));
  normalize(taps.weights);
  return taps;
}

Taps nearest_taps(float center, std::int64_t in) {
  return {std::min<std::int64_t>(static_cast<std::int64_t>(std::floor(center)), in - 1), {1.0f}};
}

Taps bilinear_taps(float center, std::int64_t in) {
  const float at = center - 0.5f;
  const float floor = std::floor(at);
  const std::int64_t low = std::max<std::int64_t>(static_cast<std::int64_t>(floor), 0);
  const std::int64_t high = std::min<std::int64_t>(static_cast<std::int64_t>(std::ceil(at)), in - 1);
  if (low == high) return {low, {1.0f}};
  return {low, {1.0f - (at - floor), at - floor}};
}

/// The place between two pixels is one of 1024; pixels outside count nothing.
Taps bicubic_taps(float center, std::int64_t in) {
  constexpr float steps = 1024.0f;
  const float at = center - 0.5f;
  const float floor = std::floor(at);
  const float offset = std::nearbyint((at - floor) * steps) / steps;
  Taps taps;
  taps.first = std::max<std::int64_t>(static_cast<std::int64_t>(floor) - 1, 0);
  for (std::int64_t i = taps.first; i <= std::min<std::int64_t>(static_cast<std::int64_t>(floor) + 2, in - 1); ++i)
    taps.weights.push_back(keys(static_cast<float>(i) - floor - offset));
  normalize(taps.weights);
  return taps;
}

/// Each pixel by how much of it is covered.
Taps area_taps(std::int64_t index, std::int64_t in, float scale) {
  const float begin = static_cast<float>(index) * scale;
  const float end = static_cast<float>(index + 1) * scale;
  Taps taps;
  taps.first = static_cast<std::int64_t>(std::floor(begin));
  const auto last = std::min<std::int64_t>(static_cast<std::int64_t>(std::ceil(end)), in);
  for (std::int64_t i = taps.first; i < last; ++i)
    taps.weights.push_back(std::min(end, static_cast<float>(i + 1)) - std::max(begin, static_cast<float>(i)));
  normalize(taps.weights);
  return taps;
}

Taps taps_of(std::int64_t index, std::int64_t in, std::int64_t out, ImageInterpolation interpolation) {
  const float scale = static_cast<float>(in) / static_cast<float>(out);
  const float center = (static_cast<float>(index) + 0.5f) * scale;
  switch (interpolation) {
    case ImageInterpolationNames::nearest:
      return nearest_taps(center, in);
    case ImageInterpolationNames::bilinear:
      return bilinear_taps(center, in);
    case ImageInterpolationNames::bicubic:
      return bicubic_taps(center, in);
    case ImageInterpolationNames::area:
      return area_taps(index, in, scale);
    case ImageInterpolationNames::lanczos3:
      return kernel_taps(center, in, 3, [](float x) { return lanczos(x, 3); });
    case ImageInterpolationNames::lanczos5:
      return kernel_taps(center, in, 5, [](float x) { return lanczos(x, 5); });
    case ImageInterpolationNames::gaussian:
      return kernel_taps(center, in, 1.5f, gaussian);
    case ImageInterpolationNames::mitchellcubic:
      break;
  }
  return kernel_taps(center, in, 2, mitchell);
}

/// Lines of the image, each of `in` pixels `step` apart, become lines of `out` pixels.
void resize_lines(const float* from, float* to, std::int64_t in, std::int64_t out, std::int64_t step,
                  ImageInterpolation interpolation) {
  for (std::int64_t index = 0; index < out; ++index) {
    const Taps taps = taps_of(index, in, out, interpolation);
    float* const target = to + index * step;
    std::fill_n(target, step, 0.0f);
    for (std::size_t tap = 0; tap < taps.weights.size(); ++tap) {
      const float* const source = from + (taps.first + static_cast<std::int64_t>(tap)) * step;
      for (std::int64_t i = 0; i < step; ++i) target[i] += taps.weights[tap] * source[i];
    }
  }
}

}  // namespace

Array resized(const Array& image, ImageSize size, ImageInterpolation interpolation) {
  const std::int64_t height = image.shape()[0];
  const std::int64_t width = image.shape()[1];
  const std::int64_t channels = image.shape()[2];
  const Array source = image.astype(float32).contiguous();
  Array wide = Array::empty({height, size.width, channels});
  float* const across = wide.mutable_data<float>().data();
  for (std::int64_t row = 0; row < height; ++row)
    resize_lines(source.data<float>().data() + row * width * channels, across + row * size.width * channels, width,
                 size.width, channels, interpolation);
  Array result = Array::empty({size.height, size.width, channels});
  resize_lines(across, result.mutable_data<float>().data(), height, size.height, size.width * channels, interpolation);
  return interpolation == ImageInterpolationNames::nearest ? result.astype(uint8) : result;
}

Array resized_with_crop(const Array& image, ImageSize size, ImageInterpolation interpolation) {
  const std::int64_t height = image.shape()[0];
  const std::int64_t width = image.shape()[1];
  const auto part = [](std::int64_t whole, std::int64_t other, std::int64_t target, std::int64_t other_target) {
    const float wanted = static_cast<float>(other * target) / static_cast<float>(other_target);
    return std::max<std::int64_t>(std::min(whole, static_cast<std::int64_t>(wanted)), 1);
  };
  const std::int64_t rows = part(height, width, size.height, size.width);
  const std::int64_t columns = part(width, height, size.width, size.height);
  const std::int64_t top = (height - rows) / 2;
  const std::int64_t left = (width - columns) / 2;
  return resized(image.rows(top, top + rows).sliced(1, left, left + columns), size, interpolation);
}

Array resized_with_pad(const Array& image, ImageSize size, ImageInterpolation interpolation) {
  const auto height = static_cast<float>(image.shape()[0]);
  const auto width = static_cast<float>(image.shape()[1]);
  const float ratio = std::max(width / static_cast<float>(size.width), height / static_cast<float>(size.height));
  const float rows = height / ratio;
  const float columns = width / ratio;
  const auto before = [](std::int64_t target, float inner) {
    return std::max<std::int64_t>(static_cast<std::int64_t>(std::floor((static_cast<float>(target) - inner) / 2)), 0);
  };
  const ImageSize inner{.height = std::max<std::int64_t>(static_cast<std::int64_t>(std::floor(rows)), 1),
                        .width = std::max<std::int64_t>(static_cast<std::int64_t>(std::floor(columns)), 1)};
  const Array middle = resized(image, inner, interpolation).astype(float32);
  const std::int64_t channels = image.shape()[2];
  Array result = Array::zeros({size.height, size.width, channels});
  float* const to = result.mutable_data<float>().data();
  for (std::int64_t row = 0; row < inner.height; ++row)
    std::copy_n(middle.data<float>().data() + row * inner.width * channels, inner.width * channels,
                to + ((row + before(size.height, rows)) * size.width + before(size.width, columns)) * channels);
  return interpolation == ImageInterpolationNames::nearest ? result.astype(uint8) : result;
}

}  // namespace keratin::inline v0::images

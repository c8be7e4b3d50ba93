#include <array>
#include <string>
#include <string_view>

#include "graph/builder.h"
#include "keratin/core/array.h"
#include "keratin/core/error.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/shape.h"
#include "ops/apply.h"
#include "ops/indexing.h"
#include "ops/movement.h"

namespace keratin::inline v0::ops {
namespace {

/// An image's axes: rows, columns and channels.
struct ImageAxes {
  ImageAxes(const Tensor& x, DataFormat format, std::string_view op) : first(format == DataFormat::channels_first) {
    if (x.rank() != 4)
      throw ShapeError(std::string(op) + ": x must have four axes. Received: shape=" + to_string(x.shape()));
    const Shape shape = x.shape();
    rows = shape[first ? 2 : 1];
    columns = shape[first ? 3 : 2];
    channels = shape[first ? 1 : 3];
  }
  bool first;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t channels = 0;
};

void check_block(std::int64_t block_size, bool divides, const Tensor& x, std::string_view op, std::string_view what) {
  if (block_size >= 2 && divides) return;
  throw ValueError(std::string(op) + ": `block_size` must be 2 or more, and its " + std::string(what) +
                   ". Received: block_size=" + std::to_string(block_size) + ", shape=" + to_string(x.shape()));
}

/// Where the windows of an image lie.
struct Windows {
  Windows(const Pair& image, const Pair& kernel_size, const Pair& dilation_, const Pair& padding_, const Pair& stride_,
          std::string_view op)
      : kernel(kernel_size), dilation(dilation_), padding(padding_), stride(stride_) {
    for (const std::size_t i : {0U, 1U}) {
      const bool valid = kernel[i] > 0 && dilation[i] > 0 && padding[i] >= 0 && stride[i] > 0;
      padded[i] = image[i] + 2 * padding[i];
      const std::int64_t reach = dilation[i] * (kernel[i] - 1) + 1;
      if (!valid || image[i] < 0 || reach > padded[i])
        throw ValueError(
            std::string(op) + ": kernel size, dilation and stride must be positive, padding not negative, " +
            "and the kernel must fit into the padded image. Received: kernel size " + std::to_string(kernel[i]) +
            ", dilation " + std::to_string(dilation[i]) + ", padding " + std::to_string(padding[i]) + ", stride " +
            std::to_string(stride[i]) + ", image size " + std::to_string(image[i]));
      counts[i] = (padded[i] - reach) / stride[i] + 1;
    }
  }

  std::int64_t elements() const { return kernel[0] * kernel[1]; }
  std::int64_t count() const { return counts[0] * counts[1]; }

  /// Of each element of the kernel, in each window: its place in the padded image.
  Tensor places(graph::Builder& builder) const {
    Array places = Array::empty({elements() * count()}, int32);
    auto next = places.mutable_data<std::int32_t>().begin();
    for (std::int64_t i = 0; i < kernel[0]; ++i)
      for (std::int64_t j = 0; j < kernel[1]; ++j)
        for (std::int64_t row = 0; row < counts[0]; ++row)
          for (std::int64_t column = 0; column < counts[1]; ++column)
            *next++ = static_cast<std::int32_t>((row * stride[0] + i * dilation[0]) * padded[1] + column * stride[1] +
                                                j * dilation[1]);
    return builder.constant(places);
  }

  Pair kernel;
  Pair dilation;
  Pair padding;
  Pair stride;
  std::array<std::int64_t, 2> padded{};
  std::array<std::int64_t, 2> counts{};  ///< of windows
};

}  // namespace

Tensor depth_to_space(const Tensor& x, std::int64_t block_size, DataFormat data_format) {
  const ImageAxes image(x, data_format, "depth_to_space");
  const bool divides = block_size != 0 && image.channels >= 0 && image.channels % (block_size * block_size) == 0;
  check_block(block_size, divides, x, "depth_to_space", "square must divide the known number of channels");
  const std::int64_t depth = image.channels / (block_size * block_size);
  using detail::reshape_axes;
  if (!image.first) {
    // b h w (i j c) → b (h i) (w j) c
    const Tensor apart = reshape_axes(x, 3, 1, {block_size, block_size, depth});
    const Tensor moved = transpose(apart, {0, 1, 3, 2, 4, 5});
    const Tensor rows = reshape_axes(moved, 1, 2, {image.rows < 0 ? -1 : image.rows * block_size});
    return reshape_axes(rows, 2, 2, {image.columns < 0 ? -1 : image.columns * block_size});
  }
  const Tensor apart = reshape_axes(x, 1, 1, {block_size, block_size, depth});
  const Tensor moved = transpose(apart, {0, 3, 4, 1, 5, 2});
  const Tensor rows = reshape_axes(moved, 2, 2, {image.rows < 0 ? -1 : image.rows * block_size});
  return reshape_axes(rows, 3, 2, {image.columns < 0 ? -1 : image.columns * block_size});
}

Tensor space_to_depth(const Tensor& x, std::int64_t block_size, DataFormat data_format) {
  const ImageAxes image(x, data_format, "space_to_depth");
  const auto blocks = [&](std::int64_t size) { return size < 0 ? -1 : size / block_size; };
  const auto divides = [&](std::int64_t size) { return size < 0 || size % block_size == 0; };
  check_block(block_size, block_size != 0 && divides(image.rows) && divides(image.columns), x, "space_to_depth",
              "multiples must be the sizes of the image");
  using detail::reshape_axes;
  const std::int64_t depth = image.channels < 0 ? -1 : image.channels * block_size * block_size;
  if (!image.first) {
    // b (h i) (w j) c → b h w (i j c)
    const Tensor columns = reshape_axes(x, 2, 1, {blocks(image.columns), block_size});
    const Tensor apart = reshape_axes(columns, 1, 1, {blocks(image.rows), block_size});
    return reshape_axes(transpose(apart, {0, 1, 3, 2, 4, 5}), 3, 3, {depth});
  }
  const Tensor columns = reshape_axes(x, 3, 1, {blocks(image.columns), block_size});
  const Tensor apart = reshape_axes(columns, 2, 1, {blocks(image.rows), block_size});
  return reshape_axes(transpose(apart, {0, 3, 5, 1, 2, 4}), 1, 3, {depth});
}

Tensor unfold(const Tensor& x, const Pair& kernel_size, const Pair& dilation, const Pair& padding, const Pair& stride) {
  if (x.rank() != 4)
    throw ShapeError("unfold: x must have the shape (batch, channels, rows, columns). Received: shape=" +
                     to_string(x.shape()));
  const Shape shape = x.shape();
  const Windows windows({shape[2], shape[3]}, kernel_size, dilation, padding, stride, "unfold");
  const Tensor padded = pad(x, {{0, 0}, {0, 0}, {padding[0], padding[0]}, {padding[1], padding[1]}});
  const Tensor flat = detail::reshape_axes(padded, 2, 2, {windows.padded[0] * windows.padded[1]});
  const Tensor taken = take(flat, windows.places(graph::builder_of(x, "unfold")), 2);
  const Tensor apart = detail::reshape_axes(taken, 2, 1, {windows.elements(), windows.count()});
  return detail::reshape_axes(apart, 1, 2, {shape[1] < 0 ? -1 : shape[1] * windows.elements()});
}

Tensor fold(const Tensor& x, const Pair& output_size, const Pair& kernel_size, const Pair& dilation,
            const Pair& padding, const Pair& stride) {
  const Windows windows(output_size, kernel_size, dilation, padding, stride, "fold");
  const Shape shape = x.shape();
  if (shape.rank() != 3 || shape[1] < 0 || shape[1] % windows.elements() != 0 ||
      (shape[2] >= 0 && shape[2] != windows.count()))
    throw ShapeError("fold: x must have the shape (batch, channels · " + std::to_string(windows.elements()) + ", " +
                     std::to_string(windows.count()) +
                     ") for this kernel and output. Received: shape=" + to_string(shape));
  const std::int64_t channels = shape[1] / windows.elements();
  const Tensor apart = detail::reshape_axes(x, 1, 1, {channels, windows.elements()});
  const Tensor flat = detail::reshape_axes(apart, 2, 2, {windows.elements() * windows.count()});
  // The transpose of unfold's take; only the shape of `like` is read.
  const std::int64_t places = windows.padded[0] * windows.padded[1];
  const Tensor like = broadcast_to(detail::slice_axis(flat, 2, 0, 1), {-1, channels, places});
  const Tensor summed =
      apply(take_gradient_op, {flat, windows.places(graph::builder_of(x, "fold")), like}, {{"axis", std::int64_t{2}}});
  Tensor image = detail::reshape_axes(summed, 2, 1, {windows.padded[0], windows.padded[1]});
  image = detail::slice_axis(image, 2, padding[0], padding[0] + output_size[0]);
  return detail::slice_axis(image, 3, padding[1], padding[1] + output_size[1]);
}

}  // namespace keratin::inline v0::ops

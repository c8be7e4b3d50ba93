#include "kernels/conv/own.h"

#include <algorithm>

namespace keratin::inline v0::kernels {
namespace {

struct Tap {
  std::int64_t index = 0;
  Extent at{};
};

Tap tap_at(const ConvGeometry& g, std::int64_t index) noexcept {
  return {index, {index / (g.kernel[1] * g.kernel[2]), index / g.kernel[2] % g.kernel[1], index % g.kernel[2]}};
}

/// Where a tap reads for place `dst` along one axis; outside of [0, src) there is padding.
std::int64_t source(const ConvGeometry& g, std::size_t axis, const Tap& tap, std::int64_t dst) noexcept {
  return dst * g.stride[axis] - g.before[axis] + tap.at[axis] * g.dilation[axis];
}

/// Calls f(pixel of x, pixel of y) for all places in these rows of y (a row: one batch item, depth and height) at which
/// the tap isn't on padding.
template <class F>
void for_pixels(const ConvGeometry& g, const Tap& tap, std::int64_t first_row, std::int64_t last_row, F&& f) {
  for (std::int64_t row = first_row; row < last_row; ++row) {
    const std::int64_t item = row / (g.dst[0] * g.dst[1]);
    const std::int64_t depth = source(g, 0, tap, row / g.dst[1] % g.dst[0]);
    const std::int64_t height = source(g, 1, tap, row % g.dst[1]);
    if (depth < 0 || depth >= g.src[0] || height < 0 || height >= g.src[1]) continue;
    const std::int64_t src_row = ((item * g.src[0] + depth) * g.src[1] + height) * g.src[2];
    for (std::int64_t place = 0; place < g.dst[2]; ++place) {
      const std::int64_t width = source(g, 2, tap, place);
      if (width >= 0 && width < g.src[2]) f(src_row + width, row * g.dst[2] + place);
    }
  }
}

/// Calls f(channel of x, the kernel's row of it, first channel of y) for one tap: that row and those channels have
/// group_out elements.
template <class F>
void for_channels(const ConvGeometry& g, const Tap& tap, F&& f) {
  const std::int64_t group_in = g.group_in();
  for (std::int64_t i = 0; i < g.in; ++i) {
    const std::int64_t out = i / group_in * g.group_out();
    f(i, (tap.index * group_in + i % group_in) * g.out + out, out);
  }
}

template <class T>
class OwnConv final : public graph::Kernel {
 public:
  OwnConv(const ConvGeometry& geometry, ConvDirection direction, const ConvEpilogue& epilogue) noexcept
      : geometry_(geometry), direction_(direction), epilogue_(epilogue) {}

  void run(const graph::KernelArguments& arguments) const override {
    switch (direction_) {
      case ConvDirection::forward:
        return forward(arguments);
      case ConvDirection::data_gradient:
        return data_gradient(arguments);
      case ConvDirection::weights_gradient:
        return weights_gradient(arguments);
    }
  }

 private:
  void forward(const graph::KernelArguments& arguments) const {
    const ConvGeometry& g = geometry_;
    const T* const x = arguments.input<T>(0);
    const T* const weights = arguments.input<T>(1);
    T* const y = arguments.output<T>();
    arguments.parallel(g.batch * g.dst[0] * g.dst[1], 1, [&](std::int64_t first, std::int64_t last) {
      std::fill(y + first * g.dst[2] * g.out, y + last * g.dst[2] * g.out, T{});
      for (std::int64_t row = first; row < last; ++row)
        for (std::int64_t i = 0; i < g.taps(); ++i)
          for_pixels(g, tap_at(g, i), row, row + 1, [&](std::int64_t from, std::int64_t to) {
            for_channels(g, tap_at(g, i), [&](std::int64_t in, std::int64_t row_of_weights, std::int64_t out) {
              add_scaled(y + to * g.out + out, x[from * g.in + in], weights + row_of_weights);
            });
          });
      for (std::int64_t i = first * g.dst[2]; i < last * g.dst[2]; ++i) finish(y + i * g.out, arguments);
    });
  }

  /// One pixel of y.
  void finish(T* y, const graph::KernelArguments& arguments) const noexcept {
    if (epilogue_.scale) {
      const T* const scale = arguments.input<T>(3);
      for (std::int64_t i = 0; i < geometry_.out; ++i) y[i] *= scale[i];
    }
    if (epilogue_.bias) {
      const T* const bias = arguments.input<T>(2);
      for (std::int64_t i = 0; i < geometry_.out; ++i) y[i] += bias[i];
    }
    if (epilogue_.activation == Activation::none) return;
    for (std::int64_t i = 0; i < geometry_.out; ++i) y[i] = activate(epilogue_.activation, y[i]);
  }

  void data_gradient(const graph::KernelArguments& arguments) const {
    const ConvGeometry& g = geometry_;
    const T* const dy = arguments.input<T>(0);
    const T* const weights = arguments.input<T>(1);
    T* const dx = arguments.output<T>();
    const std::int64_t rows = g.dst[0] * g.dst[1];
    const std::int64_t item = g.src_pixels() * g.in;
    arguments.parallel(g.batch, 1, [&](std::int64_t first, std::int64_t last) {
      std::fill(dx + first * item, dx + last * item, T{});
      for (std::int64_t i = 0; i < g.taps(); ++i)
        for_pixels(g, tap_at(g, i), first * rows, last * rows, [&](std::int64_t to, std::int64_t from) {
          for_channels(g, tap_at(g, i), [&](std::int64_t in, std::int64_t row_of_weights, std::int64_t out) {
            dx[to * g.in + in] += dot(dy + from * g.out + out, weights + row_of_weights);
          });
        });
    });
  }

  void weights_gradient(const graph::KernelArguments& arguments) const {
    const ConvGeometry& g = geometry_;
    const T* const x = arguments.input<T>(0);
    const T* const dy = arguments.input<T>(1);
    T* const gradient = arguments.output<T>();
    const std::int64_t tap_size = g.group_in() * g.out;
    arguments.parallel(g.taps(), 1, [&](std::int64_t first, std::int64_t last) {
      std::fill(gradient + first * tap_size, gradient + last * tap_size, T{});
      for (std::int64_t i = first; i < last; ++i)
        for_pixels(g, tap_at(g, i), 0, g.batch * g.dst[0] * g.dst[1], [&](std::int64_t from, std::int64_t to) {
          for_channels(g, tap_at(g, i), [&](std::int64_t in, std::int64_t row_of_weights, std::int64_t out) {
            add_scaled(gradient + row_of_weights, x[from * g.in + in], dy + to * g.out + out);
          });
        });
    });
  }

  void add_scaled(T* to, T factor, const T* from) const noexcept {
    const std::int64_t n = geometry_.group_out();
    for (std::int64_t i = 0; i < n; ++i) to[i] += factor * from[i];
  }
  T dot(const T* a, const T* b) const noexcept {
    const std::int64_t n = geometry_.group_out();
    T sum{};
    for (std::int64_t i = 0; i < n; ++i) sum += a[i] * b[i];
    return sum;
  }

  ConvGeometry geometry_;
  ConvDirection direction_;
  ConvEpilogue epilogue_;
};

}  // namespace

graph::KernelPtr own_conv_kernel(const graph::KernelRequest& request, const ConvGeometry& geometry,
                                 ConvDirection direction, const ConvEpilogue& epilogue) {
  if (request.outputs[0].dtype == float64)
    return graph::make_kernel<OwnConv<double>>(request, geometry, direction, epilogue);
  return graph::make_kernel<OwnConv<float>>(request, geometry, direction, epilogue);
}

}  // namespace keratin::inline v0::kernels

#include "kernels/pool/pool.h"

#include <algorithm>
#include <array>
#include <type_traits>

#include "core/cpu.h"
#include "kernels/pool/geometry.h"
#include "kernels/pool/loops.h"
#include "kernels/reduce_loops.h"

namespace keratin::inline v0::kernels {

const AllPoolLoops& pool_loops() noexcept {
  switch (core::cpu_level()) {
    case core::CpuLevel::avx512:
      return pool_avx512;
    case core::CpuLevel::avx2:
      return pool_avx2;
    case core::CpuLevel::baseline:
      break;
  }
  return pool_baseline;
}

namespace {

using graph::KernelArguments;
using graph::KernelPtr;
using graph::KernelRequest;

/// The pixels of one window; pixels are numbered through a batch item.
struct PoolWindow {
  std::array<std::int64_t, 3> first{};
  std::array<std::int64_t, 3> last{};

  std::int64_t count() const noexcept { return (last[0] - first[0]) * (last[1] - first[1]) * (last[2] - first[2]); }
};

PoolWindow window_at(const PoolGeometry& g, std::int64_t place) noexcept {
  const std::array<std::int64_t, 3> at{place / g.axes[2].places / g.axes[1].places,
                                       place / g.axes[2].places % g.axes[1].places, place % g.axes[2].places};
  PoolWindow window;
  for (std::size_t i = 0; i < 3; ++i) {
    window.first[i] = g.axes[i].first(at[i]);
    window.last[i] = g.axes[i].last(at[i]);
  }
  return window;
}

/// Calls f(first pixel, how many) for each row of a window.
template <class F>
void for_rows(const PoolGeometry& g, const PoolWindow& window, F&& f) {
  for (std::int64_t depth = window.first[0]; depth < window.last[0]; ++depth)
    for (std::int64_t height = window.first[1]; height < window.last[1]; ++height)
      f((depth * g.axes[1].length + height) * g.axes[2].length + window.first[2], window.last[2] - window.first[2]);
}

template <class F>
void for_pixels(const PoolGeometry& g, const PoolWindow& window, F&& f) {
  for_rows(g, window, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t pixel = first; pixel < first + count; ++pixel) f(pixel);
  });
}

template <class T>
void add_rows(T* result, const T* x, std::int64_t rows, std::int64_t width) {
  if constexpr (std::is_same_v<T, float>) {
    reduce_loops().add_rows(result, x, width, rows, width);
  } else {
    for (std::int64_t row = 0; row < rows; ++row, x += width)
      for (std::int64_t i = 0; i < width; ++i) result[i] += x[i];
  }
}

/// Base of all: what a thread is given are places, or batch items where windows may write to the same element.
class PoolKernel : public graph::Kernel {
 public:
  explicit PoolKernel(const PoolGeometry& geometry) noexcept : geometry_(geometry) {}

 protected:
  const PoolGeometry& geometry() const noexcept { return geometry_; }

  /// Calls f(batch item, window, place of the window in the whole output), split by places.
  template <class F>
  void for_windows(const KernelArguments& arguments, F&& f) const {
    const std::int64_t places = geometry_.places();
    const std::int64_t grain = std::max<std::int64_t>(1, (1 << 13) / std::max<std::int64_t>(1, geometry_.channels));
    arguments.parallel(geometry_.batch * places, grain, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) f(i / places, window_at(geometry_, i % places), i);
    });
  }
  /// The same, split by batch items; each item of the output is filled with zeros first.
  template <class T, class F>
  void for_windows_onto(const KernelArguments& arguments, F&& f) const {
    const std::int64_t places = geometry_.places();
    const std::int64_t item = geometry_.pixels() * geometry_.channels;
    arguments.parallel(geometry_.batch, 1, [&](std::int64_t first, std::int64_t last) {
      std::fill(arguments.output<T>() + first * item, arguments.output<T>() + last * item, T{});
      for (std::int64_t i = first * places; i < last * places; ++i) f(i / places, window_at(geometry_, i % places), i);
    });
  }
  /// First element of a pixel of a batch item.
  std::int64_t pixel(std::int64_t item, std::int64_t pixel) const noexcept {
    return (item * geometry_.pixels() + pixel) * geometry_.channels;
  }

 private:
  PoolGeometry geometry_;
};

/// Base of what looks for the largest elements: takes windows by rows, those of one shape at once.
template <class T>
class MaxPoolKernel : public PoolKernel {
 public:
  using PoolKernel::PoolKernel;

 protected:
  static const PoolLoops<T>& loops() noexcept { return pool_loops().of<T>(); }

  std::int64_t rows() const noexcept {
    return geometry().batch * geometry().axes[0].places * geometry().axes[1].places;
  }

  /// Calls f(first element of x, first element of y, windows) for all windows of a row of places.
  template <class F>
  void for_row(std::int64_t row, F&& f) const {
    const PoolGeometry& g = geometry();
    const PoolAxis& width = g.axes[2];
    const PoolWindow first = window_at(g, row % (g.places() / width.places) * width.places);
    const std::int64_t item = row / (g.axes[0].places * g.axes[1].places);
    const std::int64_t pixels = (first.first[0] * g.axes[1].length + first.first[1]) * width.length;
    for (std::int64_t place = 0; place < width.places;) {
      PoolWindows windows{
          .strides = {g.axes[1].length * width.length * g.channels, width.length * g.channels, g.channels},
          .count = alike(place),
          .step = width.stride * g.channels,
          .channels = g.channels};
      for (std::size_t i = 0; i < 2; ++i) windows.sizes[i] = first.last[i] - first.first[i];
      windows.sizes[2] = width.last(place) - width.first(place);
      f(pixel(item, pixels + width.first(place)), (row * width.places + place) * g.channels, windows);
      place += windows.count;
    }
  }

  template <class F>
  void for_rows_of_places(const KernelArguments& arguments, F&& f) const {
    const std::int64_t elements = geometry().axes[2].length * geometry().channels;
    arguments.parallel(rows(), std::max<std::int64_t>(1, (1 << 13) / std::max<std::int64_t>(1, elements)),
                       [&](std::int64_t first, std::int64_t last) {
                         for (std::int64_t row = first; row < last; ++row) f(row);
                       });
  }

 private:
  /// How many windows from this one on lie one stride apart and are of one size.
  std::int64_t alike(std::int64_t place) const noexcept {
    const PoolAxis& width = geometry().axes[2];
    if (width.adaptive || width.last(place) - width.first(place) < width.size) return 1;
    std::int64_t end = place + 1;
    while (end < width.places && width.last(end) - width.first(end) == width.size) ++end;
    return end - place;
  }
};

template <class T>
class MaxPool final : public MaxPoolKernel<T> {
 public:
  using MaxPoolKernel<T>::MaxPoolKernel;

  void run(const KernelArguments& arguments) const override {
    this->for_rows_of_places(arguments, [&](std::int64_t row) {
      this->for_row(row, [&](std::int64_t x, std::int64_t y, const PoolWindows& windows) {
        this->loops().max(arguments.output<T>() + y, arguments.input<T>(0) + x, windows);
      });
    });
  }
};

template <class T>
class MaxPoolPick final : public MaxPoolKernel<T> {
 public:
  using MaxPoolKernel<T>::MaxPoolKernel;

  void run(const KernelArguments& arguments) const override {
    this->for_rows_of_places(arguments, [&](std::int64_t row) {
      this->for_row(row, [&](std::int64_t x, std::int64_t y, const PoolWindows& windows) {
        this->loops().pick(arguments.output<T>() + y, arguments.input<T>(0) + x, arguments.input<T>(1) + x, windows);
      });
    });
  }
};

/// Windows that don't meet are written, row by row; what they leave out is filled with zeros. Others are added to
/// zeros, batch item by batch item.
template <class T>
class MaxPoolGradient final : public MaxPoolKernel<T> {
 public:
  MaxPoolGradient(const PoolGeometry& geometry, bool relu) noexcept
      : MaxPoolKernel<T>(geometry),
        meet_(!std::all_of(geometry.axes.begin(), geometry.axes.end(), is_tiled)),
        relu_(relu) {}

  void run(const KernelArguments& arguments) const override {
    meet_ ? run_by_items(arguments) : this->for_rows_of_places(arguments, [&](std::int64_t row) {
      clear_around(arguments.output<T>(), row);
      run_row(arguments, row);
    });
  }

 private:
  /// Whether each window begins where the last one ends.
  static bool is_tiled(const PoolAxis& axis) noexcept {
    return !axis.adaptive && axis.before == 0 && (axis.size == axis.stride || axis.places == 1);
  }
  /// Elements from the end of the windows, or of a later one than `place`, to where the next window begins.
  static std::int64_t left_out(const PoolAxis& axis, std::int64_t place) noexcept {
    return place + 1 < axis.places ? 0 : axis.length - axis.last(place);
  }

  void run_row(const KernelArguments& arguments, std::int64_t row) const {
    this->for_row(row, [&](std::int64_t x, std::int64_t y, const PoolWindows& windows) {
      this->loops().max_gradient(arguments.output<T>() + x, arguments.input<T>(0) + x, arguments.input<T>(1) + y,
                                 windows, {.add = meet_, .relu = relu_});
    });
  }

  void run_by_items(const KernelArguments& arguments) const {
    const PoolGeometry& g = this->geometry();
    const std::int64_t item = g.pixels() * g.channels;
    const std::int64_t rows = g.places() / g.axes[2].places;
    arguments.parallel(g.batch, 1, [&](std::int64_t first, std::int64_t last) {
      std::fill(arguments.output<T>() + first * item, arguments.output<T>() + last * item, T{});
      for (std::int64_t row = first * rows; row < last * rows; ++row) run_row(arguments, row);
    });
  }

  /// Zeros behind the windows of a row of places, and where it is the last of its kind, in what lies behind it.
  void clear_around(T* dx, std::int64_t row) const noexcept {
    const PoolGeometry& g = this->geometry();
    const auto& [depth, height, width] = g.axes;
    const std::int64_t place = row % (depth.places * height.places);
    const std::int64_t item = row / (depth.places * height.places);
    const std::int64_t at_depth = place / height.places;
    const std::int64_t at_height = place % height.places;
    const auto clear = [&](std::int64_t first, std::int64_t pixels) {
      T* const from = dx + this->pixel(item, first);
      std::fill(from, from + pixels * g.channels, T{});
    };
    const std::int64_t covered = width.last(width.places - 1);
    const std::int64_t below = left_out(height, at_height);
    for (std::int64_t d = depth.first(at_depth); d < depth.last(at_depth); ++d) {
      const std::int64_t plane = d * height.length;
      for (std::int64_t h = height.first(at_height); h < height.last(at_height); ++h)
        clear((plane + h) * width.length + covered, width.length - covered);
      clear((plane + height.length - below) * width.length, below * width.length);
    }
    if (at_height + 1 < height.places) return;
    const std::int64_t behind = left_out(depth, at_depth) * height.length * width.length;
    clear(g.pixels() - behind, behind);
  }

  bool meet_;
  bool relu_;
};

template <class T>
class AveragePool final : public PoolKernel {
 public:
  using PoolKernel::PoolKernel;

  void run(const KernelArguments& arguments) const override {
    const T* const x = arguments.input<T>(0);
    const std::int64_t channels = geometry().channels;
    for_windows(arguments, [&](std::int64_t item, const PoolWindow& window, std::int64_t place) {
      T* const y = arguments.output<T>() + place * channels;
      std::fill_n(y, channels, T{});
      for_rows(geometry(), window,
               [&](std::int64_t first, std::int64_t count) { add_rows(y, x + pixel(item, first), count, channels); });
      const T count = static_cast<T>(window.count());
      for (std::int64_t i = 0; i < channels; ++i) y[i] /= count;
    });
  }
};

template <class T>
class AveragePoolGradient final : public PoolKernel {
 public:
  using PoolKernel::PoolKernel;

  void run(const KernelArguments& arguments) const override {
    const std::int64_t channels = geometry().channels;
    for_windows_onto<T>(arguments, [&](std::int64_t item, const PoolWindow& window, std::int64_t place) {
      const T* const dy = arguments.input<T>(0) + place * channels;
      const T share = T{1} / static_cast<T>(window.count());
      for_pixels(geometry(), window, [&](std::int64_t at) {
        T* const dx = arguments.output<T>() + pixel(item, at);
        for (std::int64_t i = 0; i < channels; ++i) dx[i] += dy[i] * share;
      });
    });
  }
};

/// `x`: of which input is the shape that windows move over.
template <template <class> class K>
KernelPtr make(const KernelRequest& request, std::size_t x) {
  const PoolGeometry geometry = pool_geometry(request.attributes, request.inputs[x].shape);
  if (request.outputs[0].dtype == float64) return graph::make_kernel<K<double>>(request, geometry);
  return graph::make_kernel<K<float>>(request, geometry);
}

}  // namespace

KernelPtr max_pool_kernel(const KernelRequest& request) { return make<MaxPool>(request, 0); }
KernelPtr max_pool_pick_kernel(const KernelRequest& request) { return make<MaxPoolPick>(request, 0); }
KernelPtr max_pool_gradient_kernel(const KernelRequest& request) {
  const PoolGeometry geometry = pool_geometry(request.attributes, request.inputs[0].shape);
  const bool relu = request.attributes.find("relu") != nullptr && request.attributes.get<bool>("relu");
  if (request.outputs[0].dtype == float64) return graph::make_kernel<MaxPoolGradient<double>>(request, geometry, relu);
  return graph::make_kernel<MaxPoolGradient<float>>(request, geometry, relu);
}
KernelPtr average_pool_kernel(const KernelRequest& request) { return make<AveragePool>(request, 0); }
KernelPtr average_pool_gradient_kernel(const KernelRequest& request) { return make<AveragePoolGradient>(request, 1); }

}  // namespace keratin::inline v0::kernels

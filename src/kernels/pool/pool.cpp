#include "kernels/pool/pool.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

#include "keratin/core/error.h"
#include "kernels/pool/geometry.h"
#include "kernels/reduce_loops.h"

namespace keratin::inline v0::kernels {
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

/// Whether x takes the place of the largest so far: NaN does, and stays. In a form that compilers make vectors of.
template <class T>
bool is_larger(T x, T best) noexcept {
  return !(x <= best) && !std::isnan(best);
}

template <class T>
void max_rows(T* result, const T* x, std::int64_t rows, std::int64_t width) {
  if constexpr (std::is_same_v<T, float>) {
    reduce_loops().max_rows(result, x, width, rows, width);
  } else {
    for (std::int64_t row = 0; row < rows; ++row, x += width)
      for (std::int64_t i = 0; i < width; ++i) result[i] = is_larger(x[i], result[i]) ? x[i] : result[i];
  }
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

template <class T>
class MaxPool final : public PoolKernel {
 public:
  using PoolKernel::PoolKernel;

  void run(const KernelArguments& arguments) const override {
    const T* const x = arguments.input<T>(0);
    const std::int64_t channels = geometry().channels;
    for_windows(arguments, [&](std::int64_t item, const PoolWindow& window, std::int64_t place) {
      T* const y = arguments.output<T>() + place * channels;
      bool begun = false;
      for_rows(geometry(), window, [&](std::int64_t first, std::int64_t count) {
        const T* const row = x + pixel(item, first);
        if (!begun) std::copy_n(row, channels, y);
        max_rows(y, begun ? row : row + channels, begun ? count : count - 1, channels);
        begun = true;
      });
    });
  }
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

/// Base of the kernels that look for the place of the largest element.
template <class T>
class LargestKernel : public PoolKernel {
  /// Of a pixel; as wide as the elements, so that vectors of both have the same length.
  using Number = std::conditional_t<std::is_same_v<T, float>, std::int32_t, std::int64_t>;

 public:
  explicit LargestKernel(const PoolGeometry& geometry) : PoolKernel(geometry) {
    if (geometry.pixels() > std::numeric_limits<Number>::max())
      throw ShapeError("max_pool: the places of the largest elements are found among 2^31 pixels at most. Received: " +
                       std::to_string(geometry.pixels()) + " pixels in each item of the batch");
  }

 protected:
  /// Calls f(channel, element of x that is the window's largest in it).
  template <class F>
  void for_largest(const T* x, std::int64_t item, const PoolWindow& window, F&& f) const {
    const std::int64_t first =
        (window.first[0] * geometry().axes[1].length + window.first[1]) * geometry().axes[2].length + window.first[2];
    for (std::int64_t begin = 0; begin < geometry().channels; begin += block) {
      const std::int64_t width = std::min(block, geometry().channels - begin);
      std::array<T, block> best;
      std::array<Number, block> from;
      best.fill(-std::numeric_limits<T>::infinity());
      from.fill(static_cast<Number>(first));
      for_pixels(geometry(), window, [&](std::int64_t at) {
        take_larger(x + pixel(item, at) + begin, width, static_cast<Number>(at), best.data(), from.data());
      });
      for (std::int64_t i = 0; i < width; ++i) f(begin + i, pixel(item, from[static_cast<std::size_t>(i)]) + begin + i);
    }
  }

 private:
  static constexpr std::int64_t block = 64;

  static void take_larger(const T* __restrict values, std::int64_t width, Number number, T* __restrict best,
                          Number* __restrict from) noexcept {
    for (std::int64_t i = 0; i < width; ++i) {
      const bool larger = is_larger(values[i], best[i]);
      best[i] = larger ? values[i] : best[i];
      from[i] = larger ? number : from[i];
    }
  }
};

template <class T>
class MaxPoolPick final : public LargestKernel<T> {
 public:
  using LargestKernel<T>::LargestKernel;

  void run(const KernelArguments& arguments) const override {
    const std::int64_t channels = this->geometry().channels;
    this->for_windows(arguments, [&](std::int64_t item, const PoolWindow& window, std::int64_t place) {
      T* const y = arguments.output<T>() + place * channels;
      this->for_largest(arguments.input<T>(0), item, window,
                        [&](std::int64_t channel, std::int64_t at) { y[channel] = arguments.input<T>(1)[at]; });
    });
  }
};

template <class T>
class MaxPoolGradient final : public LargestKernel<T> {
 public:
  using LargestKernel<T>::LargestKernel;

  void run(const KernelArguments& arguments) const override {
    const std::int64_t channels = this->geometry().channels;
    this->template for_windows_onto<T>(arguments, [&](std::int64_t item, const PoolWindow& window, std::int64_t place) {
      const T* const dy = arguments.input<T>(1) + place * channels;
      this->for_largest(arguments.input<T>(0), item, window,
                        [&](std::int64_t channel, std::int64_t at) { arguments.output<T>()[at] += dy[channel]; });
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
KernelPtr max_pool_gradient_kernel(const KernelRequest& request) { return make<MaxPoolGradient>(request, 0); }
KernelPtr average_pool_kernel(const KernelRequest& request) { return make<AveragePool>(request, 0); }
KernelPtr average_pool_gradient_kernel(const KernelRequest& request) { return make<AveragePoolGradient>(request, 1); }

}  // namespace keratin::inline v0::kernels

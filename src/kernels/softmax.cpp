#include "kernels/softmax.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/cpu.h"
#include "core/element_convert.h"
#include "kernels/reduce_ops.h"
#include "kernels/softmax_loops.h"

namespace keratin::inline v0::kernels {

const SoftmaxLoops& softmax_loops() noexcept {
  switch (core::cpu_level()) {
    case core::CpuLevel::avx512:
      return softmax_avx512;
    case core::CpuLevel::avx2:
      return softmax_avx2;
    case core::CpuLevel::baseline:
      break;
  }
  return softmax_baseline;
}

namespace {

using reducing::loaded;
using reducing::stored;

constexpr std::int64_t strip_width = 64;       ///< rows along an inner axis lie side by side: so many at a time
constexpr std::int64_t work_grain = 8 * 1024;  ///< elements that are worth a thread

/// Rows of n elements that lie `inner` apart.
struct Rows {
  std::int64_t outer = 1;
  std::int64_t n = 1;
  std::int64_t inner = 1;

  Rows(const Shape& shape, std::int64_t axis) {
    for (std::size_t i = 0; i < shape.rank(); ++i) {
      const auto index = static_cast<std::int64_t>(i);
      (index < axis ? outer : index == axis ? n : inner) *= shape[index];
    }
  }

  /// f(start, rows): so many rows from the element `start` on, where rows are contiguous.
  template <class F>
  void for_contiguous(core::Parallel& parallel, F&& f) const {
    parallel(outer, std::max<std::int64_t>(1, work_grain / std::max<std::int64_t>(1, n)),
             [&](std::int64_t first, std::int64_t last) { f(first * n, last - first); });
  }

  /// f(start, width): the first elements of `width` rows that lie side by side, `start` elements from the beginning.
  template <class F>
  void for_strips(core::Parallel& parallel, F&& f) const {
    const std::int64_t strips = (inner + strip_width - 1) / strip_width;
    const std::int64_t elements = std::max<std::int64_t>(1, n * std::min(inner, strip_width));
    parallel(outer * strips, std::max<std::int64_t>(1, work_grain / elements),
             [&](std::int64_t first, std::int64_t last) {
               for (std::int64_t i = first; i < last; ++i) {
                 const std::int64_t column = i % strips * strip_width;
                 f(i / strips * n * inner + column, std::min(strip_width, inner - column));
               }
             });
  }
};

template <class T, bool log>
class Softmax final : public graph::Kernel {
 public:
  explicit Softmax(const Rows& rows) noexcept : rows_(rows) {}

  void run(const graph::KernelArguments& arguments) const override {
    const T* const x = arguments.input<T>(0);
    T* const out = arguments.output<T>();
    if constexpr (std::is_same_v<T, float>) {
      if (rows_.inner == 1) {
        const auto loop = log ? softmax_loops().log_softmax : softmax_loops().softmax;
        rows_.for_contiguous(arguments.parallel, [&](std::int64_t start, std::int64_t rows) {
          loop(out + start, x + start, rows, rows_.n);
        });
        return;
      }
    }
    rows_.for_strips(arguments.parallel,
                     [&](std::int64_t start, std::int64_t width) { strip(out + start, x + start, width); });
  }

 private:
  using Value = reducing::Loaded<T>;

  void strip(T* out, const T* x, std::int64_t width) const {
    Value maxima[strip_width];
    Value sums[strip_width] = {};
    std::fill(maxima, maxima + width, reducing::Max<Value>::start);
    const std::int64_t step = rows_.inner;
    for (std::int64_t k = 0; k < rows_.n; ++k)
      for (std::int64_t j = 0; j < width; ++j)
        maxima[j] = reducing::Max<Value>::apply(maxima[j], loaded(x[k * step + j]));
    for (std::int64_t k = 0; k < rows_.n; ++k)
      for (std::int64_t j = 0; j < width; ++j) sums[j] += std::exp(loaded(x[k * step + j]) - maxima[j]);
    for (std::int64_t j = 0; j < width; ++j) sums[j] = log ? std::log(sums[j]) : 1 / sums[j];
    for (std::int64_t k = 0; k < rows_.n; ++k)
      for (std::int64_t j = 0; j < width; ++j) {
        const Value shifted = loaded(x[k * step + j]) - maxima[j];
        out[k * step + j] = stored<T>(log ? shifted - sums[j] : std::exp(shifted) * sums[j]);
      }
  }

  Rows rows_;
};

template <class T, bool log>
class SoftmaxGradient final : public graph::Kernel {
 public:
  explicit SoftmaxGradient(const Rows& rows) noexcept : rows_(rows) {}

  void run(const graph::KernelArguments& arguments) const override {
    const T* const y = arguments.input<T>(0);
    const T* const dy = arguments.input<T>(1);
    T* const out = arguments.output<T>();
    if constexpr (std::is_same_v<T, float>) {
      if (rows_.inner == 1) {
        const auto loop = log ? softmax_loops().log_softmax_gradient : softmax_loops().softmax_gradient;
        rows_.for_contiguous(arguments.parallel, [&](std::int64_t start, std::int64_t rows) {
          loop(out + start, y + start, dy + start, rows, rows_.n);
        });
        return;
      }
    }
    rows_.for_strips(arguments.parallel,
                     [&](std::int64_t start, std::int64_t width) { strip(out + start, y + start, dy + start, width); });
  }

 private:
  using Value = reducing::Loaded<T>;

  void strip(T* out, const T* y, const T* dy, std::int64_t width) const {
    Value sums[strip_width] = {};
    const std::int64_t step = rows_.inner;
    for (std::int64_t k = 0; k < rows_.n; ++k)
      for (std::int64_t j = 0; j < width; ++j) {
        const Value g = loaded(dy[k * step + j]);
        sums[j] += log ? g : g * loaded(y[k * step + j]);
      }
    for (std::int64_t k = 0; k < rows_.n; ++k)
      for (std::int64_t j = 0; j < width; ++j) {
        const Value g = loaded(dy[k * step + j]);
        const Value value = loaded(y[k * step + j]);
        out[k * step + j] = stored<T>(log ? g - std::exp(value) * sums[j] : value * (g - sums[j]));
      }
  }

  Rows rows_;
};

template <template <class, bool> class K, bool log>
graph::KernelPtr kernel_of(const graph::KernelRequest& request, std::int64_t axis) {
  const Rows rows(request.inputs[0].shape, axis);
  switch (request.inputs[0].dtype) {
    case float32:
      return graph::make_kernel<K<float, log>>(request, rows);
    case float64:
      return graph::make_kernel<K<double, log>>(request, rows);
    case bfloat16:
      return graph::make_kernel<K<BFloat16, log>>(request, rows);
    default:
      throw DTypeError("softmax computes in float32, float64 and bfloat16. Received: " +
                       graph::to_string(request.inputs[0]));
  }
}

}  // namespace

graph::KernelPtr softmax_kernel(const graph::KernelRequest& request, std::int64_t axis, bool log) {
  return log ? kernel_of<Softmax, true>(request, axis) : kernel_of<Softmax, false>(request, axis);
}

graph::KernelPtr softmax_gradient_kernel(const graph::KernelRequest& request, std::int64_t axis, bool log) {
  return log ? kernel_of<SoftmaxGradient, true>(request, axis) : kernel_of<SoftmaxGradient, false>(request, axis);
}

}  // namespace keratin::inline v0::kernels

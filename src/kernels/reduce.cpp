#include "kernels/reduce.h"

#include <algorithm>
#include <string>

#include "core/cpu.h"
#include "core/element_convert.h"
#include "kernels/reduce_geometry.h"
#include "kernels/reduce_ops.h"

namespace keratin::inline v0::kernels {

const ReduceLoops& reduce_loops() noexcept {
  switch (core::cpu_level()) {
    case core::CpuLevel::avx512:
      return reduce_avx512;
    case core::CpuLevel::avx2:
      return reduce_avx2;
    case core::CpuLevel::baseline:
      break;
  }
  return reduce_baseline;
}

namespace {

using reducing::strip_width;  // of such columns, what is accumulated stays in the cache

constexpr std::int64_t row_piece = 4 * 1024;    ///< of a long row, that rounding errors don't pile up
constexpr std::int64_t work_grain = 32 * 1024;  ///< elements that are worth a thread
constexpr std::int64_t most_splits = 64;

std::int64_t rounded_up(std::int64_t a, std::int64_t b) noexcept { return (a + b - 1) / b; }

/// Into how many parts the reduced elements of each output are split, to be put together at the end: by the shape
/// alone, so that the result does not depend on the number of threads.
std::int64_t splits_of(std::int64_t units, std::int64_t steps, std::int64_t elements) noexcept {
  if (units >= 16 || elements < 4 * work_grain) return 1;
  return std::max<std::int64_t>(1, std::min({most_splits, steps, elements / work_grain}));
}

template <class T, class Op>
class Reduce final : public graph::Kernel {
  using Result = typename Op::Result;

 public:
  explicit Reduce(const ReduceGeometry& geometry) noexcept
      : geometry_(geometry),
        kept_(geometry.kept.count()),
        columns_(geometry.inner_is_reduced ? 1 : geometry.inner),
        steps_(geometry.reduced.count() * (geometry.inner_is_reduced ? geometry.inner : 1)),
        strips_(rounded_up(columns_, strip_width)),
        splits_(splits_of(kept_ * strips_, steps_, kept_ * columns_ * steps_)) {}

  std::size_t workspace_bytes() const noexcept override {
    return splits_ == 1 ? 0 : static_cast<std::size_t>(splits_ * kept_ * columns_) * sizeof(Result);
  }

  void run(const graph::KernelArguments& arguments) const override {
    const T* const x = arguments.input<T>(0);
    T* const out = arguments.output<T>();
    const std::int64_t outputs = kept_ * columns_;
    const std::int64_t units = kept_ * strips_ * splits_;
    if (outputs == 0) return;
    const std::int64_t work = std::max<std::int64_t>(1, outputs * steps_ / units);
    auto* const parts = reinterpret_cast<Result*>(arguments.workspace);
    arguments.parallel(units, rounded_up(work_grain, work), [&](std::int64_t first, std::int64_t last) {
      Result strip[strip_width];
      for (std::int64_t unit = first; unit < last; ++unit) run_unit(unit, x, out, parts, strip);
    });
    if (splits_ > 1)
      for (std::int64_t i = 0; i < outputs; ++i) {
        Result result = parts[i];
        for (std::int64_t split = 1; split < splits_; ++split) result = Op::apply(result, parts[split * outputs + i]);
        out[i] = finished(result);
      }
  }

 private:
  T finished(Result result) const noexcept { return reducing::stored<T>(Op::finish(result, steps_)); }

  /// One strip of columns (or one row's result) of one kept index, for one part of the reduced steps.
  void run_unit(std::int64_t unit, const T* x, T* out, Result* parts, Result* strip) const {
    const std::int64_t split = unit % splits_;
    const std::int64_t column = unit / splits_ % strips_ * strip_width;
    const std::int64_t kept = unit / splits_ / strips_;
    const std::int64_t width = std::min(strip_width, columns_ - column);
    const std::int64_t first = steps_ * split / splits_;
    const std::int64_t last = steps_ * (split + 1) / splits_;
    const T* const from = x + geometry_.kept.offset(kept) + column;
    if (geometry_.inner_is_reduced) {
      strip[0] = reduce_steps_of_row(from, first, last);
    } else {
      std::fill(strip, strip + width, Op::start);
      reduce_steps_of_columns(strip, from, first, last, width);
    }
    const std::int64_t to = kept * columns_ + column;
    if (splits_ > 1) {
      std::copy(strip, strip + width, parts + split * kept_ * columns_ + to);
    } else {
      for (std::int64_t j = 0; j < width; ++j) out[to + j] = finished(strip[j]);
    }
  }

  Result reduce_steps_of_row(const T* x, std::int64_t first, std::int64_t last) const {
    const std::int64_t n = geometry_.inner;
    // Pieces are put together by sixteens, so that no long chain of roundings arises.
    Result result = Op::start;
    Result part = Op::start;
    for (int pieces = 1; first < last; ++pieces) {
      const std::int64_t start = first % n;
      const std::int64_t count = std::min({n - start, last - first, row_piece});
      part = Op::apply(part, reducing::reduce_row<Op>(x + geometry_.reduced.offset(first / n) + start, count));
      first += count;
      if (pieces % 16 != 0) continue;
      result = Op::apply(result, part);
      part = Op::start;
    }
    return Op::apply(result, part);
  }

  void reduce_steps_of_columns(Result* results, const T* x, std::int64_t first, std::int64_t last,
                               std::int64_t width) const {
    const LoopNest& nest = geometry_.reduced;
    const std::int64_t size = nest.depth == 0 ? 1 : nest.sizes[nest.depth - 1];
    const std::int64_t stride = nest.depth == 0 ? 0 : nest.strides[nest.depth - 1];
    while (first < last) {
      const std::int64_t rows = std::min(size - first % size, last - first);
      reduce_rows(results, x + nest.offset(first), stride, rows, width);
      first += rows;
    }
  }

  /// Narrow rows that lie one after another are taken several at a time, as one wide row.
  static void reduce_rows(Result* results, const T* x, std::int64_t stride, std::int64_t rows, std::int64_t width) {
    constexpr std::int64_t wide = 64;
    const std::int64_t together = wide / width;
    if (together > 1 && stride == width && rows >= 2 * together) {
      Result wide_results[wide];
      std::fill(wide_results, wide_results + wide, Op::start);
      const std::int64_t wide_rows = rows / together;
      reducing::reduce_rows<Op>(wide_results, x, together * width, wide_rows, together * width);
      for (std::int64_t i = 0; i < together * width; ++i)
        results[i % width] = Op::apply(results[i % width], wide_results[i]);
      x += wide_rows * together * width;
      rows -= wide_rows * together;
    }
    reducing::reduce_rows<Op>(results, x, stride, rows, width);
  }

  ReduceGeometry geometry_;
  std::int64_t kept_;     ///< outer kept indices
  std::int64_t columns_;  ///< outputs that lie side by side for each of them
  std::int64_t steps_;    ///< elements that each output is reduced from
  std::int64_t strips_;
  std::int64_t splits_;
};

template <class T, bool greatest>
class ArgReduce final : public graph::Kernel {
 public:
  ArgReduce(std::int64_t outer, std::int64_t n, std::int64_t inner) noexcept : outer_(outer), n_(n), inner_(inner) {}

  void run(const graph::KernelArguments& arguments) const override {
    const T* const x = arguments.input<T>(0);
    auto* const out = arguments.output<std::int32_t>();
    arguments.parallel(outer_ * inner_, rounded_up(work_grain, n_), [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) out[i] = index_in(x + i / inner_ * n_ * inner_ + i % inner_);
    });
  }

 private:
  using Value = reducing::Loaded<T>;

  static bool is_better(Value value, Value best) noexcept {
    if (reducing::is_nan(value)) return !reducing::is_nan(best);  // NaN beats all but another
    return greatest ? value > best : value < best;
  }

  std::int32_t index_in(const T* x) const noexcept {
    std::int64_t index = 0;
    Value best = reducing::loaded(x[0]);
    for (std::int64_t i = 1; i < n_; ++i)
      if (const Value value = reducing::loaded(x[i * inner_]); is_better(value, best)) {
        best = value;
        index = i;
      }
    return static_cast<std::int32_t>(index);
  }

  std::int64_t outer_, n_, inner_;
};

/// Calls f(std::type_identity<T>{}) for the dtypes that are computed with, but bool.
template <class F>
graph::KernelPtr for_numbers(DType dtype, F&& f) {
  return core::visit_element_type(dtype, [&]<class T>(std::type_identity<T> type) -> graph::KernelPtr {
    if constexpr ((std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) || std::is_same_v<T, BFloat16>) {
      return f(type);
    } else {
      throw DTypeError("A reduction computes with numbers. Received: " + std::string(name_of(dtype)));
    }
  });
}

}  // namespace

graph::KernelPtr reduce_kernel(const graph::KernelRequest& request, Reduction reduction, const graph::Ints& axes) {
  const ReduceGeometry geometry(request.inputs[0].shape, axes);
  if (reduction == Reduction::any) return graph::make_kernel<Reduce<bool, reducing::Any>>(request, geometry);
  if (reduction == Reduction::all) return graph::make_kernel<Reduce<bool, reducing::All>>(request, geometry);
  return for_numbers(request.inputs[0].dtype, [&]<class T>(std::type_identity<T>) {
    switch (reduction) {
      case Reduction::prod:
        return graph::make_kernel<Reduce<T, reducing::Prod<T>>>(request, geometry);
      case Reduction::max:
        return graph::make_kernel<Reduce<T, reducing::Max<T>>>(request, geometry);
      case Reduction::min:
        return graph::make_kernel<Reduce<T, reducing::Min<T>>>(request, geometry);
      case Reduction::mean:
        if constexpr (!std::integral<T>) return graph::make_kernel<Reduce<T, reducing::Mean<T>>>(request, geometry);
        [[fallthrough]];
      default:
        return graph::make_kernel<Reduce<T, reducing::Sum<T>>>(request, geometry);
    }
  });
}

graph::KernelPtr arg_reduce_kernel(const graph::KernelRequest& request, bool greatest, const graph::Ints& axes) {
  const Shape& shape = request.inputs[0].shape;
  std::int64_t outer = 1;
  std::int64_t n = 1;
  std::int64_t inner = 1;
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    const auto axis = static_cast<std::int64_t>(i);
    (axes.contains(axis) ? n : axis < axes[0] ? outer : inner) *= shape[axis];
  }
  return for_numbers(request.inputs[0].dtype, [&]<class T>(std::type_identity<T>) {
    return greatest ? graph::make_kernel<ArgReduce<T, true>>(request, outer, n, inner)
                    : graph::make_kernel<ArgReduce<T, false>>(request, outer, n, inner);
  });
}

}  // namespace keratin::inline v0::kernels

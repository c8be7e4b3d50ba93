#include "kernels/reduce.h"

#include <algorithm>
#include <cstddef>

#include "core/cpu.h"
#include "kernels/reduce_functions.h"
#include "kernels/reduce_geometry.h"
#include "kernels/reduce_loops.h"

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

using reducing::strip_width;

/// What is accumulated for so many outputs, of whichever type.
template <std::int64_t count>
struct Results {
  alignas(64) std::byte bytes[count * ReduceFunctions::most_result_bytes];
};

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

class Reduce final : public graph::Kernel {
 public:
  Reduce(const ReduceFunctions& functions, const ReduceGeometry& geometry) noexcept
      : functions_(functions),
        geometry_(geometry),
        kept_(geometry.kept.count()),
        columns_(geometry.inner_is_reduced ? 1 : geometry.inner),
        steps_(geometry.reduced.count() * (geometry.inner_is_reduced ? geometry.inner : 1)),
        strips_(rounded_up(columns_, strip_width)),
        splits_(splits_of(kept_ * strips_, steps_, kept_ * columns_ * steps_)) {}

  std::size_t workspace_bytes() const noexcept override {
    return splits_ == 1 ? 0 : static_cast<std::size_t>(splits_ * kept_ * columns_) * functions_.result_bytes;
  }

  void run(const graph::KernelArguments& arguments) const override {
    const std::int64_t outputs = kept_ * columns_;
    const std::int64_t units = kept_ * strips_ * splits_;
    if (outputs == 0) return;
    const std::int64_t work = std::max<std::int64_t>(1, outputs * steps_ / units);
    arguments.parallel(units, rounded_up(work_grain, work), [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t unit = first; unit < last; ++unit) run_unit(unit, arguments);
    });
    if (splits_ == 1) return;
    std::byte* const parts = arguments.workspace;
    for (std::int64_t split = 1; split < splits_; ++split)
      functions_.combine(parts, result_at(parts, split * outputs), outputs);
    functions_.finish(arguments.outputs[0], parts, outputs, steps_);
  }

 private:
  template <class Byte>
  Byte* element_at(Byte* elements, std::int64_t index) const noexcept {
    return elements + index * static_cast<std::int64_t>(functions_.element_bytes);
  }
  std::byte* result_at(std::byte* results, std::int64_t index) const noexcept {
    return results + index * static_cast<std::int64_t>(functions_.result_bytes);
  }

  /// One strip of columns (or one row's result) of one kept index, for one part of the reduced steps.
  void run_unit(std::int64_t unit, const graph::KernelArguments& arguments) const {
    const std::int64_t split = unit % splits_;
    const std::int64_t column = unit / splits_ % strips_ * strip_width;
    const std::int64_t kept = unit / splits_ / strips_;
    const std::int64_t width = std::min(strip_width, columns_ - column);
    const std::int64_t first = steps_ * split / splits_;
    const std::int64_t last = steps_ * (split + 1) / splits_;
    const std::byte* const from = element_at(arguments.inputs[0], geometry_.kept.offset(kept) + column);
    const std::int64_t to = kept * columns_ + column;
    Results<strip_width> strip;
    std::byte* const results =
        splits_ > 1 ? result_at(arguments.workspace, split * kept_ * columns_ + to) : strip.bytes;
    functions_.start(results, width);
    if (geometry_.inner_is_reduced) {
      reduce_steps_of_row(results, from, first, last);
    } else {
      reduce_steps_of_columns(results, from, first, last, width);
    }
    if (splits_ == 1) functions_.finish(element_at(arguments.outputs[0], to), results, width, steps_);
  }

  void reduce_steps_of_row(std::byte* result, const std::byte* x, std::int64_t first, std::int64_t last) const {
    const std::int64_t n = geometry_.inner;
    // Pieces are put together by sixteens, so that no long chain of roundings arises.
    Results<1> part;
    std::byte* to = result;
    for (int pieces = 0; first < last; ++pieces) {
      if (pieces != 0 && pieces % 16 == 0) {
        if (to != result) functions_.combine(result, to, 1);
        to = part.bytes;
        functions_.start(to, 1);
      }
      const std::int64_t start = first % n;
      const std::int64_t count = std::min({n - start, last - first, row_piece});
      functions_.row(to, element_at(x, geometry_.reduced.offset(first / n) + start), count);
      first += count;
    }
    if (to != result) functions_.combine(result, to, 1);
  }

  void reduce_steps_of_columns(std::byte* results, const std::byte* x, std::int64_t first, std::int64_t last,
                               std::int64_t width) const {
    const LoopNest& nest = geometry_.reduced;
    const std::int64_t size = nest.depth == 0 ? 1 : nest.sizes[nest.depth - 1];
    const std::int64_t stride = nest.depth == 0 ? 0 : nest.strides[nest.depth - 1];
    while (first < last) {
      const std::int64_t rows = std::min(size - first % size, last - first);
      reduce_rows(results, element_at(x, nest.offset(first)), stride, rows, width);
      first += rows;
    }
  }

  /// Narrow rows that lie one after another are taken several at a time, as one wide row.
  void reduce_rows(std::byte* results, const std::byte* x, std::int64_t stride, std::int64_t rows,
                   std::int64_t width) const {
    constexpr std::int64_t wide = 64;
    const std::int64_t together = wide / width;
    if (together > 1 && stride == width && rows >= 2 * together) {
      Results<wide> wide_results;
      functions_.start(wide_results.bytes, wide);
      const std::int64_t wide_rows = rows / together;
      functions_.rows(wide_results.bytes, x, together * width, wide_rows, together * width);
      for (std::int64_t i = 0; i < together; ++i)
        functions_.combine(results, result_at(wide_results.bytes, i * width), width);
      x = element_at(x, wide_rows * together * width);
      rows -= wide_rows * together;
    }
    functions_.rows(results, x, stride, rows, width);
  }

  const ReduceFunctions& functions_;
  ReduceGeometry geometry_;
  std::int64_t kept_;     ///< outer kept indices
  std::int64_t columns_;  ///< outputs that lie side by side for each of them
  std::int64_t steps_;    ///< elements that each output is reduced from
  std::int64_t strips_;
  std::int64_t splits_;
};

class ArgReduce final : public graph::Kernel {
 public:
  ArgReduce(FindBest* find, std::int64_t outer, std::int64_t n, std::int64_t inner) noexcept
      : find_(find), outer_(outer), n_(n), inner_(inner) {}

  void run(const graph::KernelArguments& arguments) const override {
    arguments.parallel(outer_ * inner_, rounded_up(work_grain, n_), [&](std::int64_t first, std::int64_t last) {
      find_(arguments.output<std::int32_t>(), arguments.inputs[0], first, last, n_, inner_);
    });
  }

 private:
  FindBest* find_;
  std::int64_t outer_, n_, inner_;
};

}  // namespace

graph::KernelPtr reduce_kernel(const graph::KernelRequest& request, Reduction reduction, const graph::Ints& axes) {
  return graph::make_kernel<Reduce>(request, reduce_functions(reduction, request.inputs[0].dtype),
                                    ReduceGeometry(request.inputs[0].shape, axes));
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
  return graph::make_kernel<ArgReduce>(request, find_best(request.inputs[0].dtype, greatest), outer, n, inner);
}

}  // namespace keratin::inline v0::kernels

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "graph/flag.h"
#include "graph/kernel.h"
#include "kernels/recurrent/recurrent.h"
#include "kernels/recurrent/step_weights.h"

namespace keratin::inline v0::kernels {

/// The sizes of a recurrence: sequences [batch, steps, gates · units], states [batch, units].
struct StepSizes {
  std::int64_t batch = 0;
  std::int64_t steps = 0;
  std::int64_t units = 0;
  std::int64_t gates = 0;  ///< as many units wide as a step's input is
  bool backwards = false;  ///< the last time comes first

  StepSizes(const graph::KernelRequest& request, const Shape& sequence, std::int64_t state_units)
      : batch(sequence[0]),
        steps(sequence[1]),
        units(state_units),
        gates(sequence[2] / state_units),
        backwards(request.attributes.get<bool>("backwards")) {}

  std::int64_t width() const noexcept { return gates * units; }
  /// Of a step.
  std::int64_t time(std::int64_t step) const noexcept { return backwards ? steps - 1 - step : step; }
  /// Rows of the batch for which it is worth waking a thread, and going through the weights at each step.
  std::int64_t grain(int threads) const noexcept {
    constexpr std::int64_t few_rows = 8;
    if (threads == 1) return batch;
    const double row = 2.0 * static_cast<double>(steps) * static_cast<double>(width()) * static_cast<double>(units);
    return std::max(std::min(few_rows, rows(threads)), static_cast<std::int64_t>(2e5 / std::max(1.0, row)));
  }
  /// That a thread has.
  std::int64_t rows(int threads) const noexcept { return (batch + threads - 1) / threads; }
  /// Whether the threads share out the weights at each step, as there are too few rows for them.
  bool splits_weights(int threads) const noexcept { return batch < threads && width() * units >= 500'000; }
};

/// Rows of one time of a tensor [batch, steps, width].
template <class T>
StepRows<T> rows_at(T* sequence, const StepSizes& sizes, std::int64_t width, std::int64_t time) noexcept {
  return {sequence + time * width, sizes.steps * width};
}
/// The states that a step starts from: those after the step before, or the initial ones.
template <class T>
StepRows<const T> rows_before(const T* states, const T* initial, const StepSizes& sizes, std::int64_t step) noexcept {
  if (step == 0) return {initial, sizes.units};
  return rows_at(states, sizes, sizes.units, sizes.time(step - 1));
}

/// Asks for what the next step reads or writes: rows lie so far apart that the processor doesn't foresee them.
template <class T>
void prefetch(StepRows<T> rows, std::int64_t row, std::int64_t width) noexcept {
  const T* const begin = rows[row];
  for (std::int64_t i = 0; i < width; i += 64 / std::int64_t{sizeof(T)}) __builtin_prefetch(begin + i);
}

/// Copies the states after the last step, of some rows.
template <class T>
void copy_last(const T* states, const StepSizes& sizes, std::int64_t first, std::int64_t last, T* to) noexcept {
  const auto rows = rows_at(states, sizes, sizes.units, sizes.time(sizes.steps - 1));
  for (std::int64_t i = first; i < last; ++i) std::copy(rows[i], rows[i] + sizes.units, to + i * sizes.units);
}

/// For each step: before(step, first, last) and after(…) over some rows of the batch, and product(step, first, last,
/// panels…) between them. A thread has rows of its own from the first step to the last; or, where there are fewer rows
/// than threads and large weights, the threads share out the weights' panels at each step.
template <class Before, class Product, class After>
void for_each_step(core::Parallel& parallel, const StepSizes& sizes, std::int64_t panels, const Before& before,
                   const Product& product, const After& after) {
  if (sizes.splits_weights(parallel.threads())) {
    for (std::int64_t step = 0; step < sizes.steps; ++step) {
      before(step, 0, sizes.batch);
      parallel(panels, 1, [&](std::int64_t first, std::int64_t last) { product(step, 0, sizes.batch, first, last); });
      after(step, 0, sizes.batch);
    }
    return;
  }
  parallel(sizes.batch, sizes.grain(parallel.threads()), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t step = 0; step < sizes.steps; ++step) {
      before(step, first, last);
      product(step, first, last, 0, panels);
      after(step, first, last);
    }
  });
}

/// to[i] = a[i] · b[i]
template <class T>
void multiply(const T* a, const T* b, std::int64_t n, T* to) noexcept;

/// to[i] += from[i].
template <class T>
void add_to(T* to, const T* from, std::int64_t n) noexcept;

/// What a row's groups give back to h, [groups · units]: with dropout its first `units` are made the sum of all.
template <class T>
void add_groups(T* back, const T* dropout, std::int64_t groups, std::int64_t units) noexcept;

/// Which times of which rows count; without a mask all do.
struct StepMask {
  const bool* mask = nullptr;  ///< [batch, steps]
  std::int64_t steps = 0;
  bool skips(std::int64_t row, std::int64_t time) const noexcept {
    return mask != nullptr && !mask[row * steps + time];
  }
};

/// A node's inputs that come last: the dropout of the states, and a mask, each where it is there.
struct LastInputs {
  std::size_t first;  ///< of them
  bool drops;
  bool masked;
  bool packed;  ///< the recurrent kernel is what pack_recurrent_kernel made of it

  LastInputs(const graph::KernelRequest& request, std::size_t first_input)
      : first(first_input),
        drops(request.attributes.get<bool>("drops")),
        masked(request.inputs.size() > first + (drops ? 1 : 0)),
        packed(graph::flag(request.attributes, "packed")) {}
  /// [batch, gates · units], or nullptr.
  template <class T>
  const T* dropout(const graph::KernelArguments& arguments) const noexcept {
    return drops ? arguments.input<T>(first) : nullptr;
  }
  template <class T>
  const T* row_dropout(const graph::KernelArguments& arguments, std::int64_t row,
                       const StepSizes& sizes) const noexcept {
    return drops ? arguments.input<T>(first) + row * sizes.width() : nullptr;
  }
  StepMask mask(const graph::KernelArguments& arguments, const StepSizes& sizes) const noexcept {
    return {masked ? arguments.input<bool>(first + (drops ? 1 : 0)) : nullptr, sizes.steps};
  }
};

/// Of the recurrent kernel's first gates: with dropout each gate multiplies states of its own, and is a group.
inline StepWeightsShape step_weights(const StepSizes& sizes, std::int64_t gates, bool transposed, bool drops,
                                     bool packed = false) noexcept {
  const std::int64_t groups = drops ? gates : 1;
  StepWeightsShape shape{.k = sizes.units,
                         .n = gates * sizes.units / groups,
                         .distance = sizes.width(),
                         .transposed = transposed,
                         .groups = groups,
                         .packed = packed};
  if (transposed) std::swap(shape.k, shape.n);
  return shape;
}

/// The states of some rows one after the other, as the weights' groups multiply them: `dropout` scales each group's,
/// unless it is nullptr.
template <class T>
void gather_states(StepRows<const T> states, const StepSizes& sizes, const T* dropout, std::int64_t groups,
                   std::int64_t first, std::int64_t last, T* to) noexcept {
  const std::int64_t u = sizes.units;
  for (std::int64_t i = first; i < last; ++i) {
    const T* const h = states[i];
    if (dropout == nullptr) {
      std::copy(h, h + u, to + i * u);
      continue;
    }
    for (std::int64_t group = 0; group < groups; ++group)
      multiply(h, dropout + i * sizes.width() + group * u, u, to + (i * groups + group) * u);
  }
}

/// The gradient of the states after the last step, of some rows.
template <class T>
void begin_gradient(const T* given, std::int64_t units, std::int64_t first, std::int64_t last, T* to) noexcept {
  if (given == nullptr) {
    std::fill(to + first * units, to + last * units, T{0});
  } else {
    std::copy(given + first * units, given + last * units, to + first * units);
  }
}

/// K<float> or K<double>, by the dtype of the first input (which the shape rule has checked).
template <template <class> class K>
graph::KernelPtr recurrent_kernel(const graph::KernelRequest& request) {
  if (request.inputs[0].dtype == float64) return graph::make_kernel<K<double>>(request, request);
  return graph::make_kernel<K<float>>(request, request);
}

}  // namespace keratin::inline v0::kernels

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "core/rounded_up.h"
#include "keratin/core/error.h"
#include "kernels/sequence/ctc.h"
#include "kernels/sequence/log_sum.h"

namespace keratin::inline v0::kernels {
namespace {

using graph::KernelArguments;
using graph::KernelPtr;
using graph::KernelRequest;

constexpr double no_alignment = 707.0;  ///< as TensorFlow's: large, and no infinity, which would spoil a mean

struct Sizes {
  std::int64_t batch;
  std::int64_t length;
  std::int64_t steps;
  std::int64_t classes;
  std::int64_t blank;

  /// Blanks before, between and after the labels.
  std::int64_t states() const noexcept { return 2 * length + 1; }
  /// Bytes of the forward variables of one sample's steps, rounded up to whole cache lines.
  std::size_t table_bytes() const noexcept {
    const auto numbers = static_cast<std::size_t>(states() * std::max<std::int64_t>(steps, 1));
    return core::rounded_up<std::size_t>(numbers * sizeof(double), 64);
  }
};

/// One sample: labels with blanks between them against log-probabilities. A row of the table is a step.
template <class T>
struct Sample {
  const Sizes& sizes;
  const std::int32_t* labels;
  const T* log_probabilities;
  std::int64_t length;
  std::int64_t steps;

  std::int64_t states() const noexcept { return 2 * length + 1; }
  std::int64_t class_of(std::int64_t state) const noexcept { return state % 2 == 0 ? sizes.blank : labels[state / 2]; }
  double at(std::int64_t step, std::int64_t state) const noexcept {
    return static_cast<double>(log_probabilities[step * sizes.classes + class_of(state)]);
  }
  /// Whether the blank before a label may be left out: not between equal ones.
  bool may_skip(std::int64_t state) const noexcept {
    return state % 2 == 1 && state >= 3 && class_of(state) != class_of(state - 2);
  }

  /// log of the probability of all beginnings of alignments that are in a state after a step, for all of both.
  void forward(double* table) const noexcept {
    const std::int64_t n = states();
    for (std::int64_t state = 0; state < n; ++state) table[state] = state < 2 ? at(0, state) : impossible;
    for (std::int64_t step = 1; step < steps; ++step, table += n) {
      const double* const before = table;
      double* const now = table + n;
      for (std::int64_t state = 0; state < n; ++state) {
        double sum = before[state];
        if (state > 0) sum = log_sum(sum, before[state - 1]);
        if (may_skip(state)) sum = log_sum(sum, before[state - 2]);
        now[state] = sum + at(step, state);
      }
    }
  }
  /// log of the probability of all alignments, from the table of forward().
  double total(const double* table) const noexcept {
    if (steps == 0) return length == 0 ? 0.0 : impossible;
    const double* const last = table + (steps - 1) * states();
    return length == 0 ? last[0] : log_sum(last[states() - 1], last[states() - 2]);
  }
  /// Adds −scale times the share of each class at each step to `out`; the table is forward()'s. `after`: for one row.
  void add_shares(const double* table, double all, double scale, double* after, T* out) const noexcept {
    const std::int64_t n = states();
    for (std::int64_t state = 0; state < n; ++state) after[state] = state >= n - 2 ? 0.0 : impossible;
    for (std::int64_t step = steps; step-- > 0;) {
      const double* const row = table + step * n;
      for (std::int64_t state = 0; state < n; ++state)
        out[step * sizes.classes + class_of(state)] -=
            static_cast<T>(scale * std::exp(row[state] + after[state] - all));
      if (step > 0) backward(step, after);
    }
  }

 private:
  /// From the endings after `step` to those after the step before it, in place: a state reads those from it on.
  void backward(std::int64_t step, double* after) const noexcept {
    const std::int64_t n = states();
    for (std::int64_t state = 0; state < n; ++state) {
      double sum = after[state] + at(step, state);
      if (state + 1 < n) sum = log_sum(sum, after[state + 1] + at(step, state + 1));
      if (state + 2 < n && may_skip(state + 2)) sum = log_sum(sum, after[state + 2] + at(step, state + 2));
      after[state] = sum;
    }
  }
};

[[noreturn]] void fail(const char* what, std::int64_t sample, std::int64_t low, std::int64_t high,
                       std::int64_t received) {
  throw ValueError("ctc_loss: " + std::string(what) + " of sample " + std::to_string(sample) + " must lie in [" +
                   std::to_string(low) + ", " + std::to_string(high) + "]. Received: " + std::to_string(received));
}

/// What both kernels have: the samples, checked.
template <class T>
class Ctc : public graph::Kernel {
 protected:
  Ctc(const Sizes& sizes, int threads) noexcept : sizes_(sizes), threads_(threads) {}

  const Sizes& sizes() const noexcept { return sizes_; }
  /// A table and one more row for each thread.
  std::size_t thread_bytes() const noexcept {
    return sizes_.table_bytes() +
           core::rounded_up<std::size_t>(static_cast<std::size_t>(sizes_.states()) * sizeof(double), 64);
  }
  std::size_t all_bytes() const noexcept { return thread_bytes() * static_cast<std::size_t>(threads_); }

  Sample<T> sample(const KernelArguments& arguments, std::int64_t index) const noexcept {
    return {sizes_, arguments.input<std::int32_t>(0) + index * sizes_.length,
            arguments.input<T>(1) + index * sizes_.steps * sizes_.classes, arguments.input<std::int32_t>(2)[index],
            arguments.input<std::int32_t>(3)[index]};
  }
  void check(const KernelArguments& arguments) const {
    for (std::int64_t i = 0; i < sizes_.batch; ++i) {
      const Sample<T> each = sample(arguments, i);
      if (each.length < 0 || each.length > sizes_.length) fail("target_length", i, 0, sizes_.length, each.length);
      if (each.steps < 0 || each.steps > sizes_.steps) fail("output_length", i, 0, sizes_.steps, each.steps);
      for (std::int64_t j = 0; j < each.length; ++j)
        if (each.labels[j] < 0 || each.labels[j] >= sizes_.classes)
          fail("a label", i, 0, sizes_.classes - 1, each.labels[j]);
    }
  }
  /// f(sample's index, a table and a row of its own), the samples shared among the threads: each thread's part is one
  /// piece, by whose number its memory is found.
  template <class F>
  void for_samples(const KernelArguments& arguments, F&& f) const {
    const std::int64_t pieces = std::min<std::int64_t>(threads_, sizes_.batch);
    arguments.parallel(pieces, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t piece = first; piece < last; ++piece) {
        std::byte* const memory = arguments.workspace + static_cast<std::size_t>(piece) * thread_bytes();
        auto* const table = reinterpret_cast<double*>(memory);
        auto* const row = reinterpret_cast<double*>(memory + sizes_.table_bytes());
        for (std::int64_t i = piece; i < sizes_.batch; i += pieces) f(i, table, row);
      }
    });
  }

 private:
  Sizes sizes_;
  int threads_;
};

template <class T>
class CtcLoss final : public Ctc<T> {
 public:
  CtcLoss(const Sizes& sizes, int threads) noexcept : Ctc<T>(sizes, threads) {}
  std::size_t workspace_bytes() const noexcept override { return this->all_bytes(); }

  void run(const KernelArguments& arguments) const override {
    this->check(arguments);
    this->for_samples(arguments, [&](std::int64_t index, double* table, double* /*row*/) {
      const Sample<T> sample = this->sample(arguments, index);
      if (sample.steps > 0) sample.forward(table);
      const double all = sample.total(table);
      arguments.output<T>()[index] = static_cast<T>(all == impossible ? no_alignment : -all);
    });
  }
};

template <class T>
class CtcLossGradient final : public Ctc<T> {
 public:
  CtcLossGradient(const Sizes& sizes, int threads) noexcept : Ctc<T>(sizes, threads) {}
  std::size_t workspace_bytes() const noexcept override { return this->all_bytes(); }

  void run(const KernelArguments& arguments) const override {
    this->check(arguments);
    const std::int64_t numbers = this->sizes().steps * this->sizes().classes;
    this->for_samples(arguments, [&](std::int64_t index, double* table, double* row) {
      const Sample<T> sample = this->sample(arguments, index);
      T* const out = arguments.output<T>() + index * numbers;
      std::fill_n(out, numbers, T{});
      if (sample.steps == 0) return;
      sample.forward(table);
      const double all = sample.total(table);
      if (all == impossible) return;
      sample.add_shares(table, all, static_cast<double>(arguments.input<T>(4)[index]), row, out);
    });
  }
};

template <template <class> class K>
KernelPtr kernel_of(const KernelRequest& request) {
  const Shape& labels = request.inputs[0].shape;
  const Shape& probabilities = request.inputs[1].shape;
  const Sizes sizes{labels[0], labels[1], probabilities[1], probabilities[2],
                    request.attributes.get<std::int64_t>("mask_index")};
  if (request.inputs[1].dtype == float64) return graph::make_kernel<K<double>>(request, sizes, request.threads);
  return graph::make_kernel<K<float>>(request, sizes, request.threads);
}

}  // namespace

KernelPtr ctc_loss_kernel(const KernelRequest& request) { return kernel_of<CtcLoss>(request); }

KernelPtr ctc_loss_gradient_kernel(const KernelRequest& request) { return kernel_of<CtcLossGradient>(request); }

}  // namespace keratin::inline v0::kernels

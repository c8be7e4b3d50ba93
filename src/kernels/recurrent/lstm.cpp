// Gates lie in the order i, f, c, o.
#include <algorithm>

#include "kernels/recurrent/cell.h"
#include "kernels/recurrent/recurrent.h"
#include "kernels/recurrent/steps.h"

namespace keratin::inline v0::kernels {
namespace {

/// Inputs: projected inputs, recurrent kernel, h, c, dropout, and a mask. Outputs: the gates, h and c after each step,
/// and after the last one.
template <class T>
class Lstm final : public graph::Kernel {
 public:
  explicit Lstm(const graph::KernelRequest& request)
      : sizes_(request, request.inputs[0].shape, request.inputs[2].shape[1]),
        cell_(request.attributes),
        last_(request, 4),
        weights_(step_weights(sizes_, 4, false, last_.drops, last_.packed), sizes_.rows(request.threads),
                 sizes_.steps) {}

  std::size_t workspace_bytes() const noexcept override {
    const std::int64_t row = sizes_.width() + weights_.groups() * sizes_.units;
    return static_cast<std::size_t>(weights_.size() + sizes_.batch * row) * sizeof(T);
  }

  void run(const graph::KernelArguments& arguments) const override {
    T* const workspace = reinterpret_cast<T*>(arguments.workspace);
    T* const products = workspace + weights_.size();
    T* const states = products + sizes_.batch * sizes_.width();
    const std::int64_t row = weights_.groups() * sizes_.units;
    const T* const weights = weights_.prepare(arguments.input<T>(1), workspace);
    for_each_step(
        arguments.parallel, sizes_, weights_.panels(),
        [&](std::int64_t step, std::int64_t first, std::int64_t last) {
          gather_states(rows_before<T>(arguments.output<T>(1), arguments.input<T>(2), sizes_, step), sizes_,
                        last_.template dropout<T>(arguments), weights_.groups(), first, last, states);
        },
        [&](std::int64_t, std::int64_t first, std::int64_t last, std::int64_t panel, std::int64_t last_panel) {
          weights_.product(last - first, {states + first * row, row}, weights,
                           {products + first * sizes_.width(), sizes_.width()}, panel, last_panel);
        },
        [&](std::int64_t step, std::int64_t first, std::int64_t last) {
          pointwise(arguments, products, step, first, last);
        });
  }

 private:
  void pointwise(const graph::KernelArguments& arguments, const T* products, std::int64_t step, std::int64_t first,
                 std::int64_t last) const noexcept {
    const std::int64_t u = sizes_.units;
    const std::int64_t width = sizes_.width();
    const std::int64_t time = sizes_.time(step);
    const StepMask mask = last_.mask(arguments, sizes_);
    const auto h = rows_before<T>(arguments.output<T>(1), arguments.input<T>(2), sizes_, step);
    const auto c = rows_before<T>(arguments.output<T>(2), arguments.input<T>(3), sizes_, step);
    const auto x = rows_at(arguments.input<T>(0), sizes_, width, time);
    const auto gates = rows_at(arguments.output<T>(0), sizes_, width, time);
    const auto new_h = rows_at(arguments.output<T>(1), sizes_, u, time);
    const auto new_c = rows_at(arguments.output<T>(2), sizes_, u, time);
    const std::int64_t next = sizes_.time(std::min(step + 1, sizes_.steps - 1));
    for (std::int64_t i = first; i < last; ++i) {
      prefetch(rows_at(arguments.input<T>(0), sizes_, width, next), i, width);
      prefetch(rows_at(arguments.output<T>(1), sizes_, u, next), i, u);
      prefetch(rows_at(arguments.output<T>(2), sizes_, u, next), i, u);
      if (mask.skips(i, time)) {
        std::copy(h[i], h[i] + u, new_h[i]);
        std::copy(c[i], c[i] + u, new_c[i]);
        std::fill(gates[i], gates[i] + width, T{0});
      } else {
        cell_.lstm({u, x[i], products + i * width, c[i], gates[i], new_c[i], new_h[i]});
      }
    }
    if (step + 1 < sizes_.steps) return;
    copy_last(arguments.output<T>(1), sizes_, first, last, arguments.output<T>(3));
    copy_last(arguments.output<T>(2), sizes_, first, last, arguments.output<T>(4));
  }

  StepSizes sizes_;
  Cell<T> cell_;
  LastInputs last_;
  StepWeights<T> weights_;
};

/// Inputs: recurrent kernel, initial c, the gates, c after each step, the gradients of h after each step, of the last h
/// and of the last c as far as they are given, dropout, and a mask. Outputs: gradients of the projected inputs, of the
/// initial h and of the initial c.
template <class T>
class LstmGradient final : public graph::Kernel {
 public:
  explicit LstmGradient(const graph::KernelRequest& request)
      : sizes_(request, request.inputs[2].shape, request.inputs[1].shape[1]),
        cell_(request.attributes),
        given_(request, 4),
        last_(request, given_.end()),
        weights_(step_weights(sizes_, 4, true, last_.drops), sizes_.rows(request.threads), sizes_.steps) {}

  std::size_t workspace_bytes() const noexcept override {
    const std::int64_t row = (weights_.groups() + Cell<T>::scratch_width) * sizes_.units;
    return static_cast<std::size_t>(weights_.size() + sizes_.batch * row) * sizeof(T);
  }

  void run(const graph::KernelArguments& arguments) const override {
    const std::int64_t u = sizes_.units;
    const std::int64_t row = weights_.groups() * u;
    T* const workspace = reinterpret_cast<T*>(arguments.workspace);
    T* const back = workspace + weights_.size();
    T* const scratch = back + sizes_.batch * row;
    const T* const weights = weights_.prepare(arguments.input<T>(0), workspace);
    for_each_step(
        arguments.parallel, sizes_, weights_.panels(),
        [&](std::int64_t step, std::int64_t first, std::int64_t last) {
          if (step == 0) begin(arguments, first, last);
          pointwise(arguments, scratch + Cell<T>::scratch_width * first * u, step, first, last);
        },
        [&](std::int64_t step, std::int64_t first, std::int64_t last, std::int64_t panel, std::int64_t last_panel) {
          const auto dz = rows_at<const T>(arguments.output<T>(0), sizes_, sizes_.width(), time_of(step));
          weights_.product(last - first, {dz[first], dz.distance}, weights, {back + first * row, row}, panel,
                           last_panel);
        },
        [&](std::int64_t step, std::int64_t first, std::int64_t last) {
          give_back(arguments, back, step, first, last);
        });
  }

 private:
  /// The last step comes first.
  std::int64_t time_of(std::int64_t step) const noexcept { return sizes_.time(sizes_.steps - 1 - step); }
  void give_back(const graph::KernelArguments& arguments, T* back, std::int64_t step, std::int64_t first,
                 std::int64_t last) const noexcept {
    const std::int64_t u = sizes_.units;
    const StepMask mask = last_.mask(arguments, sizes_);
    for (std::int64_t i = first; i < last; ++i) {
      if (mask.skips(i, time_of(step))) continue;
      T* const row = back + i * weights_.groups() * u;
      add_groups(row, last_.row_dropout<T>(arguments, i, sizes_), weights_.groups(), u);
      std::copy(row, row + u, arguments.output<T>(1) + i * u);
    }
  }

  void begin(const graph::KernelArguments& arguments, std::int64_t first, std::int64_t last) const noexcept {
    begin_gradient(given_.find<T>(arguments, GivenGradients::last_h), sizes_.units, first, last,
                   arguments.output<T>(1));
    begin_gradient(given_.find<T>(arguments, GivenGradients::last_c), sizes_.units, first, last,
                   arguments.output<T>(2));
  }

  void pointwise(const graph::KernelArguments& arguments, T* scratch, std::int64_t step, std::int64_t first,
                 std::int64_t last) const noexcept {
    const std::int64_t u = sizes_.units;
    const std::int64_t width = sizes_.width();
    const std::int64_t time = time_of(step);
    const StepMask mask = last_.mask(arguments, sizes_);
    const T* const sequence = given_.find<T>(arguments, GivenGradients::sequence);
    const auto gates = rows_at(arguments.input<T>(2), sizes_, width, time);
    const auto c = rows_at(arguments.input<T>(3), sizes_, u, time);
    const auto before = rows_before(arguments.input<T>(3), arguments.input<T>(1), sizes_, sizes_.steps - 1 - step);
    const auto dz = rows_at(arguments.output<T>(0), sizes_, width, time);
    const std::int64_t next = time_of(std::min(step + 1, sizes_.steps - 1));
    for (std::int64_t i = first; i < last; ++i) {
      prefetch(rows_at(arguments.input<T>(2), sizes_, width, next), i, width);
      prefetch(rows_before(arguments.input<T>(3), arguments.input<T>(1), sizes_,
                           std::max<std::int64_t>(0, sizes_.steps - 2 - step)),
               i, u);
      T* const dh = arguments.output<T>(1) + i * u;
      T* const dc = arguments.output<T>(2) + i * u;
      if (sequence != nullptr) add_to(dh, rows_at(sequence, sizes_, u, time)[i], u);
      if (mask.skips(i, time))
        std::fill(dz[i], dz[i] + width, T{0});
      else
        cell_.lstm_gradient({u, gates[i], c[i], before[i], dh, dc, dz[i]}, scratch);
    }
  }

  StepSizes sizes_;
  Cell<T> cell_;
  GivenGradients given_;
  LastInputs last_;
  StepWeights<T> weights_;
};

}  // namespace

graph::KernelPtr lstm_kernel(const graph::KernelRequest& request) { return recurrent_kernel<Lstm>(request); }

graph::KernelPtr lstm_gradient_kernel(const graph::KernelRequest& request) {
  return recurrent_kernel<LstmGradient>(request);
}

}  // namespace keratin::inline v0::kernels

#include <algorithm>

#include "kernels/recurrent/cell.h"
#include "kernels/recurrent/recurrent.h"
#include "kernels/recurrent/steps.h"

namespace keratin::inline v0::kernels {
namespace {

/// Inputs: projected inputs, recurrent kernel, h, dropout, and a mask. Outputs: h after each step, and after the last
/// one.
template <class T>
class SimpleRnn final : public graph::Kernel {
 public:
  explicit SimpleRnn(const graph::KernelRequest& request)
      : sizes_(request, request.inputs[0].shape, request.inputs[2].shape[1]),
        cell_(request.attributes),
        last_(request, 3),
        weights_(step_weights(sizes_, 1, false, last_.drops, last_.packed), sizes_.rows(request.threads),
                 sizes_.steps) {}

  std::size_t workspace_bytes() const noexcept override {
    return static_cast<std::size_t>(weights_.size() + 2 * sizes_.batch * sizes_.units) * sizeof(T);
  }

  void run(const graph::KernelArguments& arguments) const override {
    const std::int64_t u = sizes_.units;
    T* const workspace = reinterpret_cast<T*>(arguments.workspace);
    T* const products = workspace + weights_.size();
    T* const states = products + sizes_.batch * u;
    const T* const weights = weights_.prepare(arguments.input<T>(1), workspace);
    for_each_step(
        arguments.parallel, sizes_, weights_.panels(),
        [&](std::int64_t step, std::int64_t first, std::int64_t last) {
          gather_states(rows_before<T>(arguments.output<T>(0), arguments.input<T>(2), sizes_, step), sizes_,
                        last_.template dropout<T>(arguments), 1, first, last, states);
        },
        [&](std::int64_t, std::int64_t first, std::int64_t last, std::int64_t panel, std::int64_t last_panel) {
          weights_.product(last - first, {states + first * u, u}, weights, {products + first * u, u}, panel,
                           last_panel);
        },
        [&](std::int64_t step, std::int64_t first, std::int64_t last) {
          pointwise(arguments, products, step, first, last);
        });
  }

 private:
  void pointwise(const graph::KernelArguments& arguments, const T* products, std::int64_t step, std::int64_t first,
                 std::int64_t last) const noexcept {
    const std::int64_t u = sizes_.units;
    const std::int64_t time = sizes_.time(step);
    const StepMask mask = last_.mask(arguments, sizes_);
    const auto h = rows_before<T>(arguments.output<T>(0), arguments.input<T>(2), sizes_, step);
    const auto x = rows_at(arguments.input<T>(0), sizes_, u, time);
    const auto new_h = rows_at(arguments.output<T>(0), sizes_, u, time);
    for (std::int64_t i = first; i < last; ++i) {
      if (mask.skips(i, time))
        std::copy(h[i], h[i] + u, new_h[i]);
      else
        cell_.simple(u, x[i], products + i * u, new_h[i]);
    }
    if (step + 1 == sizes_.steps) copy_last(arguments.output<T>(0), sizes_, first, last, arguments.output<T>(1));
  }

  StepSizes sizes_;
  Cell<T> cell_;
  LastInputs last_;
  StepWeights<T> weights_;
};

/// Inputs: recurrent kernel, h after each step, the gradients of that and of the last h as far as they are given,
/// dropout, and a mask. Outputs: gradients of the projected inputs and of the initial h.
template <class T>
class SimpleRnnGradient final : public graph::Kernel {
 public:
  explicit SimpleRnnGradient(const graph::KernelRequest& request)
      : sizes_(request, request.inputs[1].shape, request.inputs[0].shape[0]),
        cell_(request.attributes),
        given_(request, 2),
        last_(request, given_.end()),
        weights_(step_weights(sizes_, 1, true, last_.drops), sizes_.rows(request.threads), sizes_.steps) {}

  std::size_t workspace_bytes() const noexcept override {
    return static_cast<std::size_t>(weights_.size() + sizes_.batch * sizes_.units) * sizeof(T);
  }

  void run(const graph::KernelArguments& arguments) const override {
    const std::int64_t u = sizes_.units;
    T* const workspace = reinterpret_cast<T*>(arguments.workspace);
    T* const back = workspace + weights_.size();
    const T* const weights = weights_.prepare(arguments.input<T>(0), workspace);
    for_each_step(
        arguments.parallel, sizes_, weights_.panels(),
        [&](std::int64_t step, std::int64_t first, std::int64_t last) { pointwise(arguments, step, first, last); },
        [&](std::int64_t step, std::int64_t first, std::int64_t last, std::int64_t panel, std::int64_t last_panel) {
          const auto dz = rows_at<const T>(arguments.output<T>(0), sizes_, u, time_of(step));
          weights_.product(last - first, {dz[first], dz.distance}, weights, {back + first * u, u}, panel, last_panel);
        },
        [&](std::int64_t step, std::int64_t first, std::int64_t last) {
          const StepMask mask = last_.mask(arguments, sizes_);
          for (std::int64_t i = first; i < last; ++i) {
            if (mask.skips(i, time_of(step))) continue;
            add_groups(back + i * u, last_.row_dropout<T>(arguments, i, sizes_), 1, u);
            std::copy(back + i * u, back + (i + 1) * u, arguments.output<T>(1) + i * u);
          }
        });
  }

 private:
  /// The last step comes first.
  std::int64_t time_of(std::int64_t step) const noexcept { return sizes_.time(sizes_.steps - 1 - step); }

  void pointwise(const graph::KernelArguments& arguments, std::int64_t step, std::int64_t first,
                 std::int64_t last) const noexcept {
    const std::int64_t u = sizes_.units;
    const std::int64_t time = time_of(step);
    const StepMask mask = last_.mask(arguments, sizes_);
    const T* const sequence = given_.find<T>(arguments, GivenGradients::sequence);
    const auto h = rows_at(arguments.input<T>(1), sizes_, u, time);
    const auto dz = rows_at(arguments.output<T>(0), sizes_, u, time);
    T* const all = arguments.output<T>(1);
    if (step == 0) begin_gradient(given_.find<T>(arguments, GivenGradients::last_h), u, first, last, all);
    for (std::int64_t i = first; i < last; ++i) {
      T* const dh = all + i * u;
      if (sequence != nullptr) add_to(dh, rows_at(sequence, sizes_, u, time)[i], u);
      if (mask.skips(i, time))
        std::fill(dz[i], dz[i] + u, T{0});
      else
        cell_.simple_gradient(u, h[i], dh, dz[i]);
    }
  }

  StepSizes sizes_;
  Cell<T> cell_;
  GivenGradients given_;
  LastInputs last_;
  StepWeights<T> weights_;
};

}  // namespace

graph::KernelPtr simple_rnn_kernel(const graph::KernelRequest& request) { return recurrent_kernel<SimpleRnn>(request); }

graph::KernelPtr simple_rnn_gradient_kernel(const graph::KernelRequest& request) {
  return recurrent_kernel<SimpleRnnGradient>(request);
}

}  // namespace keratin::inline v0::kernels

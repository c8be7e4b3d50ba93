// Gates lie in the order z, r, h.
#include <algorithm>
#include <optional>
#include <utility>

#include "kernels/recurrent/cell.h"
#include "kernels/recurrent/recurrent.h"
#include "kernels/recurrent/steps.h"

namespace keratin::inline v0::kernels {
namespace {

/// What both kernels know of the node. Where the gate resets before the product, the candidate's product has to wait
/// for it, and its weights are apart.
template <class T>
struct Gru {
  StepSizes sizes;
  bool reset_after;
  Cell<T> cell;
  LastInputs last;
  StepWeights<T> weights;
  std::optional<StepWeights<T>> candidate;  ///< reset before

  Gru(const graph::KernelRequest& request, const Shape& sequence, const Shape& state, const LastInputs& last_inputs,
      bool transposed)
      : sizes(request, sequence, state[1]),
        reset_after(request.attributes.get<bool>("reset_after")),
        cell(request.attributes),
        last(last_inputs),
        weights(step_weights(sizes, reset_after ? 3 : 2, transposed, last.drops, last.packed),
                sizes.rows(request.threads), sizes.steps) {
    if (!reset_after)
      candidate.emplace(step_weights(sizes, 1, transposed, false), sizes.rows(request.threads), sizes.steps);
  }

  std::int64_t weights_size() const noexcept { return weights.size() + (candidate ? candidate->size() : 0); }
  /// One where the threads can't share them out.
  std::int64_t panels() const noexcept { return reset_after ? weights.panels() : 1; }

  struct Prepared {
    const T* weights;
    const T* candidate;
    T* rest;  ///< of the workspace
  };
  Prepared prepare(const T* kernel, std::byte* workspace) const noexcept {
    T* const begin = reinterpret_cast<T*>(workspace);
    const T* const third = candidate ? candidate->prepare(kernel + 2 * sizes.units, begin + weights.size()) : nullptr;
    return {weights.prepare(kernel, begin), third, begin + weights_size()};
  }
};

/// Inputs: projected inputs, recurrent kernel, h, the recurrent bias if the gate resets after the product, dropout, and
/// a mask. Outputs: z, r and the candidate; h after each step; what the candidate is made with: the recurrent kernel's
/// product (reset after) or r · h (reset before); h after the last step.
template <class T>
class GruForward final : public graph::Kernel {
 public:
  explicit GruForward(const graph::KernelRequest& request)
      : gru_(request, request.inputs[0].shape, request.inputs[2].shape,
             {request, request.attributes.get<bool>("reset_after") ? std::size_t{4} : std::size_t{3}}, false) {}

  std::size_t workspace_bytes() const noexcept override {
    return static_cast<std::size_t>(gru_.weights_size() + sizes_.batch * (sizes_.width() + states_width())) * sizeof(T);
  }

  void run(const graph::KernelArguments& arguments) const override {
    const auto prepared = gru_.prepare(arguments.input<T>(1), arguments.workspace);
    const std::int64_t width = sizes_.width();
    const std::int64_t row = states_width();
    T* const states = prepared.rest + sizes_.batch * width;
    for_each_step(
        arguments.parallel, sizes_, gru_.panels(),
        [&](std::int64_t step, std::int64_t first, std::int64_t last) {
          gather_states(rows_before<T>(arguments.output<T>(1), arguments.input<T>(2), sizes_, step), sizes_,
                        gru_.last.template dropout<T>(arguments), gru_.weights.groups(), first, last, states);
        },
        [&](std::int64_t, std::int64_t first, std::int64_t last, std::int64_t panel, std::int64_t last_panel) {
          if (!gru_.reset_after) last_panel = gru_.weights.panels();
          gru_.weights.product(last - first, {states + first * row, row}, prepared.weights,
                               {prepared.rest + first * width, width}, panel, last_panel);
        },
        [&](std::int64_t step, std::int64_t first, std::int64_t last) {
          if (gru_.reset_after) {
            for_rows(arguments, prepared.rest, step, first, last,
                     [&](std::int64_t, const auto& of_row) { gru_.cell.gru(of_row); });
          } else {
            reset_before(arguments, prepared.candidate, prepared.rest, step, first, last);
          }
          if (step + 1 == sizes_.steps) copy_last(arguments.output<T>(1), sizes_, first, last, arguments.output<T>(3));
        });
  }

 private:
  std::int64_t states_width() const noexcept { return gru_.weights.groups() * sizes_.units; }

  /// Before the reset gate is known, the candidate's third can't be multiplied.
  void reset_before(const graph::KernelArguments& arguments, const T* weights, T* products, std::int64_t step,
                    std::int64_t first, std::int64_t last) const noexcept {
    const std::int64_t u = sizes_.units;
    for_rows(arguments, products, step, first, last, [&](std::int64_t i, const auto& row) {
      gru_.cell.gru_reset(row);
      if (gru_.last.drops)
        multiply(row.inner, gru_.last.template row_dropout<T>(arguments, i, sizes_) + 2 * u, u, row.inner);
    });
    const auto inner = rows_at<const T>(arguments.output<T>(2), sizes_, u, sizes_.time(step));
    gru_.candidate->product(last - first, {inner[first], inner.distance}, weights,
                            {products + first * 3 * u + 2 * u, 3 * u}, 0, gru_.candidate->panels());
    for_rows(arguments, products, step, first, last,
             [&](std::int64_t, const auto& row) { gru_.cell.gru_candidate(row); });
  }

  /// Those that aren't skipped.
  template <class F>
  void for_rows(const graph::KernelArguments& arguments, const T* products, std::int64_t step, std::int64_t first,
                std::int64_t last, const F& compute) const noexcept {
    const std::int64_t u = sizes_.units;
    const std::int64_t width = sizes_.width();
    const std::int64_t time = sizes_.time(step);
    const StepMask mask = gru_.last.mask(arguments, sizes_);
    const T* const bias = gru_.reset_after ? arguments.input<T>(3) : nullptr;
    const auto h = rows_before<T>(arguments.output<T>(1), arguments.input<T>(2), sizes_, step);
    const auto x = rows_at(arguments.input<T>(0), sizes_, width, time);
    const auto gates = rows_at(arguments.output<T>(0), sizes_, width, time);
    const auto new_h = rows_at(arguments.output<T>(1), sizes_, u, time);
    const auto inner = rows_at(arguments.output<T>(2), sizes_, u, time);
    const std::int64_t next = sizes_.time(std::min(step + 1, sizes_.steps - 1));
    for (std::int64_t i = first; i < last; ++i) {
      prefetch(rows_at(arguments.input<T>(0), sizes_, width, next), i, width);
      prefetch(rows_at(arguments.output<T>(1), sizes_, u, next), i, u);
      prefetch(rows_at(arguments.output<T>(2), sizes_, u, next), i, u);
      if (mask.skips(i, time)) {
        std::copy(h[i], h[i] + u, new_h[i]);
        std::fill(gates[i], gates[i] + width, T{0});
        std::fill(inner[i], inner[i] + u, T{0});
      } else {
        compute(i, GruRow<T>{u, x[i], products + i * width, bias, h[i], gates[i], inner[i], new_h[i]});
      }
    }
  }

  Gru<T> gru_;
  const StepSizes& sizes_ = gru_.sizes;
};

/// Inputs: recurrent kernel, initial h, the forward kernel's first three outputs, the gradients of h after each step
/// and of the last h as far as they are given, dropout, and a mask. Outputs: gradients of the projected inputs and of
/// the initial h; reset after: of the candidate's product.
template <class T>
class GruGradient final : public graph::Kernel {
 public:
  explicit GruGradient(const graph::KernelRequest& request)
      : given_(request, 5),
        gru_(request, request.inputs[2].shape, request.inputs[1].shape, {request, given_.end()}, true) {}

  std::size_t workspace_bytes() const noexcept override {
    return static_cast<std::size_t>(gru_.weights_size() + sizes_.batch * row_size()) * sizeof(T);
  }

  void run(const graph::KernelArguments& arguments) const override {
    const std::int64_t u = sizes_.units;
    const auto prepared = gru_.prepare(arguments.input<T>(0), arguments.workspace);
    T* const back = prepared.rest;  // what products give back to h
    const std::int64_t row = gru_.weights.groups() * u;
    T* const products = back + sizes_.batch * row;  // their gradients
    T* const scratch = products + sizes_.batch * 3 * u;
    for_each_step(
        arguments.parallel, sizes_, gru_.panels(),
        [&](std::int64_t step, std::int64_t first, std::int64_t last) {
          if (step == 0)
            begin_gradient(given_.find<T>(arguments, GivenGradients::last_h), u, first, last, arguments.output<T>(1));
          add_given(arguments, step, first, last);
          T* const own = scratch + first * Cell<T>::scratch_width * u;
          if (gru_.reset_after) {
            for_rows(arguments, products, step, first, last,
                     [&](std::int64_t, const auto& of_row) { gru_.cell.gru_gradient(of_row, own); });
          } else {
            reset_before(arguments, prepared.candidate, products, own, step, first, last);
          }
        },
        [&](std::int64_t step, std::int64_t first, std::int64_t last, std::int64_t panel, std::int64_t last_panel) {
          if (!gru_.reset_after) last_panel = gru_.weights.panels();
          gru_.weights.product(last - first, of_products(arguments, products, step, first), prepared.weights,
                               {back + first * row, row}, panel, last_panel);
        },
        [&](std::int64_t step, std::int64_t first, std::int64_t last) {
          give_back(arguments, back, step, first, last);
        });
  }

 private:
  /// The last step comes first.
  std::int64_t time_of(std::int64_t step) const noexcept { return sizes_.time(sizes_.steps - 1 - step); }
  std::int64_t row_size() const noexcept { return (gru_.weights.groups() + 3 + Cell<T>::scratch_width) * sizes_.units; }

  void give_back(const graph::KernelArguments& arguments, T* back, std::int64_t step, std::int64_t first,
                 std::int64_t last) const noexcept {
    const std::int64_t u = sizes_.units;
    const std::int64_t groups = gru_.weights.groups();
    const StepMask mask = gru_.last.mask(arguments, sizes_);
    for (std::int64_t i = first; i < last; ++i) {
      if (mask.skips(i, time_of(step))) continue;
      T* const row = back + i * groups * u;
      add_groups(row, gru_.last.template row_dropout<T>(arguments, i, sizes_), groups, u);
      add_to(arguments.output<T>(1) + i * u, row, u);
    }
  }

  /// Of those whose weights are `weights`.
  StepRows<const T> of_products(const graph::KernelArguments& arguments, const T* products, std::int64_t step,
                                std::int64_t first) const noexcept {
    const std::int64_t width = sizes_.width();
    if (gru_.reset_after) return {products + first * width, width};
    const auto dz = rows_at<const T>(arguments.output<T>(0), sizes_, width, time_of(step));
    return {dz[first], dz.distance};
  }

  void add_given(const graph::KernelArguments& arguments, std::int64_t step, std::int64_t first,
                 std::int64_t last) const noexcept {
    const T* const sequence = given_.find<T>(arguments, GivenGradients::sequence);
    if (sequence == nullptr) return;
    const auto rows = rows_at(sequence, sizes_, sizes_.units, time_of(step));
    for (std::int64_t i = first; i < last; ++i)
      add_to(arguments.output<T>(1) + i * sizes_.units, rows[i], sizes_.units);
  }

  /// The candidate first, then r · h, then what its gradient makes of r.
  void reset_before(const graph::KernelArguments& arguments, const T* weights, T* products, T* scratch,
                    std::int64_t step, std::int64_t first, std::int64_t last) const noexcept {
    const std::int64_t u = sizes_.units;
    for_rows(arguments, products, step, first, last,
             [&](std::int64_t, const auto& row) { gru_.cell.gru_candidate_gradient(row, scratch); });
    const auto dz = rows_at<const T>(arguments.output<T>(0), sizes_, 3 * u, time_of(step));
    gru_.candidate->product(last - first, {dz[first] + 2 * u, dz.distance}, weights,
                            {products + first * 3 * u + 2 * u, 3 * u}, 0, gru_.candidate->panels());
    for_rows(arguments, products, step, first, last, [&](std::int64_t i, GruGradientRow<T> row) {
      T* const of_inner = row.products + 2 * u;
      if (gru_.last.drops)
        multiply(of_inner, gru_.last.template row_dropout<T>(arguments, i, sizes_) + 2 * u, u, of_inner);
      row.inner = of_inner;
      gru_.cell.gru_reset_gradient(row);
    });
  }

  /// Those that aren't skipped; the gradients of the others are 0.
  template <class F>
  void for_rows(const graph::KernelArguments& arguments, T* products, std::int64_t step, std::int64_t first,
                std::int64_t last, const F& compute) const noexcept {
    const std::int64_t u = sizes_.units;
    const std::int64_t width = sizes_.width();
    const std::int64_t time = time_of(step);
    const StepMask mask = gru_.last.mask(arguments, sizes_);
    const auto gates = rows_at(arguments.input<T>(2), sizes_, width, time);
    const auto before = rows_before(arguments.input<T>(3), arguments.input<T>(1), sizes_, sizes_.steps - 1 - step);
    const auto inner = rows_at(arguments.input<T>(4), sizes_, u, time);
    const auto dz = rows_at(arguments.output<T>(0), sizes_, width, time);
    const std::int64_t next = time_of(std::min(step + 1, sizes_.steps - 1));
    for (std::int64_t i = first; i < last; ++i) {
      prefetch(rows_at(arguments.input<T>(2), sizes_, width, next), i, width);
      prefetch(rows_at(arguments.input<T>(4), sizes_, u, next), i, u);
      prefetch(rows_before(arguments.input<T>(3), arguments.input<T>(1), sizes_,
                           std::max<std::int64_t>(0, sizes_.steps - 2 - step)),
               i, u);
      T* const product = products + i * width;
      T* const of_inner = gru_.reset_after ? rows_at(arguments.output<T>(2), sizes_, u, time)[i] : nullptr;
      if (mask.skips(i, time)) {
        std::fill(dz[i], dz[i] + width, T{0});
        std::fill(product, product + width, T{0});
        if (of_inner != nullptr) std::fill(of_inner, of_inner + u, T{0});
      } else {
        compute(i, GruGradientRow<T>{u, gates[i], before[i], inner[i], arguments.output<T>(1) + i * u, dz[i], product,
                                     of_inner});
      }
    }
  }

  GivenGradients given_;
  Gru<T> gru_;
  const StepSizes& sizes_ = gru_.sizes;
};

}  // namespace

graph::KernelPtr gru_kernel(const graph::KernelRequest& request) { return recurrent_kernel<GruForward>(request); }

graph::KernelPtr gru_gradient_kernel(const graph::KernelRequest& request) {
  return recurrent_kernel<GruGradient>(request);
}

}  // namespace keratin::inline v0::kernels

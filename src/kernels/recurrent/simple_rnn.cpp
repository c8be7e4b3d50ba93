#include <algorithm>

#include "kernels/recurrent/recurrent.h"
#include "kernels/recurrent/steps.h"

namespace keratin::inline v0::kernels {
namespace {

/// Inputs: projected inputs, recurrent kernel, h, and a mask. Output: h after each step.
template <class T>
class SimpleRnn final : public graph::Kernel {
 public:
  explicit SimpleRnn(const graph::KernelRequest& request)
      : sizes_(request.inputs[0].shape, request.inputs[2].shape[1]),
        gates_(request.attributes),
        masked_(request.inputs.size() > 3) {}

  void run(const graph::KernelArguments& arguments) const override {
    const StepMask mask{masked_ ? arguments.input<bool>(3) : nullptr, sizes_.steps};
    arguments.parallel(sizes_.batch, sizes_.grain(), [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t t = 0; t < sizes_.steps; ++t) step(arguments, mask, t, first, last);
    });
  }

 private:
  void step(const graph::KernelArguments& arguments, const StepMask& mask, std::int64_t t, std::int64_t first,
            std::int64_t last) const noexcept {
    const std::int64_t u = sizes_.units;
    const auto h = rows_before<const T>(arguments.output<T>(0), arguments.input<T>(2), sizes_, t);
    const auto x = rows_of_step(arguments.input<T>(0), sizes_, u, t);
    const auto new_h = rows_of_step(arguments.output<T>(0), sizes_, u, t);
    step_product({last - first, u, u}, h[first], h.distance, arguments.input<T>(1), u, new_h[first], new_h.distance);
    for (std::int64_t i = first; i < last; ++i) {
      if (mask.skips(i, t)) {
        std::copy(h[i], h[i] + u, new_h[i]);
        continue;
      }
      for (std::int64_t j = 0; j < u; ++j) new_h[i][j] += x[i][j];
      gates_.activation.apply(new_h[i], new_h[i], u);
    }
  }

  StepSizes sizes_;
  Gates<T> gates_;
  bool masked_;
};

/// Inputs: recurrent kernel, h after each step, the gradient of that, and a mask. Outputs: gradients of the projected
/// inputs and of the initial h.
template <class T>
class SimpleRnnGradient final : public graph::Kernel {
 public:
  explicit SimpleRnnGradient(const graph::KernelRequest& request)
      : sizes_(request.inputs[1].shape, request.inputs[0].shape[0]),
        gates_(request.attributes),
        masked_(request.inputs.size() > 3) {}

  std::size_t workspace_bytes() const noexcept override {
    return static_cast<std::size_t>((sizes_.units + sizes_.batch) * sizes_.units) * sizeof(T);
  }

  void run(const graph::KernelArguments& arguments) const override {
    const std::int64_t u = sizes_.units;
    transpose_weights(arguments.input<T>(0), u, u, reinterpret_cast<T*>(arguments.workspace));
    const StepMask mask{masked_ ? arguments.input<bool>(3) : nullptr, sizes_.steps};
    arguments.parallel(sizes_.batch, sizes_.grain(), [&](std::int64_t first, std::int64_t last) {
      std::fill(arguments.output<T>(1) + first * u, arguments.output<T>(1) + last * u, T{0});
      for (std::int64_t t = sizes_.steps; t-- > 0;) step(arguments, mask, t, first, last);
    });
  }

 private:
  void step(const graph::KernelArguments& arguments, const StepMask& mask, std::int64_t t, std::int64_t first,
            std::int64_t last) const noexcept {
    const std::int64_t u = sizes_.units;
    const T* const transposed = reinterpret_cast<const T*>(arguments.workspace);
    T* const back = reinterpret_cast<T*>(arguments.workspace) + u * u;
    const auto h = rows_of_step(arguments.input<T>(1), sizes_, u, t);
    const auto to_h = rows_of_step(arguments.input<T>(2), sizes_, u, t);
    const auto dz = rows_of_step(arguments.output<T>(0), sizes_, u, t);
    for (std::int64_t i = first; i < last; ++i) {
      T* const dh = arguments.output<T>(1) + i * u;
      for (std::int64_t j = 0; j < u; ++j) dh[j] += to_h[i][j];
      if (mask.skips(i, t)) {
        std::fill(dz[i], dz[i] + u, T{0});
      } else {
        std::copy(dh, dh + u, dz[i]);
        gates_.activation.scale_by_derivative(dz[i], h[i], u);
      }
    }
    step_product({last - first, u, u}, dz[first], dz.distance, transposed, u, back + first * u, u);
    for (std::int64_t i = first; i < last; ++i)
      if (!mask.skips(i, t)) std::copy(back + i * u, back + (i + 1) * u, arguments.output<T>(1) + i * u);
  }

  StepSizes sizes_;
  Gates<T> gates_;
  bool masked_;
};

}  // namespace

graph::KernelPtr simple_rnn_kernel(const graph::KernelRequest& request) { return recurrent_kernel<SimpleRnn>(request); }

graph::KernelPtr simple_rnn_gradient_kernel(const graph::KernelRequest& request) {
  return recurrent_kernel<SimpleRnnGradient>(request);
}

}  // namespace keratin::inline v0::kernels

// Gates lie in the order i, f, c, o.
#include <algorithm>

#include "kernels/recurrent/recurrent.h"
#include "kernels/recurrent/steps.h"

namespace keratin::inline v0::kernels {
namespace {

/// Inputs: projected inputs, recurrent kernel, h, c, and a mask. Outputs: h and c after each step, the gates.
template <class T>
class Lstm final : public graph::Kernel {
 public:
  explicit Lstm(const graph::KernelRequest& request)
      : sizes_(request.inputs[0].shape, request.inputs[2].shape[1]),
        gates_(request.attributes),
        masked_(request.inputs.size() > 4) {}

  std::size_t workspace_bytes() const noexcept override {
    return static_cast<std::size_t>(sizes_.batch * sizes_.width()) * sizeof(T);
  }

  void run(const graph::KernelArguments& arguments) const override {
    const StepMask mask{masked_ ? arguments.input<bool>(4) : nullptr, sizes_.steps};
    arguments.parallel(sizes_.batch, sizes_.grain(), [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t t = 0; t < sizes_.steps; ++t) step(arguments, mask, t, first, last);
    });
  }

 private:
  void step(const graph::KernelArguments& arguments, const StepMask& mask, std::int64_t t, std::int64_t first,
            std::int64_t last) const noexcept {
    const std::int64_t u = sizes_.units;
    const std::int64_t width = sizes_.width();
    T* const products = reinterpret_cast<T*>(arguments.workspace);
    const auto h = rows_before<const T>(arguments.output<T>(0), arguments.input<T>(2), sizes_, t);
    const auto c = rows_before<const T>(arguments.output<T>(1), arguments.input<T>(3), sizes_, t);
    const auto x = rows_of_step(arguments.input<T>(0), sizes_, width, t);
    const auto new_h = rows_of_step(arguments.output<T>(0), sizes_, u, t);
    const auto new_c = rows_of_step(arguments.output<T>(1), sizes_, u, t);
    const auto gates = rows_of_step(arguments.output<T>(2), sizes_, width, t);
    step_product({last - first, width, u}, h[first], h.distance, arguments.input<T>(1), width, products + first * width,
                 width);
    for (std::int64_t i = first; i < last; ++i) {
      if (mask.skips(i, t)) {
        std::copy(h[i], h[i] + u, new_h[i]);
        std::copy(c[i], c[i] + u, new_c[i]);
        std::fill(gates[i], gates[i] + width, T{0});
        continue;
      }
      row(x[i], products + i * width, c[i], gates[i], new_c[i], new_h[i]);
    }
  }

  void row(const T* x, const T* product, const T* c, T* gates, T* new_c, T* new_h) const noexcept {
    const std::int64_t u = sizes_.units;
    for (std::int64_t j = 0; j < 4 * u; ++j) gates[j] = x[j] + product[j];
    gates_.recurrent.apply(gates, gates, 2 * u);
    gates_.activation.apply(gates + 2 * u, gates + 2 * u, u);
    gates_.recurrent.apply(gates + 3 * u, gates + 3 * u, u);
    for (std::int64_t j = 0; j < u; ++j) new_c[j] = gates[u + j] * c[j] + gates[j] * gates[2 * u + j];
    gates_.activation.apply(new_h, new_c, u);
    for (std::int64_t j = 0; j < u; ++j) new_h[j] *= gates[3 * u + j];
  }

  StepSizes sizes_;
  Gates<T> gates_;
  bool masked_;
};

/// Inputs: recurrent kernel, initial c, the gates, c after each step, the gradients of h and of c after each step, and
/// a mask. Outputs: gradients of the projected inputs, of the initial h and of the initial c.
template <class T>
class LstmGradient final : public graph::Kernel {
 public:
  explicit LstmGradient(const graph::KernelRequest& request)
      : sizes_(request.inputs[2].shape, request.inputs[1].shape[1]),
        gates_(request.attributes),
        masked_(request.inputs.size() > 6) {}

  std::size_t workspace_bytes() const noexcept override {
    return static_cast<std::size_t>(sizes_.units * sizes_.width() + sizes_.batch * sizes_.units) * sizeof(T);
  }

  void run(const graph::KernelArguments& arguments) const override {
    T* const transposed = reinterpret_cast<T*>(arguments.workspace);
    transpose_weights(arguments.input<T>(0), sizes_.units, sizes_.width(), transposed);
    const StepMask mask{masked_ ? arguments.input<bool>(6) : nullptr, sizes_.steps};
    arguments.parallel(sizes_.batch, sizes_.grain(), [&](std::int64_t first, std::int64_t last) {
      const std::int64_t u = sizes_.units;
      std::fill(arguments.output<T>(1) + first * u, arguments.output<T>(1) + last * u, T{0});
      std::fill(arguments.output<T>(2) + first * u, arguments.output<T>(2) + last * u, T{0});
      for (std::int64_t t = sizes_.steps; t-- > 0;) step(arguments, mask, t, first, last);
    });
  }

 private:
  void step(const graph::KernelArguments& arguments, const StepMask& mask, std::int64_t t, std::int64_t first,
            std::int64_t last) const noexcept {
    const std::int64_t u = sizes_.units;
    const std::int64_t width = sizes_.width();
    const T* const transposed = reinterpret_cast<const T*>(arguments.workspace);
    T* const scratch = reinterpret_cast<T*>(arguments.workspace) + u * width;
    const auto gates = rows_of_step(arguments.input<T>(2), sizes_, width, t);
    const auto c = rows_of_step(arguments.input<T>(3), sizes_, u, t);
    const auto before = rows_before(arguments.input<T>(3), arguments.input<T>(1), sizes_, t);
    const auto to_h = rows_of_step(arguments.input<T>(4), sizes_, u, t);
    const auto to_c = rows_of_step(arguments.input<T>(5), sizes_, u, t);
    const auto dz = rows_of_step(arguments.output<T>(0), sizes_, width, t);
    for (std::int64_t i = first; i < last; ++i) {
      T* const dh = arguments.output<T>(1) + i * u;
      T* const dc = arguments.output<T>(2) + i * u;
      for (std::int64_t j = 0; j < u; ++j) dh[j] += to_h[i][j];
      for (std::int64_t j = 0; j < u; ++j) dc[j] += to_c[i][j];
      if (mask.skips(i, t))
        std::fill(dz[i], dz[i] + width, T{0});
      else
        row(gates[i], c[i], before[i], dh, dc, dz[i], scratch + i * u);
    }
    step_product({last - first, u, width}, dz[first], dz.distance, transposed, u, scratch + first * u, u);
    for (std::int64_t i = first; i < last; ++i)
      if (!mask.skips(i, t)) std::copy(scratch + i * u, scratch + (i + 1) * u, arguments.output<T>(1) + i * u);
  }

  /// dz, and dc of the step before; `activated` is for u numbers.
  void row(const T* gates, const T* c, const T* before, const T* dh, T* dc, T* dz, T* activated) const noexcept {
    const std::int64_t u = sizes_.units;
    gates_.activation.apply(activated, c, u);
    T* const of_o = dz + 3 * u;
    for (std::int64_t j = 0; j < u; ++j) of_o[j] = dh[j] * gates[3 * u + j];
    gates_.activation.scale_by_derivative(of_o, activated, u);
    for (std::int64_t j = 0; j < u; ++j) dc[j] += of_o[j];
    for (std::int64_t j = 0; j < u; ++j) {
      dz[j] = dc[j] * gates[2 * u + j];
      dz[u + j] = dc[j] * before[j];
      dz[2 * u + j] = dc[j] * gates[j];
      of_o[j] = dh[j] * activated[j];
    }
    gates_.recurrent.scale_by_derivative(dz, gates, 2 * u);
    gates_.activation.scale_by_derivative(dz + 2 * u, gates + 2 * u, u);
    gates_.recurrent.scale_by_derivative(of_o, gates + 3 * u, u);
    for (std::int64_t j = 0; j < u; ++j) dc[j] *= gates[u + j];
  }

  StepSizes sizes_;
  Gates<T> gates_;
  bool masked_;
};

}  // namespace

graph::KernelPtr lstm_kernel(const graph::KernelRequest& request) { return recurrent_kernel<Lstm>(request); }

graph::KernelPtr lstm_gradient_kernel(const graph::KernelRequest& request) {
  return recurrent_kernel<LstmGradient>(request);
}

}  // namespace keratin::inline v0::kernels

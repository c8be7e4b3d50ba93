// Gates lie in the order z, r, h.
#include <algorithm>

#include "kernels/recurrent/recurrent.h"
#include "kernels/recurrent/steps.h"

namespace keratin::inline v0::kernels {
namespace {

/// What both kernels know of the node.
template <class T>
struct Gru {
  StepSizes sizes;
  Gates<T> gates;
  bool reset_after;
  bool masked;

  Gru(const graph::KernelRequest& request, const Shape& sequence, const Shape& state, std::size_t unmasked_inputs)
      : sizes(sequence, state[1]),
        gates(request.attributes),
        reset_after(request.attributes.get<bool>("reset_after")),
        masked(request.inputs.size() > unmasked_inputs) {}
  StepMask mask(const graph::KernelArguments& arguments) const noexcept {
    return {masked ? arguments.input<bool>(arguments.inputs.size() - 1) : nullptr, sizes.steps};
  }
};

/// Inputs: projected inputs, recurrent kernel, h, the recurrent bias if the gate resets after the product, and a mask.
/// Outputs: h after each step; z, r, the candidate, and what the candidate is made with: the recurrent kernel's product
/// (reset after) or r · h (reset before).
template <class T>
class GruForward final : public graph::Kernel {
 public:
  explicit GruForward(const graph::KernelRequest& request)
      : gru_(request, request.inputs[0].shape, request.inputs[2].shape,
             request.attributes.get<bool>("reset_after") ? 4 : 3) {}

  std::size_t workspace_bytes() const noexcept override {
    return static_cast<std::size_t>(gru_.sizes.batch * gru_.sizes.width()) * sizeof(T);
  }

  void run(const graph::KernelArguments& arguments) const override {
    const StepSizes& sizes = gru_.sizes;
    const StepMask mask = gru_.mask(arguments);
    arguments.parallel(sizes.batch, sizes.grain(), [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t t = 0; t < sizes.steps; ++t) step(arguments, mask, t, first, last);
    });
  }

 private:
  void step(const graph::KernelArguments& arguments, const StepMask& mask, std::int64_t t, std::int64_t first,
            std::int64_t last) const noexcept {
    const StepSizes& sizes = gru_.sizes;
    const std::int64_t u = sizes.units;
    const std::int64_t width = sizes.width();
    T* const products = reinterpret_cast<T*>(arguments.workspace);
    const T* const kernel = arguments.input<T>(1);
    const auto h = rows_before<const T>(arguments.output<T>(0), arguments.input<T>(2), sizes, t);
    const auto x = rows_of_step(arguments.input<T>(0), sizes, width, t);
    const auto new_h = rows_of_step(arguments.output<T>(0), sizes, u, t);
    const auto parts = rows_of_step(arguments.output<T>(1), sizes, 4 * u, t);
    // Before the reset gate is known, the candidate's third can be multiplied only where it resets afterwards.
    step_product({last - first, gru_.reset_after ? width : 2 * u, u}, h[first], h.distance, kernel, width,
                 products + first * width, width);
    for (std::int64_t i = first; i < last; ++i) {
      gates(arguments, x[i], products + i * width, parts[i]);
      if (!gru_.reset_after)
        for (std::int64_t j = 0; j < u; ++j) parts[i][3 * u + j] = parts[i][u + j] * h[i][j];
    }
    if (!gru_.reset_after)
      step_product({last - first, u, u}, parts[first] + 3 * u, parts.distance, kernel + 2 * u, width,
                   products + first * width + 2 * u, width);
    for (std::int64_t i = first; i < last; ++i) {
      if (mask.skips(i, t)) {
        std::copy(h[i], h[i] + u, new_h[i]);
        std::fill(parts[i], parts[i] + 4 * u, T{0});
      } else {
        candidate(x[i] + 2 * u, products + i * width + 2 * u, h[i], parts[i], new_h[i]);
      }
    }
  }

  /// z and r; with the recurrent bias, where there is one, on all products.
  void gates(const graph::KernelArguments& arguments, const T* x, T* product, T* parts) const noexcept {
    const std::int64_t u = gru_.sizes.units;
    if (gru_.reset_after) {
      const T* const bias = arguments.input<T>(3);
      for (std::int64_t j = 0; j < 3 * u; ++j) product[j] += bias[j];
    }
    for (std::int64_t j = 0; j < 2 * u; ++j) parts[j] = x[j] + product[j];
    gru_.gates.recurrent.apply(parts, parts, 2 * u);
  }

  void candidate(const T* x, const T* product, const T* h, T* parts, T* new_h) const noexcept {
    const std::int64_t u = gru_.sizes.units;
    T* const n = parts + 2 * u;
    if (gru_.reset_after) {
      std::copy(product, product + u, parts + 3 * u);
      for (std::int64_t j = 0; j < u; ++j) n[j] = x[j] + parts[u + j] * product[j];
    } else {
      for (std::int64_t j = 0; j < u; ++j) n[j] = x[j] + product[j];
    }
    gru_.gates.activation.apply(n, n, u);
    for (std::int64_t j = 0; j < u; ++j) new_h[j] = parts[j] * h[j] + (T{1} - parts[j]) * n[j];
  }

  Gru<T> gru_;
};

/// Inputs: recurrent kernel, initial h, h after each step, the forward kernel's second output, the gradient of h after
/// each step, and a mask. Outputs: gradients of the projected inputs and of the initial h.
template <class T>
class GruGradient final : public graph::Kernel {
 public:
  explicit GruGradient(const graph::KernelRequest& request)
      : gru_(request, request.outputs[0].shape, request.inputs[1].shape, 5) {}

  std::size_t workspace_bytes() const noexcept override {
    const StepSizes& sizes = gru_.sizes;
    return static_cast<std::size_t>((sizes.units + sizes.batch) * sizes.width() + sizes.batch * sizes.units) *
           sizeof(T);
  }

  void run(const graph::KernelArguments& arguments) const override {
    const StepSizes& sizes = gru_.sizes;
    transpose_weights(arguments.input<T>(0), sizes.units, sizes.width(), reinterpret_cast<T*>(arguments.workspace));
    const StepMask mask = gru_.mask(arguments);
    arguments.parallel(sizes.batch, sizes.grain(), [&](std::int64_t first, std::int64_t last) {
      T* const dh = arguments.output<T>(1);
      std::fill(dh + first * sizes.units, dh + last * sizes.units, T{0});
      for (std::int64_t t = sizes.steps; t-- > 0;) step(arguments, mask, t, first, last);
    });
  }

 private:
  void step(const graph::KernelArguments& arguments, const StepMask& mask, std::int64_t t, std::int64_t first,
            std::int64_t last) const noexcept {
    const StepSizes& sizes = gru_.sizes;
    const std::int64_t u = sizes.units;
    const std::int64_t width = sizes.width();
    const T* const transposed = reinterpret_cast<const T*>(arguments.workspace);
    T* const inner = reinterpret_cast<T*>(arguments.workspace) + u * width;  // gradients of the products
    T* const back = inner + sizes.batch * width;                             // what they give back to h
    const auto before = rows_before(arguments.input<T>(2), arguments.input<T>(1), sizes, t);
    const auto parts = rows_of_step(arguments.input<T>(3), sizes, 4 * u, t);
    const auto to_h = rows_of_step(arguments.input<T>(4), sizes, u, t);
    const auto dz = rows_of_step(arguments.output<T>(0), sizes, width, t);
    for (std::int64_t i = first; i < last; ++i) {
      T* const dh = arguments.output<T>(1) + i * u;
      for (std::int64_t j = 0; j < u; ++j) dh[j] += to_h[i][j];
      if (mask.skips(i, t)) {
        std::fill(dz[i], dz[i] + width, T{0});
      } else {
        candidate(parts[i], before[i], dh, dz[i]);
      }
    }
    if (gru_.reset_after) {
      for (std::int64_t i = first; i < last; ++i) after(parts[i], dz[i], inner + i * width);
      step_product({last - first, u, width}, inner + first * width, width, transposed, u, back + first * u, u);
    } else {
      // r · h first, then what its gradient makes of r.
      step_product({last - first, u, u}, dz[first] + 2 * u, dz.distance, transposed + 2 * u * u, u,
                   inner + first * width, width);
      for (std::int64_t i = first; i < last; ++i) reset(parts[i], inner + i * width, before[i], dz[i]);
      step_product({last - first, u, 2 * u}, dz[first], dz.distance, transposed, u, back + first * u, u);
      for (std::int64_t i = first; i < last; ++i)
        for (std::int64_t j = 0; j < u; ++j) back[i * u + j] += inner[i * width + j] * parts[i][u + j];
    }
    for (std::int64_t i = first; i < last; ++i) {
      if (mask.skips(i, t)) continue;
      T* const dh = arguments.output<T>(1) + i * u;
      for (std::int64_t j = 0; j < u; ++j) dh[j] = dh[j] * parts[i][j] + back[i * u + j];
    }
  }

  /// Of z and of the candidate, before their functions.
  void candidate(const T* parts, const T* before, const T* dh, T* dz) const noexcept {
    const std::int64_t u = gru_.sizes.units;
    for (std::int64_t j = 0; j < u; ++j) {
      dz[j] = dh[j] * (before[j] - parts[2 * u + j]);
      dz[2 * u + j] = dh[j] * (T{1} - parts[j]);
    }
    gru_.gates.recurrent.scale_by_derivative(dz, parts, u);
    gru_.gates.activation.scale_by_derivative(dz + 2 * u, parts + 2 * u, u);
  }

  /// Of r, where it multiplies the product; and of the products.
  void after(const T* parts, T* dz, T* inner) const noexcept {
    const std::int64_t u = gru_.sizes.units;
    for (std::int64_t j = 0; j < u; ++j) dz[u + j] = dz[2 * u + j] * parts[3 * u + j];
    gru_.gates.recurrent.scale_by_derivative(dz + u, parts + u, u);
    std::copy(dz, dz + 2 * u, inner);
    for (std::int64_t j = 0; j < u; ++j) inner[2 * u + j] = dz[2 * u + j] * parts[u + j];
  }

  /// Of r, where it multiplies h; `inner` is the gradient of r · h.
  void reset(const T* parts, const T* inner, const T* before, T* dz) const noexcept {
    const std::int64_t u = gru_.sizes.units;
    for (std::int64_t j = 0; j < u; ++j) dz[u + j] = inner[j] * before[j];
    gru_.gates.recurrent.scale_by_derivative(dz + u, parts + u, u);
  }

  Gru<T> gru_;
};

}  // namespace

graph::KernelPtr gru_kernel(const graph::KernelRequest& request) { return recurrent_kernel<GruForward>(request); }

graph::KernelPtr gru_gradient_kernel(const graph::KernelRequest& request) {
  return recurrent_kernel<GruGradient>(request);
}

}  // namespace keratin::inline v0::kernels

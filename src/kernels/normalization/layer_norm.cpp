#include "kernels/normalization/layer_norm.h"

#include <algorithm>
#include <cstring>

#include "core/cpu.h"
#include "kernels/normalization/layer_norm_loops.h"

namespace keratin::inline v0::kernels {

template <>
const LayerNormLoops<float>& layer_norm_loops() noexcept {
  switch (core::cpu_level()) {
    case core::CpuLevel::avx512:
      return layer_norm_avx512;
    case core::CpuLevel::avx2:
      return layer_norm_avx2;
    case core::CpuLevel::baseline:
      break;
  }
  return layer_norm_baseline;
}

template <>
const LayerNormLoops<double>& layer_norm_loops() noexcept {
  switch (core::cpu_level()) {
    case core::CpuLevel::avx512:
      return layer_norm_double_avx512;
    case core::CpuLevel::avx2:
      return layer_norm_double_avx2;
    case core::CpuLevel::baseline:
      break;
  }
  return layer_norm_double_baseline;
}

namespace {

constexpr std::int64_t work_grain = 8 * 1024;  ///< elements that are worth a thread
/// Rows that are added up by themselves: sums of sums lose fewer digits.
constexpr std::int64_t rows_together = 64;

struct Rows {
  std::int64_t count;
  std::int64_t n;
  std::int64_t grain;

  explicit Rows(const graph::Spec& x) noexcept
      : count(x.elements() / std::max<std::int64_t>(1, x.shape.back())),
        n(x.shape.back()),
        grain(std::max<std::int64_t>(1, work_grain / std::max<std::int64_t>(1, n))) {}
};

template <class T>
class LayerNorm final : public graph::Kernel {
 public:
  explicit LayerNorm(const graph::KernelRequest& request)
      : rows_(request.inputs[0]),
        epsilon_(static_cast<T>(request.attributes.get<double>("epsilon"))),
        scales_(request.attributes.get<bool>("scale")),
        shifts_(request.attributes.get<bool>("center")) {}

  void run(const graph::KernelArguments& arguments) const override {
    const T* const gamma = scales_ ? arguments.input<T>(1) : nullptr;
    const T* const beta = shifts_ ? arguments.input<T>(scales_ ? 2 : 1) : nullptr;
    arguments.parallel(rows_.count, rows_.grain, [&](std::int64_t first, std::int64_t last) {
      const std::int64_t at = first * rows_.n;
      layer_norm_loops<T>().forward(arguments.input<T>(0) + at, gamma, beta, last - first, rows_.n, epsilon_,
                                    arguments.output<T>() + at, arguments.output<T>(1) + first,
                                    arguments.output<T>(2) + first);
    });
  }

 private:
  Rows rows_;
  T epsilon_;
  bool scales_;
  bool shifts_;
};

template <class T>
class LayerNormGradient final : public graph::Kernel {
 public:
  explicit LayerNormGradient(const graph::KernelRequest& request)
      : rows_(request.inputs[0]),
        parts_(std::clamp<std::int64_t>(rows_.count / rows_.grain, 1, request.threads)),
        scales_(request.attributes.get<bool>("scale")) {}

  std::size_t workspace_bytes() const noexcept override {
    return static_cast<std::size_t>(parts_ * sums_per_part * rows_.n) * sizeof(T);
  }

  void run(const graph::KernelArguments& arguments) const override {
    T* const sums = reinterpret_cast<T*>(arguments.workspace);
    arguments.parallel(parts_, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t part = first; part < last; ++part) run_part(arguments, part, sums_of(sums, part));
    });
    for (std::int64_t part = 1; part < parts_; ++part) add(sums, sums_of(sums, part));
    const std::size_t bytes = static_cast<std::size_t>(rows_.n) * sizeof(T);
    std::memcpy(arguments.output<T>(1), sums, bytes);
    std::memcpy(arguments.output<T>(2), sums + rows_.n, bytes);
  }

 private:
  /// Of a part: dgamma and dbeta, and both of the rows at hand.
  static constexpr std::int64_t sums_per_part = 4;
  T* sums_of(T* sums, std::int64_t part) const noexcept { return sums + part * sums_per_part * rows_.n; }
  void add(T* to, const T* from) const noexcept {
    for (std::int64_t i = 0; i < 2 * rows_.n; ++i) to[i] += from[i];
  }

  void run_part(const graph::KernelArguments& arguments, std::int64_t part, T* sums) const noexcept {
    const T* const gamma = scales_ ? arguments.input<T>(4) : nullptr;
    const std::int64_t n = rows_.n;
    T* const at_hand = sums + 2 * n;
    std::fill_n(sums, 2 * n, T{0});
    const std::int64_t end = (part + 1) * rows_.count / parts_;
    for (std::int64_t row = part * rows_.count / parts_; row < end; row += rows_together) {
      std::fill_n(at_hand, 2 * n, T{0});
      layer_norm_loops<T>().backward(arguments.input<T>(0) + row * n, arguments.input<T>(1) + row,
                                     arguments.input<T>(2) + row, arguments.input<T>(3) + row * n, gamma,
                                     std::min(rows_together, end - row), n, arguments.output<T>() + row * n, at_hand,
                                     at_hand + n);
      add(sums, at_hand);
    }
  }

  Rows rows_;
  std::int64_t parts_;
  bool scales_;
};

}  // namespace

graph::KernelPtr layer_norm_kernel(const graph::KernelRequest& request) {
  if (request.inputs[0].dtype == float64) return graph::make_kernel<LayerNorm<double>>(request, request);
  return graph::make_kernel<LayerNorm<float>>(request, request);
}

graph::KernelPtr layer_norm_gradient_kernel(const graph::KernelRequest& request) {
  if (request.inputs[0].dtype == float64) return graph::make_kernel<LayerNormGradient<double>>(request, request);
  return graph::make_kernel<LayerNormGradient<float>>(request, request);
}

}  // namespace keratin::inline v0::kernels

#include "kernels/matmul_tall.h"

#include "kernels/matmul_parts.h"
#include "kernels/tall_product.h"

namespace keratin::inline v0::kernels {
namespace {

/// Parts have columns of their own, or rows where those are many: a is the dearer one to copy, and each part of columns
/// copies all of it.
class TallMatmul final : public graph::Kernel {
 public:
  TallMatmul(const MatmulGeometry& geometry, int threads)
      : product_{geometry.k, geometry.m, geometry.n},
        by_rows_(2 * geometry.m >= geometry.n),
        parts_(by_rows_ ? MatmulParts(geometry.m, 32, matmul_threads(geometry, threads))
                        : MatmulParts(geometry.n, 64, matmul_threads(geometry, threads))) {}

  std::size_t workspace_bytes() const noexcept override {
    return static_cast<std::size_t>(parts_.parts) * product_of(0).floats() * sizeof(float);
  }

  void run(const graph::KernelArguments& arguments) const override {
    arguments.parallel(parts_.parts, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t part = first; part < last; ++part) run_part(arguments, part);
    });
  }

 private:
  /// The columns or rows of a part; the first has no fewer than any other.
  TallProduct product_of(std::int64_t part) const noexcept {
    const std::int64_t count = parts_.last(part) - parts_.first(part);
    return {product_.rows, by_rows_ ? count : product_.m, by_rows_ ? product_.n : count};
  }

  void run_part(const graph::KernelArguments& arguments, std::int64_t part) const noexcept {
    const std::int64_t m = product_.m;
    const std::int64_t n = product_.n;
    const std::int64_t first_m = by_rows_ ? parts_.first(part) : 0;
    const std::int64_t first_n = by_rows_ ? 0 : parts_.first(part);
    const auto a = [from = arguments.input<float>(0) + first_m, m](std::int64_t row) { return from + row * m; };
    const auto copy_b = [from = arguments.input<float>(1) + first_n, n](std::int64_t row, std::int64_t begin,
                                                                        std::int64_t count, float* to) {
      copy_few(from + row * n + begin, count, to);
    };
    float* const workspace =
        reinterpret_cast<float*>(arguments.workspace) + static_cast<std::size_t>(part) * product_of(0).floats();
    product_of(part).run(a, copy_b, workspace, arguments.output<float>() + first_m * n + first_n, n, nullptr);
  }

  TallProduct product_;
  bool by_rows_;
  MatmulParts parts_;
};

}  // namespace

bool prefers_tall_matmul(const MatmulGeometry& geometry) noexcept {
  if (!geometry.transpose_a || geometry.transpose_b || geometry.items != 1 || geometry.bias) return false;
  if (geometry.activation != Activation::none || geometry.m < 8 || geometry.n < 16) return false;
  return geometry.k > 512 && geometry.m <= geometry.k && geometry.n <= 2 * geometry.k;
}

graph::KernelPtr tall_matmul_kernel(const graph::KernelRequest& request, const MatmulGeometry& geometry) {
  return graph::make_kernel<TallMatmul>(request, geometry, request.threads);
}

}  // namespace keratin::inline v0::kernels

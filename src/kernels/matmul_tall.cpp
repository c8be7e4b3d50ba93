#include "kernels/matmul_tall.h"

#include "kernels/matmul_parts.h"
#include "kernels/tall_product.h"

namespace keratin::inline v0::kernels {
namespace {

class TallMatmul final : public graph::Kernel {
 public:
  TallMatmul(const MatmulGeometry& geometry, int threads)
      : product_{geometry.k, geometry.m, geometry.n}, parts_(geometry.n, 64, matmul_threads(geometry, threads)) {}

  std::size_t workspace_bytes() const noexcept override {
    return static_cast<std::size_t>(parts_.parts) * product_of(0).floats() * sizeof(float);
  }

  void run(const graph::KernelArguments& arguments) const override {
    const std::int64_t m = product_.m;
    const std::int64_t n = product_.n;
    const auto a = [from = arguments.input<float>(0), m](std::int64_t row) { return from + row * m; };
    arguments.parallel(parts_.parts, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t part = first; part < last; ++part) {
        const float* const b = arguments.input<float>(1) + parts_.first(part);
        const auto copy_b = [b, n](std::int64_t row, std::int64_t begin, std::int64_t count, float* to) {
          copy_few(b + row * n + begin, count, to);
        };
        float* const workspace =
            reinterpret_cast<float*>(arguments.workspace) + static_cast<std::size_t>(part) * product_of(0).floats();
        product_of(part).run(a, copy_b, workspace, arguments.output<float>() + parts_.first(part), n, nullptr);
      }
    });
  }

 private:
  /// The columns of a part; the first has no fewer than any other.
  TallProduct product_of(std::int64_t part) const noexcept {
    return {product_.rows, product_.m, parts_.last(part) - parts_.first(part)};
  }

  TallProduct product_;
  MatmulParts parts_;
};

}  // namespace

bool prefers_tall_matmul(const MatmulGeometry& geometry) noexcept {
  return geometry.transpose_a && !geometry.transpose_b && geometry.items == 1 && !geometry.bias &&
         geometry.activation == Activation::none && geometry.k > 512 && geometry.m >= 8 && geometry.n >= 16 &&
         geometry.m <= geometry.k && geometry.n <= 2 * geometry.k;
}

graph::KernelPtr tall_matmul_kernel(const graph::KernelRequest& request, const MatmulGeometry& geometry) {
  return graph::make_kernel<TallMatmul>(request, geometry, request.threads);
}

}  // namespace keratin::inline v0::kernels

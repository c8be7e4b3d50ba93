#include "kernels/matmul_bfloat16.h"

#include <array>
#include <vector>

#include "core/cpu.h"
#include "kernels/elementwise/loops.h"
#include "kernels/matmul.h"
#include "kernels/matmul_onednn.h"
#include "kernels/matmul_parts.h"
#include "kernels/onednn/matmul.h"

namespace keratin::inline v0::kernels {
namespace {

/// Operations of one item from which on a product is worth a primitive's call.
constexpr double fewest_operations = 2e6;
/// Rows, columns and summands that fill the instructions for bfloat16.
constexpr std::int64_t fewest_each = 16;

bool is_empty(const MatmulGeometry& geometry) noexcept {
  return geometry.items == 0 || geometry.m == 0 || geometry.n == 0 || geometry.k == 0;
}

std::vector<graph::Spec> widened(std::span<const graph::Spec> inputs) {
  std::vector<graph::Spec> wide(inputs.begin(), inputs.end());
  wide[0].dtype = wide[1].dtype = float32;
  return wide;
}

/// Copies both operands as float32 and leaves the rest to the kernel for those.
class WidenedMatmul final : public graph::Kernel {
 public:
  explicit WidenedMatmul(const graph::KernelRequest& request)
      : inputs_(request.inputs.size()), sizes_{request.inputs[0].elements(), request.inputs[1].elements()} {
    graph::KernelRequest wide = request;
    const std::vector<graph::Spec> specs = widened(request.inputs);
    wide.inputs = specs;
    product_ = matmul_kernel(wide);
  }

  std::size_t workspace_bytes() const noexcept override {
    return matmul_buffer_bytes(sizes_[0]) + matmul_buffer_bytes(sizes_[1]) + product_->workspace_bytes();
  }

  void run(const graph::KernelArguments& arguments) const override {
    std::array<const std::byte*, 3> inputs{};
    std::byte* to = arguments.workspace;
    for (std::size_t i = 0; i < 2; ++i) {
      inputs[i] = to;
      widen(arguments.input<BFloat16>(i), sizes_[i], reinterpret_cast<float*>(to), arguments.parallel);
      to += matmul_buffer_bytes(sizes_[i]);
    }
    if (inputs_ > 2) inputs[2] = arguments.inputs[2];
    product_->run({.inputs = std::span(inputs).first(inputs_),
                   .outputs = arguments.outputs,
                   .workspace = to,
                   .parallel = arguments.parallel});
  }

 private:
  void widen(const BFloat16* from, std::int64_t count, float* to, core::Parallel& parallel) const {
    parallel(count, 1 << 14, [&](std::int64_t first, std::int64_t last) {
      cast_(to + first, from + first, nullptr, nullptr, last - first);
    });
  }

  Loop cast_ = find_loop(core::cpu_level(), graph::ScalarOp::cast, bfloat16, float32);
  std::size_t inputs_;
  std::array<std::int64_t, 2> sizes_;
  graph::KernelPtr product_;
};

}  // namespace

bool multiplies_bfloat16() noexcept { return onednn::multiplies_bfloat16(); }

bool gains_by_bfloat16(const graph::Attributes& attributes, std::span<const graph::Spec> operands,
                       const graph::Spec& result) {
  const MatmulGeometry g = matmul_geometry({.attributes = attributes, .inputs = operands, .outputs = {&result, 1}});
  return g.m >= fewest_each && g.n >= fewest_each && g.k >= fewest_each &&
         g.operations() >= fewest_operations * static_cast<double>(g.items);
}

graph::KernelPtr bfloat16_matmul_kernel(const graph::KernelRequest& request, const MatmulGeometry& geometry) {
  if (multiplies_bfloat16() && !is_empty(geometry)) return onednn_matmul_kernel(request, geometry);
  return graph::make_kernel<WidenedMatmul>(request, request);
}

}  // namespace keratin::inline v0::kernels

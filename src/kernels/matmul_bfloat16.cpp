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

/// Copies both operands as float32 and leaves the rest to the kernel for those.
class WidenedMatmul final : public graph::Kernel {
 public:
  explicit WidenedMatmul(const graph::KernelRequest& request)
      : narrows_(request.outputs[0].dtype == bfloat16),
        operands_(request.inputs.size()),
        sizes_{request.inputs[0].elements(), request.inputs[1].elements(), request.outputs[0].elements()} {
    std::vector<graph::Spec> inputs(request.inputs.begin(), request.inputs.end());
    inputs[0].dtype = inputs[1].dtype = float32;
    const graph::Spec output{float32, request.outputs[0].shape};
    graph::KernelRequest wide = request;
    wide.inputs = inputs;
    wide.outputs = {&output, 1};
    product_ = matmul_kernel(wide);
  }

  std::size_t workspace_bytes() const noexcept override {
    return matmul_buffer_bytes(sizes_[0]) + matmul_buffer_bytes(sizes_[1]) +
           (narrows_ ? matmul_buffer_bytes(sizes_[2]) : 0) + product_->workspace_bytes();
  }

  void run(const graph::KernelArguments& arguments) const override {
    std::array<const std::byte*, 3> inputs{};
    std::byte* at = arguments.workspace;
    for (std::size_t i = 0; i < 2; ++i) {
      inputs[i] = at;
      cast<BFloat16, float>(widen_, arguments.inputs[i], at, sizes_[i], arguments.parallel);
      at += matmul_buffer_bytes(sizes_[i]);
    }
    if (operands_ > 2) inputs[2] = arguments.inputs[2];
    std::byte* result = arguments.outputs[0];
    if (narrows_) {
      result = at;
      at += matmul_buffer_bytes(sizes_[2]);
    }
    product_->run({.inputs = std::span(inputs).first(operands_),
                   .outputs = {&result, 1},
                   .workspace = at,
                   .parallel = arguments.parallel});
    if (narrows_) cast<float, BFloat16>(narrow_, result, arguments.outputs[0], sizes_[2], arguments.parallel);
  }

 private:
  template <class From, class To>
  static void cast(Loop loop, const std::byte* from, std::byte* to, std::int64_t count, core::Parallel& parallel) {
    parallel(count, 1 << 14, [&](std::int64_t first, std::int64_t last) {
      loop(to + first * std::int64_t{sizeof(To)}, from + first * std::int64_t{sizeof(From)}, nullptr, nullptr,
           last - first);
    });
  }

  Loop widen_ = find_loop(core::cpu_level(), graph::ScalarOp::cast, bfloat16, float32);
  Loop narrow_ = find_loop(core::cpu_level(), graph::ScalarOp::cast, float32, bfloat16);
  bool narrows_;  ///< the result
  std::size_t operands_;
  std::array<std::int64_t, 3> sizes_;  ///< of a, b and c, in elements
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

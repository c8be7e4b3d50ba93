#include "kernels/matmul.h"

#include "kernels/eigen/matmul.h"
#include "kernels/matmul_bfloat16.h"
#include "kernels/matmul_geometry.h"
#include "kernels/matmul_onednn.h"
#include "kernels/matmul_own.h"
#include "kernels/matmul_packed.h"
#include "kernels/matmul_tall.h"

namespace keratin::inline v0::kernels {

namespace {

using MakeKernel = graph::KernelPtr (*)(const graph::KernelRequest&, const MatmulGeometry&);

MakeKernel kernel_for(DType dtype, const MatmulGeometry& geometry) {
  if (dtype == bfloat16) return &bfloat16_matmul_kernel;
  if (dtype != float32) return &eigen_matmul_kernel;
  const bool empty = geometry.items == 0 || geometry.m == 0 || geometry.n == 0;
  if (empty || prefers_own_matmul(geometry)) return &own_matmul_kernel;
  // Neither loops of panels nor oneDNN take empty sums.
  if (geometry.k == 0) return &eigen_matmul_kernel;
  if (prefers_packed_matmul(geometry)) return &packed_matmul_kernel;
  if (prefers_tall_matmul(geometry)) return &tall_matmul_kernel;
  return &onednn_matmul_kernel;
}

}  // namespace

graph::KernelPtr matmul_kernel(const graph::KernelRequest& request) {
  const MatmulGeometry geometry = matmul_geometry(request);
  return kernel_for(request.inputs[0].dtype, geometry)(request, geometry);
}

bool packs_operand(const graph::KernelRequest& request) {
  const MatmulGeometry geometry = matmul_geometry(request);
  return geometry.items == 1 && kernel_for(request.inputs[0].dtype, geometry) == &packed_matmul_kernel;
}

void pack_operand(const graph::KernelRequest& request, const float* b, float* to) {
  pack_matmul_operand(matmul_geometry(request), b, to);
}

bool fuses_activation(std::string_view name) noexcept { return activation_from_name(name).has_value(); }

}  // namespace keratin::inline v0::kernels

#include "kernels/matmul.h"

#include "kernels/eigen/matmul.h"
#include "kernels/matmul_bfloat16.h"
#include "kernels/matmul_geometry.h"
#include "kernels/matmul_onednn.h"
#include "kernels/matmul_own.h"
#include "kernels/matmul_packed.h"
#include "kernels/matmul_tall.h"

namespace keratin::inline v0::kernels {

graph::KernelPtr matmul_kernel(const graph::KernelRequest& request) {
  const MatmulGeometry geometry = matmul_geometry(request);
  if (request.inputs[0].dtype == bfloat16) return bfloat16_matmul_kernel(request, geometry);
  if (request.inputs[0].dtype != float32) return eigen_matmul_kernel(request, geometry);
  const bool empty = geometry.items == 0 || geometry.m == 0 || geometry.n == 0;
  if (empty || prefers_own_matmul(geometry)) return own_matmul_kernel(request, geometry);
  // Neither loops of panels nor oneDNN take empty sums.
  if (geometry.k == 0) return eigen_matmul_kernel(request, geometry);
  if (prefers_packed_matmul(geometry)) return packed_matmul_kernel(request, geometry);
  if (prefers_tall_matmul(geometry)) return tall_matmul_kernel(request, geometry);
  return onednn_matmul_kernel(request, geometry);
}

bool fuses_activation(std::string_view name) noexcept { return activation_from_name(name).has_value(); }

}  // namespace keratin::inline v0::kernels

#include "kernels/conv/winograd/winograd.h"

#include "core/cpu.h"
#include "kernels/conv/winograd/kernels.h"
#include "kernels/conv/winograd/tiles.h"
#include "kernels/conv/winograd/transforms.h"

namespace keratin::inline v0::kernels {
namespace {

/// With fewer the transforms take what the products save. Twice as many for AVX-512, whose vectors make products faster
/// and memory not.
std::int64_t fewest_channels() noexcept { return core::cpu_level() == core::CpuLevel::avx512 ? 32 : 16; }
/// With fewer the transform of the weights does.
constexpr std::int64_t fewest_tiles = 64;
/// Transformed weights that the caches no longer hold are waited for.
constexpr std::int64_t most_weights = 512 * 512;

}  // namespace

const WinogradTransforms& winograd_transforms() noexcept {
  switch (core::cpu_level()) {
    case core::CpuLevel::avx512:
      return winograd_avx512;
    case core::CpuLevel::avx2:
      return winograd_avx2;
    case core::CpuLevel::baseline:
      break;
  }
  return winograd_baseline;
}

bool prefers_winograd(const ConvGeometry& g, const ConvEpilogue& epilogue) noexcept {
  if (epilogue.activation != Activation::none && epilogue.activation != Activation::relu) return false;
  const bool is_flat = g.src[0] == 1 && g.dst[0] == 1 && g.kernel[0] == 1;
  const bool fits = is_flat && g.groups == 1 && g.kernel[1] == 3 && g.kernel[2] == 3 && g.stride[1] == 1 &&
                    g.stride[2] == 1 && g.dilation[1] == 1 && g.dilation[2] == 1;
  if (!fits || g.in < fewest_channels() || g.out < fewest_channels() || g.in * g.out > most_weights) return false;
  // Tiles that reach behind the edge compute what isn't wanted: two thirds of the multiplications are the limit.
  const WinogradTiles tiles = WinogradTiles::of_result(g);
  return tiles.count() >= fewest_tiles && 8 * tiles.count() <= 3 * g.batch * g.dst_pixels();
}

graph::KernelPtr winograd_kernel(const graph::KernelRequest& request, const ConvGeometry& geometry,
                                 ConvDirection direction, const ConvEpilogue& epilogue) {
  if (direction == ConvDirection::weights_gradient) return winograd_weights_gradient_kernel(request, geometry);
  return winograd_values_kernel(request, geometry, direction, epilogue);
}

}  // namespace keratin::inline v0::kernels

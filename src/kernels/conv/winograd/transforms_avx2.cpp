#define KERATIN_LEVEL avx2
#include "kernels/conv/winograd/level.h"

namespace keratin::inline v0::kernels {

const WinogradTransforms winograd_avx2 = avx2::winograd::transforms;

}  // namespace keratin::inline v0::kernels

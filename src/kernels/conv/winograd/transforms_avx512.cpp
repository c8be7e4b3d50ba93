#define KERATIN_LEVEL avx512
#include "kernels/conv/winograd/level.h"

namespace keratin::inline v0::kernels {

const WinogradTransforms winograd_avx512 = avx512::winograd::transforms;

}  // namespace keratin::inline v0::kernels

#define KERATIN_LEVEL avx2
#include "kernels/pool/level.h"

namespace keratin::inline v0::kernels {

const AllPoolLoops pool_avx2 = avx2::pooling::loops;

}  // namespace keratin::inline v0::kernels

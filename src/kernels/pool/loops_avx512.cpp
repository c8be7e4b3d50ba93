#define KERATIN_LEVEL avx512
#include "kernels/pool/level.h"

namespace keratin::inline v0::kernels {

const AllPoolLoops pool_avx512 = avx512::pooling::loops;

}  // namespace keratin::inline v0::kernels

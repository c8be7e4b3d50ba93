#define KERATIN_LEVEL avx2
#include "kernels/batch_norm/level.h"

namespace keratin::inline v0::kernels {

const BatchNormLoops batch_norm_avx2 = avx2::batch_norm::loops;

}  // namespace keratin::inline v0::kernels

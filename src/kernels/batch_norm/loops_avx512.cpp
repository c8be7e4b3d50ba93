#define KERATIN_LEVEL avx512
#include "kernels/batch_norm/level.h"

namespace keratin::inline v0::kernels {

const BatchNormLoops batch_norm_avx512 = avx512::batch_norm::loops;

}  // namespace keratin::inline v0::kernels

#define KERATIN_LEVEL avx2
#include "kernels/reduce_level.h"

namespace keratin::inline v0::kernels {

const ReduceLoops reduce_avx2 = avx2::reducing::loops;

}  // namespace keratin::inline v0::kernels

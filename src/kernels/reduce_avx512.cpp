#define KERATIN_LEVEL avx512
#include "kernels/reduce_level.h"

namespace keratin::inline v0::kernels {

const ReduceLoops reduce_avx512 = avx512::reducing::loops;

}  // namespace keratin::inline v0::kernels

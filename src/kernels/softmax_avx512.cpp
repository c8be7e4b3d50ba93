#define KERATIN_LEVEL avx512
#include "kernels/softmax_level.h"

namespace keratin::inline v0::kernels {

const SoftmaxLoops softmax_avx512 = avx512::softmax_family::loops;

}  // namespace keratin::inline v0::kernels

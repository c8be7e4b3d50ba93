#define KERATIN_LEVEL avx2
#include "kernels/softmax_level.h"

namespace keratin::inline v0::kernels {

const SoftmaxLoops softmax_avx2 = avx2::softmax_family::loops;

}  // namespace keratin::inline v0::kernels

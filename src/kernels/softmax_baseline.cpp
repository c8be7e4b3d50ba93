#define KERATIN_LEVEL baseline
#include "kernels/softmax_level.h"

namespace keratin::inline v0::kernels {

const SoftmaxLoops softmax_baseline = baseline::softmax_family::loops;

}  // namespace keratin::inline v0::kernels

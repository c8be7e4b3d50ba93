#define KERATIN_LEVEL baseline
#include "kernels/batch_norm/level.h"

namespace keratin::inline v0::kernels {

const BatchNormLoops batch_norm_baseline = baseline::batch_norm::loops;

}  // namespace keratin::inline v0::kernels

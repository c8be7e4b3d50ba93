#define KERATIN_LEVEL baseline
#include "kernels/pool/level.h"

namespace keratin::inline v0::kernels {

const AllPoolLoops pool_baseline = baseline::pooling::loops;

}  // namespace keratin::inline v0::kernels

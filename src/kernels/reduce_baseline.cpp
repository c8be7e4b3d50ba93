#define KERATIN_LEVEL baseline
#include "kernels/reduce_level.h"

namespace keratin::inline v0::kernels {

const ReduceLoops reduce_baseline = baseline::reducing::loops;

}  // namespace keratin::inline v0::kernels

#define KERATIN_LEVEL baseline
#include "kernels/conv/winograd/level.h"

namespace keratin::inline v0::kernels {

const WinogradTransforms winograd_baseline = baseline::winograd::transforms;

}  // namespace keratin::inline v0::kernels

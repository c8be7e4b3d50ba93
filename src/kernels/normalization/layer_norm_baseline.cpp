#define KERATIN_LEVEL baseline
#include "kernels/normalization/layer_norm_level.h"

namespace keratin::inline v0::kernels {

const LayerNormLoops<float> layer_norm_baseline = baseline::layer_norm::loops<float>;
const LayerNormLoops<double> layer_norm_double_baseline = baseline::layer_norm::loops<double>;

}  // namespace keratin::inline v0::kernels

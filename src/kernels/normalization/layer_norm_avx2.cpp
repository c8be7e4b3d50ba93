#define KERATIN_LEVEL avx2
#include "kernels/normalization/layer_norm_level.h"

namespace keratin::inline v0::kernels {

const LayerNormLoops<float> layer_norm_avx2 = avx2::layer_norm::loops<float>;
const LayerNormLoops<double> layer_norm_double_avx2 = avx2::layer_norm::loops<double>;

}  // namespace keratin::inline v0::kernels

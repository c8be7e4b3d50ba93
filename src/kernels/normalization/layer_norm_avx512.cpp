#define KERATIN_LEVEL avx512
#include "kernels/normalization/layer_norm_level.h"

namespace keratin::inline v0::kernels {

const LayerNormLoops<float> layer_norm_avx512 = avx512::layer_norm::loops<float>;
const LayerNormLoops<double> layer_norm_double_avx512 = avx512::layer_norm::loops<double>;

}  // namespace keratin::inline v0::kernels

#define KERATIN_LEVEL avx512
#include "kernels/recurrent/cell_level.h"

namespace keratin::inline v0::kernels {

const CellLoops cell_avx512 = avx512::cells::loops;

}  // namespace keratin::inline v0::kernels

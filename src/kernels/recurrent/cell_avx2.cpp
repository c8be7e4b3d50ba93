#define KERATIN_LEVEL avx2
#include "kernels/recurrent/cell_level.h"

namespace keratin::inline v0::kernels {

const CellLoops cell_avx2 = avx2::cells::loops;

}  // namespace keratin::inline v0::kernels

#define KERATIN_LEVEL baseline
#include "kernels/recurrent/cell_level.h"

namespace keratin::inline v0::kernels {

const CellLoops cell_baseline = baseline::cells::loops;

}  // namespace keratin::inline v0::kernels

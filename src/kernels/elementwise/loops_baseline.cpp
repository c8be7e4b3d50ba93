#define KERATIN_LEVEL baseline
#include "kernels/elementwise/level_loops.h"

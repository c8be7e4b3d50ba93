#define KERATIN_LEVEL avx2
#include "kernels/elementwise/level_loops.h"

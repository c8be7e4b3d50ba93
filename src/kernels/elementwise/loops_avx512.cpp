#define KERATIN_LEVEL avx512
#include "kernels/elementwise/level_loops.h"

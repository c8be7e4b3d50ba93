#define KERATIN_LEVEL avx2
#include "kernels/random_lanes.h"

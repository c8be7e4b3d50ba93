#define KERATIN_LEVEL avx512
#include "kernels/random_lanes.h"

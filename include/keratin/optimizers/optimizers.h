#pragma once

#include "keratin/optimizers/adam.h"
#include "keratin/optimizers/adaptive.h"
#include "keratin/optimizers/descent.h"
#include "keratin/optimizers/schedules.h"
#include "keratin/optimizers/wrappers.h"

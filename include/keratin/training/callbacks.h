#pragma once

// Keras's callbacks, in keratin::callbacks; those that need files or a network are in keratin/saving and
// keratin/remote.
#include "keratin/training/callbacks/callback_list.h"
#include "keratin/training/callbacks/early_stopping.h"
#include "keratin/training/callbacks/functions.h"
#include "keratin/training/callbacks/learning_rate.h"
#include "keratin/training/callbacks/loggers.h"
#include "keratin/training/callbacks/memory_monitor.h"
#include "keratin/training/callbacks/monitor.h"
#include "keratin/training/callbacks/swap_ema_weights.h"

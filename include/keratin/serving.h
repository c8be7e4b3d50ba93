#pragma once

/// What serves a model to many callers. A program that only predicts needs no other header of Keratin.
#include "keratin/serving/predictor.h"

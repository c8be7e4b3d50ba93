#pragma once

#include <span>
#include <string>

#include "graph/spec.h"

namespace keratin::inline v0::training {

/// What predict_into writes: one output of float32. Throws ValueError for others, of the model of this name.
void check_predict_into(std::span<const graph::Spec> outputs, const std::string& model);

}  // namespace keratin::inline v0::training

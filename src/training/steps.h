#pragma once

#include <span>

#include "keratin/graph/tensor.h"
#include "keratin/training/model.h"
#include "keratin/training/steps.h"
#include "layers/call_stack.h"

namespace keratin::inline v0::training {

class LiveModel;

/// What a StepContext refers to: one tracing of a step.
struct StepState {
  LiveModel& live;
  Model model;
  bool training = false;
  std::span<const Tensor> inputs;
  std::span<const Tensor> targets;
  std::span<const Tensor> weights;
  layers::LossScope added = {};  ///< penalties of the layers that the step calls
};

}  // namespace keratin::inline v0::training

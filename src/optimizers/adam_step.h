#pragma once

#include "keratin/graph/tensor.h"
#include "keratin/session/variable.h"

namespace keratin::inline v0::optimizers {

/// m, v ← their means with a gradient.
struct Moments {
  Tensor first;
  Tensor second;
};
Moments update_moments(const Tensor& gradient, Variable momentum, Variable velocity, double beta_1, double beta_2);

/// Adam's step of one variable, which Muon takes too.
struct AdamStep {
  Tensor gradient;
  Variable variable;
  Tensor learning_rate;
  Tensor number;  ///< which update it is, from 1 on
  Variable momentum;
  Variable velocity;
  Variable velocity_hat;  ///< empty: without amsgrad
  double beta_1;
  double beta_2;
  double epsilon;
};
void adam_step(const AdamStep& step);

}  // namespace keratin::inline v0::optimizers

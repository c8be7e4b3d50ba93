#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "keratin/layers/core.h"
#include "keratin/layers/merging.h"
#include "keratin/layers/normalization.h"
#include "keratin/layers/preprocessing.h"
#include "keratin/layers/regularization.h"
#include "keratin/serving/predictor.h"
#include "keratin/session/session.h"
#include "keratin/training/model.h"

namespace keratin::test {

inline Array noise(const Shape& shape, std::uint64_t seed) { return Array::random_normal(shape, {.seed = seed}); }

/// Trained a little, so that moving averages are not what they were at first.
inline Model trained(Session& session, std::int64_t units = 24) {
  Sequential model(session,
                   {layers::Input({6}), layers::Dense(units, {.activation = "relu"}), layers::BatchNormalization(),
                    layers::Dropout(0.3), layers::Dense(3, {.activation = "softmax"})});
  model.compile({.optimizer = "adam", .loss = "mse"});
  model.fit(noise({40, 6}, 1), noise({40, 3}, 2), {.verbose = 0});
  return model;
}

/// Inputs "a" (3 numbers) and "b" (2 integers), outputs "sum" (4) and "flag" (1).
inline Model two_headed(Session& session) {
  const Tensor a = session.input({3}, {.name = "a"});
  const Tensor b = session.input({2}, {.dtype = int32, .name = "b"});
  const Tensor x = layers::Concatenate()({layers::Dense(4)(a), layers::Dense(4)(layers::Rescaling(0.5)(b))});
  return Model({a, b}, {layers::Dense(4, {.name = "sum"})(x), layers::Dense(1, {.name = "flag"})(x)});
}

}  // namespace keratin::test

#pragma once

#include <cmath>
#include <cstdint>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/layers/core.h"
#include "keratin/layers/merging.h"
#include "keratin/session/session.h"
#include "keratin/training/callbacks.h"
#include "keratin/training/model.h"

namespace keratin::test {

/// A training as Keras did it: the history, and all weights after it, one after another.
struct TrainingCase {
  std::string name;
  std::vector<std::pair<std::string, std::vector<double>>> history;
  std::vector<float> weights;

  friend void PrintTo(const TrainingCase& each, std::ostream* out) { *out << each.name; }
};

/// What EarlyStopping makes of an epoch's losses.
struct EarlyStoppingCase {
  callbacks::EarlyStoppingOptions options;
  std::vector<double> losses;
  std::int64_t epochs = 0;  ///< that were run
  std::int64_t stopped_epoch = 0;
  std::int64_t best_epoch = 0;
  double best = 0.0;
};

/// The numbers that record_keras_training.py calls so: exact in float32.
inline Array wave(const Shape& shape, std::int64_t seed, float scale = 1.0f) {
  std::vector<float> numbers;
  for (std::int64_t i = 0; i < shape.elements(); ++i)
    numbers.push_back(scale * static_cast<float>((i * 37 + seed * 11 + i * i * 3) % 101 - 50) / 64.0f);
  return Array::copy_of(numbers).reshaped(shape);
}

inline Array classes(std::int64_t rows, std::int64_t count, std::int64_t seed) {
  std::vector<std::int32_t> numbers;
  for (std::int64_t i = 0; i < rows; ++i) numbers.push_back(static_cast<std::int32_t>((i * 7 + seed + i * i) % count));
  return Array::copy_of(numbers);
}

inline Array positive(std::int64_t rows, std::int64_t seed) {
  Array numbers = wave({rows}, seed);
  for (float& each : numbers.mutable_data<float>()) each += 1.0f;
  return numbers;
}

/// Weights that don't depend on initializers.
inline void start(const Model& model) {
  std::int64_t seed = 3;
  for (Variable& variable : model.trainable_variables())
    variable.assign(wave(variable.shape(), seed++, 0.5f).astype(variable.dtype()));
}

inline std::vector<float> numbers_of(const std::vector<Array>& arrays) {
  std::vector<float> all;
  for (const Array& each : arrays) {
    const Array plain = each.contiguous();
    all.insert(all.end(), plain.data<float>().begin(), plain.data<float>().end());
  }
  return all;
}

/// Six numbers in, probabilities of three classes out.
inline Sequential classifier(Session& session) {
  Sequential model(session, {layers::Input({6}), layers::Dense(8, {.activation = "relu"}),
                             layers::Dense(3, {.activation = "softmax"})});
  start(model);
  return model;
}

/// A classifier that is compiled; `classes` are its targets.
inline Sequential compiled_classifier(Session& session, bool run_eagerly = false) {
  Sequential model = classifier(session);
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.01}),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy"},
                 .run_eagerly = run_eagerly});
  return model;
}

/// Two inputs "a" (3 numbers) and "b" (2), two outputs: "digit", probabilities of three classes, and "level", a number.
inline Model two_headed(Session& session) {
  const Tensor a = session.input({3}, {.name = "a"});
  const Tensor b = session.input({2}, {.name = "b"});
  const Tensor from_a = layers::Dense(4, {.activation = "tanh"})(a);
  const Tensor from_b = layers::Dense(3, {.activation = "tanh"})(b);
  const Tensor x = layers::Concatenate()({from_a, from_b});
  const Tensor digit = layers::Dense(3, {.activation = "softmax", .name = "digit"})(x);
  const Tensor level = layers::Dense(1, {.name = "level"})(x);
  Model model({a, b}, {digit, level});
  start(model);
  return model;
}

}  // namespace keratin::test

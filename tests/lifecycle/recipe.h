#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/layers/core.h"
#include "keratin/layers/normalization.h"
#include "keratin/layers/regularization.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/training/model.h"

namespace keratin::test {

/// A small model and its data, another one for each number.
struct Recipe {
  std::int64_t inputs = 0;
  std::int64_t classes = 0;
  std::vector<std::int64_t> widths;
  int optimizer = 0;
  int extra = 0;  ///< 1: Dropout, 2: BatchNormalization, 3: LayerNormalization after each hidden layer
  std::int64_t rows = 0;
  std::int64_t batch_size = 0;
  bool validates = false;
};

/// Numbers that look unlike each other for neighbouring seeds (SplitMix64's finalizer).
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 1) {}
  std::int64_t between(std::int64_t first, std::int64_t last) {
    state_ += 0x9e3779b97f4a7c15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return first + static_cast<std::int64_t>(z % static_cast<std::uint64_t>(last - first + 1));
  }

 private:
  std::uint64_t state_;
};

inline Recipe recipe(std::uint64_t number) {
  Draw draw(number);
  Recipe made;
  made.inputs = draw.between(1, 40);
  made.classes = draw.between(2, 10);
  for (std::int64_t layer = draw.between(1, 4); layer > 0; --layer) made.widths.push_back(draw.between(1, 96));
  made.optimizer = static_cast<int>(draw.between(0, 4));
  made.extra = static_cast<int>(draw.between(0, 3));
  made.batch_size = draw.between(1, 48);
  made.rows = draw.between(made.batch_size, 4 * made.batch_size);
  made.validates = draw.between(0, 3) == 0;
  return made;
}

inline OptimizerSpec optimizer_of(const Recipe& recipe) {
  switch (recipe.optimizer) {
    case 0:
      return optimizers::SGD({.learning_rate = 0.01});
    case 1:
      return optimizers::SGD({.learning_rate = 0.01, .momentum = 0.9, .nesterov = true});
    case 2:
      return optimizers::RMSprop({.learning_rate = 1e-3, .momentum = 0.5, .centered = true});
    case 3:
      return optimizers::Adam({.amsgrad = true, .global_clipnorm = 1.0});
    default:
      return optimizers::Adam();
  }
}

inline std::vector<LayerSpec> layers_of(const Recipe& recipe) {
  std::vector<LayerSpec> specs{layers::Input({recipe.inputs})};
  for (const std::int64_t width : recipe.widths) {
    specs.emplace_back(layers::Dense(width, {.activation = "relu"}));
    if (recipe.extra == 1) specs.emplace_back(layers::Dropout(0.2));
    if (recipe.extra == 2) specs.emplace_back(layers::BatchNormalization());
    if (recipe.extra == 3) specs.emplace_back(layers::LayerNormalization());
  }
  specs.emplace_back(layers::Dense(recipe.classes, {.activation = "softmax"}));
  return specs;
}

inline CompileOptions compile_options(const Recipe& recipe) {
  return {.optimizer = optimizer_of(recipe), .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}};
}

inline Model built(Session& session, const Recipe& recipe) {
  Sequential model(session, layers_of(recipe));
  model.compile(compile_options(recipe));
  return model;
}

struct RecipeData {
  Array x;
  Array y;
};

inline RecipeData data_of(const Recipe& recipe) {
  RecipeData data{Array::random_normal({recipe.rows, recipe.inputs}, {.seed = 1}), Array::zeros({recipe.rows}, int32)};
  std::int64_t row = 0;
  for (std::int32_t& label : data.y.mutable_data<std::int32_t>())
    label = static_cast<std::int32_t>(row++ % recipe.classes);
  return data;
}

inline FitOptions fit_options(const Recipe& recipe, const RecipeData& data) {
  FitOptions options{.batch_size = recipe.batch_size, .epochs = 1, .verbose = 0};
  if (recipe.validates) options.validation_data = {data.x, data.y};
  return options;
}

/// Of the bits of all arrays (FNV-1a).
inline std::uint64_t hash_of(const std::vector<Array>& arrays) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const Array& array : arrays) {
    const Array plain = array.contiguous();
    const auto* const bytes = static_cast<const unsigned char*>(plain.raw());
    for (std::int64_t i = 0; i < plain.nbytes(); ++i) hash = (hash ^ bytes[i]) * 0x100000001b3u;
  }
  return hash;
}

/// The largest model that a recipe could ask for. Its products are oneDNN's, which on some machines (without AVX-512)
/// makes code at the first one and keeps it as long as the process lives: what is to stay flat is looked at after it.
inline Recipe largest_recipe() {
  return {.inputs = 40, .classes = 10, .widths = {96, 96, 96, 96}, .optimizer = 4, .rows = 192, .batch_size = 48};
}

/// Builds, compiles and fits a model in the session; the hash of the trained weights.
inline std::uint64_t trained(Session& session, const Recipe& made) {
  const RecipeData data = data_of(made);
  Model model = built(session, made);
  model.fit(data.x, data.y, fit_options(made, data));
  return hash_of(model.get_weights());
}
/// The same with the model of this number.
inline std::uint64_t trained(Session& session, std::uint64_t number) { return trained(session, recipe(number)); }

}  // namespace keratin::test

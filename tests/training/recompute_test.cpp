// Activations that are computed a second time instead of being kept: the same bits, in less memory.
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/layers/activation.h"
#include "keratin/layers/attention.h"
#include "keratin/layers/convolutional.h"
#include "keratin/layers/normalization.h"
#include "keratin/layers/pooling.h"
#include "keratin/layers/recurrent.h"
#include "keratin/layers/regularization.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

struct Network {
  std::string name;
  std::function<Model(Session&)> make;
  Shape input;
  double share = 1.0;  ///< of the workspace without it, at most

  friend void PrintTo(const Network& each, std::ostream* out) { *out << each.name; }
};

Model mlp(Session& session) {
  std::vector<LayerSpec> all{layers::Input({64})};
  for (int i = 0; i < 16; ++i) {
    all.emplace_back(layers::Dense(64));
    all.emplace_back(layers::BatchNormalization());
    all.emplace_back(layers::Activation("gelu"));
    all.emplace_back(layers::Dropout(0.1));
  }
  all.emplace_back(layers::Dense(5, {.activation = "softmax"}));
  return Sequential(session, all);
}

Model cnn(Session& session) {
  const Tensor input = session.input({12, 12, 3});
  Tensor x = layers::Conv2D(8, 3, {.padding = "same"})(input);
  for (int i = 0; i < 8; ++i) {
    Tensor y = layers::Conv2D(8, 3, {.padding = "same", .activation = "relu"})(x);
    y = layers::BatchNormalization()(y);
    y = layers::SpatialDropout2D(0.1)(y);
    x = layers::Activation("relu")(layers::Add()({x, y}));
  }
  return Model({input}, {layers::Dense(5, {.activation = "softmax"})(layers::GlobalAveragePooling2D()(x))});
}

Model lstm(Session& session) {
  std::vector<LayerSpec> all{layers::Input({12, 6})};
  for (int i = 0; i < 8; ++i) all.emplace_back(layers::LSTM(16, {.dropout = 0.1, .return_sequences = true}));
  all.emplace_back(layers::LSTM(16));
  all.emplace_back(layers::Dense(5, {.activation = "softmax"}));
  return Sequential(session, all);
}

Model transformer(Session& session) {
  const Tensor input = session.input({20, 16});
  Tensor x = input;
  for (int i = 0; i < 8; ++i) {
    const Tensor a = layers::LayerNormalization()(x);
    x = layers::Add()({x, layers::MultiHeadAttention(2, 8, {.dropout = 0.1})({a, a}, {.use_causal_mask = true})});
    Tensor y = layers::Dense(32, {.activation = "gelu"})(layers::LayerNormalization()(x));
    y = layers::Dropout(0.1)(layers::Dense(16)(y));
    x = layers::Add()({x, y});
  }
  return Model({input}, {layers::Dense(5, {.activation = "softmax"})(layers::GlobalAveragePooling1D()(x))});
}

/// Nothing to be saved: one layer.
Model shallow(Session& session) {
  return Sequential(session, {layers::Input({64}), layers::Dense(5, {.activation = "softmax"})});
}

/// Penalties of activities and weights, clipping by the norm of all gradients, layers that are called twice.
Model shared(Session& session) {
  const Tensor input = session.input({32});
  const auto twice = session.add(layers::Dense(32, {.activation = "tanh", .activity_regularizer = "l2"}));
  Tensor x = input;
  for (int i = 0; i < 6; ++i) {
    x = twice(x);
    x = layers::GaussianNoise(0.1)(layers::Dense(32, {.activation = "elu", .kernel_regularizer = "l2"})(x));
  }
  return Model({input}, {layers::Dense(5, {.activation = "softmax"})(x)});
}

class Recompute : public testing::TestWithParam<Network> {};

struct Trained {
  MemoryPlan plan;
  History history;
  std::vector<float> weights;
  std::int64_t peak = 0;
};

Trained trained(const Network& network, bool recompute) {
  constexpr std::int64_t rows = 80;
  Session session({.seed = 5, .threads = 2});
  Model model = network.make(session);
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.01, .global_clipnorm = 1.0}),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy"},
                 .recompute = recompute});
  Shape shape = network.input;
  shape.insert(0, rows);
  Trained result;
  result.plan = model.memory_plan({.batch_size = 32, .rows = rows});
  result.history = model.fit(wave(shape, 1), classes(rows, 5, 2), {.batch_size = 32, .epochs = 3, .verbose = 0});
  for (const Array& array : model.get_weights()) {
    const Array numbers = array.astype(float32).contiguous();
    result.weights.insert(result.weights.end(), numbers.data<float>().begin(), numbers.data<float>().end());
  }
  result.peak = session.memory().peak_bytes;
  return result;
}

TEST_P(Recompute, GivesTheSameBitsInLessMemory) {
  const Trained kept = trained(GetParam(), false);
  const Trained twice = trained(GetParam(), true);
  EXPECT_EQ(kept.history["loss"], twice.history["loss"]);
  EXPECT_EQ(kept.history["accuracy"], twice.history["accuracy"]);
  EXPECT_EQ(kept.weights, twice.weights) << "moving averages are among them";
  EXPECT_EQ(kept.plan.recomputed_bytes, 0);
  const double share = static_cast<double>(twice.plan.workspace_bytes) / static_cast<double>(kept.plan.workspace_bytes);
  RecordProperty("share", std::to_string(share));
  EXPECT_LE(share, GetParam().share) << kept.plan << "\n" << twice.plan;
  EXPECT_EQ(twice.plan.recomputed_bytes > 0, GetParam().share < 1.0);
  EXPECT_LE(twice.peak, twice.plan.peak_bytes) << "what is planned is what fit takes";
}

INSTANTIATE_TEST_SUITE_P(All, Recompute,
                         testing::Values(Network{"mlp", mlp, {64}, 0.5}, Network{"cnn", cnn, {12, 12, 3}, 0.6},
                                         Network{"lstm", lstm, {12, 6}, 0.6},
                                         Network{"transformer", transformer, {20, 16}, 0.5},
                                         Network{"shared", shared, {32}, 0.8}, Network{"shallow", shallow, {64}, 1.0}),
                         [](const auto& each) { return each.param.name; });

TEST(RecomputePlan, SaysWhatIsComputedTwice) {
  Session session({.seed = 1});
  Model model = mlp(session);
  model.compile({.loss = "sparse_categorical_crossentropy", .recompute = true});
  std::ostringstream text;
  text << model.memory_plan({.batch_size = 32, .rows = 32});
  EXPECT_NE(text.str().find("computed twice instead of being kept"), std::string::npos) << text.str();
}

TEST(RecomputePlan, ARunThatIsEagerKeepsWhatItComputed) {
  Session session({.seed = 1});
  Sequential model = classifier(session);
  model.compile({.loss = "sparse_categorical_crossentropy", .run_eagerly = true, .recompute = true});
  EXPECT_NO_THROW(model.fit(wave({16, 6}, 1), classes(16, 3, 1), {.verbose = 0}));
}

}  // namespace

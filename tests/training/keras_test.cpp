#include "training/data/keras.h"

#include <cmath>

#include <gtest/gtest.h>

#include "keratin/layers/normalization.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

const FitOptions fixed{.batch_size = 16, .verbose = 0, .shuffle = false};

struct Trained {
  Model model;
  History history;
};

Trained of_classifier(Session& session, std::int64_t rows, FitOptions options, MetricsSpec metrics = {"accuracy"},
                      MetricsSpec weighted_metrics = {}) {
  Sequential model = classifier(session);
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.01}),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = std::move(metrics),
                 .weighted_metrics = std::move(weighted_metrics)});
  History history = model.fit(wave({rows, 6}, 1), classes(rows, 3, 2), options);
  return {model, history};
}

FitOptions with(std::int64_t epochs) {
  FitOptions options = fixed;
  options.epochs = epochs;
  return options;
}

Trained train_regression(Session& session) {
  Sequential model(session, {layers::Input({4}), layers::Dense(5, {.activation = "tanh"}), layers::Dense(1)});
  start(model);
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.05, .momentum = 0.9, .nesterov = true}),
                 .loss = "mse",
                 .metrics = {"mae"}});
  FitOptions options = with(4);
  options.batch_size = 8;
  options.validation_data = {wave({12, 4}, 3), wave({12}, 4), positive(12, 6)};
  options.validation_batch_size = 5;
  History history = model.fit(wave({23, 4}, 1), wave({23}, 2), options);
  return {model, history};
}

Trained train_norms(Session& session) {
  Sequential model(session, {layers::Input({5}), layers::Dense(6), layers::BatchNormalization(),
                             layers::LayerNormalization(), layers::Dense(2)});
  start(model);
  model.compile({.optimizer = optimizers::RMSprop({.learning_rate = 0.01}), .loss = "mse", .metrics = {"mae"}});
  FitOptions options = with(3);
  options.batch_size = 8;
  options.validation_data = {wave({7, 5}, 4), wave({7, 2}, 5)};
  History history = model.fit(wave({20, 5}, 1), wave({20, 2}, 2), options);
  return {model, history};
}

CompileOptions two_losses() {
  return {.optimizer = optimizers::Adam({.learning_rate = 0.02}),
          .loss = {{"digit", "sparse_categorical_crossentropy"}, {"level", "mse"}}};
}

Trained train_two_heads(Session& session) {
  Model model = two_headed(session);
  CompileOptions options = two_losses();
  options.loss_weights = {{"digit", 0.5}, {"level", 2.0}};
  options.metrics = {{"digit", {"accuracy"}}, {"level", {"mae", "mse"}}};
  model.compile(options);
  FitOptions fit = with(3);
  fit.batch_size = 8;
  History history = model.fit({{"b", wave({21, 2}, 2)}, {"a", wave({21, 3}, 1)}},
                              {{"digit", classes(21, 3, 1)}, {"level", wave({21, 1}, 5)}}, fit);
  return {model, history};
}

Trained train_two_heads_weighted(Session& session) {
  Model model = two_headed(session);
  CompileOptions options = two_losses();
  options.metrics = {{"level", {"mae"}}, {"digit", {}}};
  options.weighted_metrics = {{"digit", {"accuracy"}}, {"level", {"mae"}}};
  model.compile(options);
  FitOptions fit = with(3);
  fit.batch_size = 8;
  fit.sample_weight = positive(21, 3);
  History history = model.fit({wave({21, 3}, 1), wave({21, 2}, 2)}, {classes(21, 3, 1), wave({21, 1}, 5)}, fit);
  return {model, history};
}

Trained train(Session& session, const std::string& name) {
  if (name == "regression") return train_regression(session);
  if (name == "norms") return train_norms(session);
  if (name == "two_heads") return train_two_heads(session);
  if (name == "two_heads_weighted") return train_two_heads_weighted(session);
  FitOptions options = with(name == "classifier" || name == "steps_per_epoch" ? 3 : 2);
  if (name == "classifier") options.validation_split = 0.2;
  if (name == "sample_weight") {
    options.sample_weight = positive(50, 7);
    options.validation_split = 0.3;
    return of_classifier(session, 50, options, {"accuracy"}, {"accuracy", "sparse_categorical_crossentropy"});
  }
  if (name == "class_weight") {
    options.class_weight = {{0, 0.25}, {1, 2.0}, {2, 1.5}};
    return of_classifier(session, 50, options, {}, {"accuracy"});
  }
  if (name == "steps_per_epoch") {
    options.steps_per_epoch = 2;
    return of_classifier(session, 96, options);
  }
  if (name == "initial_epoch") {
    options.epochs = 4;
    options.initial_epoch = 2;
  }
  if (name == "validation_freq") {
    options.epochs = 4;
    options.validation_freq = 2;
    options.validation_data = {wave({30, 6}, 3), classes(30, 3, 1)};
    options.validation_steps = 1;
  }
  return of_classifier(session, 50, options);
}

class AsKeras : public testing::TestWithParam<TrainingCase> {};

TEST_P(AsKeras, TrainsToTheSameNumbers) {
  const TrainingCase& expected = GetParam();
  Session session({.seed = 1});
  const auto [model, history] = train(session, expected.name);
  EXPECT_EQ(history.names().size(), expected.history.size());
  for (const auto& [name, values] : expected.history) {
    ASSERT_TRUE(history.contains(name)) << name << " is missing";
    ASSERT_EQ(history[name].size(), values.size()) << name;
    for (std::size_t epoch = 0; epoch < values.size(); ++epoch)
      EXPECT_NEAR(history[name][epoch], values[epoch], 1e-5 * std::abs(values[epoch])) << name << ", epoch " << epoch;
  }
  const std::vector<float> weights = numbers_of(model.get_weights());
  ASSERT_EQ(weights.size(), expected.weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) EXPECT_NEAR(weights[i], expected.weights[i], 1e-5) << "weight " << i;
}

INSTANTIATE_TEST_SUITE_P(All, AsKeras, testing::ValuesIn(keras_trainings),
                         [](const auto& each) { return each.param.name; });

}  // namespace

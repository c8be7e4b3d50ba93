// How a model was compiled, and its optimizer's state, come back: training goes on to the same bits.
#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "files.h"
#include "keratin/core/log.h"
#include "keratin/keratin.h"
#include "saving/hdf5.h"
#include "saving/json.h"
#include "saving/model_files.h"

namespace {

using namespace keratin;
using keratin::test::data_file;
using keratin::test::expect_says;
using keratin::test::Scratch;

struct Data2 {
  Array x = Array::random_normal({24, 4}, {.seed = 1});
  Array y = Array::random_normal({24, 2}, {.seed = 2});
};

Model compiled(Session& session, OptimizerSpec optimizer) {
  Model model = Sequential(session, {layers::Input({4}), layers::Dense(5, {.activation = "tanh"}), layers::Dropout(0.3),
                                     layers::BatchNormalization(), layers::Dense(2)});
  model.compile({.optimizer = std::move(optimizer), .loss = "mse", .metrics = {"mae"}});
  return model;
}

std::vector<OptimizerSpec> all_optimizers() {
  return {optimizers::Adam({.learning_rate = 0.01}), optimizers::SGD({.learning_rate = 0.05, .momentum = 0.9}),
          optimizers::RMSprop({.centered = true})};
}

void expect_same(const std::vector<Array>& a, const std::vector<Array>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(max_abs_difference(a[i], b[i]), 0.0) << i;
}

TEST(CompiledModel, TrainingGoesOnToTheSameBits) {
  const Data2 data;
  const Scratch scratch;
  for (const OptimizerSpec& optimizer : all_optimizers()) {
    Session session({.seed = 3});
    Model model = compiled(session, optimizer);
    model.fit(data.x, data.y, {.batch_size = 8, .epochs = 2, .verbose = 0, .shuffle = false});
    model.save(scratch.path("a.keras"));

    Session other({.seed = 3});
    Model again = load_model(other, scratch.path("a.keras"));
    ASSERT_TRUE(again.is_compiled());
    EXPECT_EQ(again.optimizer()->iterations().value().item<std::int64_t>(), 6);
    again.save(scratch.path("b.keras"));
    EXPECT_EQ(keratin::test::content(scratch.path("a.keras")), keratin::test::content(scratch.path("b.keras")));
    for (Model& each : std::array{model, again}) each.evaluate(data.x, data.y, {.batch_size = 8, .verbose = 0});
    expect_same(model.get_weights(), again.get_weights());
    const Logs mine = model.evaluate(data.x, data.y, {.batch_size = 8, .verbose = 0});
    EXPECT_EQ(mine.at("mae"), again.evaluate(data.x, data.y, {.batch_size = 8, .verbose = 0}).at("mae"));
  }
}

TEST(CompiledModel, WithoutRandomnessFurtherEpochsAreTheSame) {
  const Data2 data;
  const Scratch scratch;
  for (const OptimizerSpec& optimizer : all_optimizers()) {
    const auto trained = [&](Model& model) {
      model.fit(data.x, data.y, {.batch_size = 8, .epochs = 2, .verbose = 0, .shuffle = false});
    };
    Session session({.seed = 3});
    Model model = Sequential(session, {layers::Input({4}), layers::Dense(5, {.activation = "tanh"}), layers::Dense(2)});
    model.compile({.optimizer = optimizer, .loss = losses::Huber({.delta = 0.5})});
    trained(model);
    model.save(scratch.path("a.keras"));
    model.save_weights(scratch.path("a.weights.h5"));
    Session other;
    Model again = load_model(other, scratch.path("a.keras"));
    Model weights_alone = clone_model(model, other);
    weights_alone.compile({.optimizer = optimizer, .loss = losses::Huber({.delta = 0.5})});
    weights_alone.load_weights(scratch.path("a.weights.h5"));
    trained(model);
    trained(again);
    trained(weights_alone);
    expect_same(model.get_weights(), again.get_weights());
    expect_same(model.get_weights(), weights_alone.get_weights());
  }
}

TEST(CompiledModel, AStateThatDoesntFitIsLeftWithAWarning) {
  const Data2 data;
  const Scratch scratch;
  Session session;
  Model model = compiled(session, optimizers::Adam());
  model.fit(data.x, data.y, {.batch_size = 8, .epochs = 1, .verbose = 0});
  model.save_weights(scratch.path("a.weights.h5"));
  model.save(scratch.path("bare.keras"), {.include_optimizer = false});
  Model other = compiled(session, optimizers::SGD({.momentum = 0.9}));
  std::vector<std::string> warnings;
  log::set_sink([&](log::Level, std::string_view text) { warnings.emplace_back(text); });
  other.load_weights(scratch.path("a.weights.h5"));
  EXPECT_FALSE(load_model(session, scratch.path("bare.keras")).is_compiled());
  log::set_sink({});
  ASSERT_EQ(warnings.size(), 1U);
  expect_says(warnings[0], {"sgd", "starts afresh"});
  expect_same(model.get_weights(), other.get_weights());
}

TEST(CompiledModel, LossesAndMetricsOfSeveralOutputsComeBack) {
  const Scratch scratch;
  Session session;
  Model model = load_model(session, data_file("two_inputs.keras"));
  model.save(scratch.path("a.keras"));
  const NamedArrays known = load_npz(data_file("two_inputs.npz"));
  Model again = load_model(session, scratch.path("a.keras"));
  const auto evaluated = [&](Model& each) {
    return each.evaluate({{"age", known["age"]}, {"zone", known["zone"]}},
                         {{"left", known["left"]}, {"right", Array::zeros({2, 1})}}, {.verbose = 0});
  };
  const Logs mine = evaluated(model);
  const Logs theirs = evaluated(again);
  for (const std::string& name : model.metrics_names()) EXPECT_EQ(theirs.at(name), mine.at(name)) << name;
}

TEST(CompiledModel, IsDescribedAsKerasDescribesIt) {
  const Scratch scratch;
  Session session;
  const Tensor x = session.input({3}, {.name = "x"});
  Model model({x}, {layers::Dense(2, {.name = "a"})(x), layers::Dense(1, {.name = "b"})(x)});
  const auto described = [&](const Model& each) {
    return to_string(saving::parse_json(each.to_json(), "it").as_config().at("compile_config"));
  };
  model.compile({.optimizer = "sgd",
                 .loss = {"mse", "mae"},
                 .loss_weights = {1.0, 0.5},
                 .metrics = MetricsSpec::by_output({{"mae", "mse"}, {}}),
                 .weighted_metrics = MetricsSpec::by_output({{"mse"}, {"mae"}}),
                 .run_eagerly = true,
                 .steps_per_execution = 3});
  const std::string wanted =
      "'loss': ['mse', 'mae'], 'loss_weights': [1, 0.5], 'metrics': [['mae', 'mse'], []], 'weighted_metrics': "
      "[['mse'], ['mae']], 'run_eagerly': True, 'steps_per_execution': 3, 'jit_compile': False}";
  EXPECT_TRUE(described(model).ends_with(wanted)) << described(model);
  model.save(scratch.path("a.keras"));
  Model again = load_model(session, scratch.path("a.keras"));
  EXPECT_EQ(described(again), described(model));
  const Array rows = Array::random_normal({4, 3}, {.seed = 1});
  for (Model* const each : {&model, &again})
    each->evaluate(rows, {Array::ones({4, 2}), Array::ones({4, 1})}, {.verbose = 0});
  EXPECT_EQ(again.metrics_names(), model.metrics_names());

  model.compile({.optimizer = "sgd", .loss = "crossentropy", .metrics = {MetricSpec("mae"), MetricSpec()}});
  EXPECT_NE(described(model).find("'loss': 'crossentropy', 'loss_weights': None, 'metrics': ['mae', None], "),
            std::string::npos);
  model.save(scratch.path("b.keras"));
  EXPECT_EQ(described(load_model(session, scratch.path("b.keras"))), described(model));
}

TEST(CompiledModel, ANadamWithScaledLossesHasTheStateThatKerasSaves) {
  const Scratch scratch;
  Session session;
  std::vector<std::string> warnings;
  log::set_sink([&](log::Level, std::string_view text) { warnings.emplace_back(text); });
  Model model = load_model(session, data_file("scaled.keras"));
  model.save(scratch.path("a.keras"));
  log::set_sink({});
  EXPECT_EQ(warnings, std::vector<std::string>());
  EXPECT_EQ(model.optimizer()->iterations().value().item<std::int64_t>(), 4);
  const auto paths = [](const std::string& file) {
    return saving::Hdf5File(saving::ModelFiles(file).random_access(saving::weights_member)).paths();
  };
  EXPECT_EQ(paths(scratch.path("a.keras")), paths(data_file("scaled.keras")));
  const NamedArrays known = load_npz(data_file("scaled.npz"));
  const History history =
      model.fit(known["x"], known["y"], {.batch_size = 4, .epochs = 2, .verbose = 0, .shuffle = false});
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_NEAR(history["loss"][i], known["loss"].data<float>()[i], 1e-6) << "epoch " << i;
}

}  // namespace

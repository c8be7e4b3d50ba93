#include <functional>
#include <ostream>

#include <gtest/gtest.h>

#include "keratin/layers/normalization.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

struct Planned {
  std::string name;
  std::function<Model(Session&)> make;
  Data x;
  Data y;
  bool validation = true;

  friend void PrintTo(const Planned& each, std::ostream* out) { *out << each.name; }
};

constexpr std::int64_t rows = 150;

CompileOptions for_classes() {
  return {.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}};
}

Model mlp(Session& session, const std::vector<std::int64_t>& widths) {
  std::vector<LayerSpec> all{layers::Input({64})};
  for (const std::int64_t width : widths) all.emplace_back(layers::Dense(width, {.activation = "relu"}));
  all.emplace_back(layers::Dense(10, {.activation = "softmax"}));
  Sequential model(session, all);
  model.compile(for_classes());
  return model;
}

Model normalized(Session& session) {
  Sequential model(session, {layers::Input({64}), layers::Dense(96), layers::BatchNormalization(),
                             layers::Dense(10, {.activation = "softmax"})});
  model.compile(for_classes());
  return model;
}

Model with_two_heads(Session& session) {
  Model model = two_headed(session);
  model.compile({.optimizer = optimizers::SGD({.momentum = 0.9}),
                 .loss = {{"digit", "sparse_categorical_crossentropy"}, {"level", "mse"}},
                 .metrics = {{"digit", {"accuracy"}}, {"level", {"mae"}}}});
  return model;
}

std::vector<Planned> networks() {
  const Data x = wave({rows, 64}, 1);
  const Data y = classes(rows, 10, 2);
  return {{"small", [](Session& session) { return mlp(session, {32}); }, x, y},
          {"wide",
           [](Session& session) {
             return mlp(session, {512, 256});
           },
           x, y},
          {"normalized", normalized, x, y},
          {"two_headed",
           with_two_heads,
           {wave({rows, 3}, 1), wave({rows, 2}, 2)},
           {classes(rows, 3, 1), wave({rows, 1}, 4)}},
          {"deep", [](Session& session) { return mlp(session, std::vector<std::int64_t>(12, 16)); }, x, y},
          {"alone", [](Session& session) { return mlp(session, {32}); }, x, y, false}};
}

class MemoryPlanOf : public testing::TestWithParam<Planned> {};

/// Never below what fit takes, and at most 2 % above it; workspace within 5 % of what is live, and what aligning a few
/// small buffers costs.
TEST_P(MemoryPlanOf, IsWhatFitTakes) {
  const Planned& network = GetParam();
  Session session({.seed = 3});
  Model model = network.make(session);
  const MemoryPlan plan = model.memory_plan({.batch_size = 32, .rows = rows, .validation = network.validation});
  EXPECT_LE(session.memory().peak_bytes, plan.peak_bytes) << "planning takes more than what it plans for";
  FitOptions options{.batch_size = 32, .epochs = 2, .verbose = 0};
  if (network.validation) options.validation_data = {network.x, network.y};
  model.fit(network.x, network.y, options);
  const MemoryReport used = session.memory();
  EXPECT_LE(used.peak_bytes, plan.peak_bytes) << used << "\nplanned " << plan;
  EXPECT_LE(static_cast<double>(plan.peak_bytes), 1.02 * static_cast<double>(used.peak_bytes))
      << used << "\nplanned " << plan;
  EXPECT_GE(plan.workspace_bytes, plan.live_bytes);
  EXPECT_LE(static_cast<double>(plan.workspace_bytes), 1.05 * static_cast<double>(plan.live_bytes) + 256);
  EXPECT_EQ(model.train_stats().traces, 1) << model.train_stats().last_reason;
}

INSTANTIATE_TEST_SUITE_P(All, MemoryPlanOf, testing::ValuesIn(networks()),
                         [](const auto& each) { return each.param.name; });

TEST(MemoryPlan, TracesStepsWithTheirMetrics) {
  Session session;
  Sequential model = compiled_classifier(session);
  const Array x = wave({40, 6}, 1);
  const Array y = classes(40, 3, 2);
  model.memory_plan({.batch_size = 16, .rows = 40});
  const History history = model.fit(x, y, {.batch_size = 16, .verbose = 0, .shuffle = false});
  Session other;
  Sequential same = compiled_classifier(other);
  EXPECT_EQ(history["accuracy"], same.fit(x, y, {.batch_size = 16, .verbose = 0, .shuffle = false})["accuracy"]);
  EXPECT_GT(history["accuracy"][0], 0.0);
}

TEST(MemoryPlan, MetricsThatAreMadeAnewKeepTheirNames) {
  Session session;
  Sequential model(session, {layers::Input({6}), layers::Dense(1, {.activation = "sigmoid"})});
  model.compile({.loss = "mse", .metrics = {metrics::AUC(), metrics::AUC()}});
  model.memory_plan({.batch_size = 16, .rows = 40});
  // Targets without the last dimension, which was assumed.
  const History history = model.fit(wave({40, 6}, 1), Array::zeros({40}), {.batch_size = 16, .verbose = 0});
  EXPECT_EQ(history.names(), (std::vector<std::string>{"auc", "auc_1", "loss"}));
}

TEST(MemoryPlan, MetricsThatItAssumedGiveWayToThoseThatTheTargetsNeed) {
  Session session;
  Sequential model = classifier(session);
  const auto loss = losses::custom("of_classes", [](const Tensor& y, const Tensor& p) {
    return losses::SparseCategoricalCrossentropy().call(y, p);
  });
  model.compile({.loss = loss, .metrics = {"accuracy"}});
  const Array x = wave({40, 6}, 1);
  const Array y = classes(40, 3, 2);
  EXPECT_THROW(model.memory_plan({}), Error) << "one-hot targets are assumed, which this loss can't take";
  const Logs logs = model.evaluate(x, y, {.verbose = 0});
  Session other;
  Sequential same = compiled_classifier(other);
  EXPECT_EQ(logs.at("accuracy"), same.evaluate(x, y, {.verbose = 0}).at("accuracy"));
}

TEST(MemoryPlan, NeedsCompileAndAnInputAndSensibleNumbers) {
  Session session;
  Sequential model = classifier(session);
  EXPECT_THROW(model.memory_plan(), ValueError);
  Sequential open(session, {layers::Dense(3)});
  open.compile({.loss = "mse"});
  EXPECT_THROW(open.memory_plan(), ValueError);
  Sequential fine = compiled_classifier(session);
  EXPECT_THROW(fine.memory_plan({.batch_size = 0}), ValueError);
  EXPECT_THROW(fine.memory_plan({.rows = -1}), ValueError);
}

TEST(MemoryPlan, OverTheBudgetFitThrowsBeforeItTakesAnything) {
  Session session({.memory_budget = KiB(600)});
  Model model = mlp(session, {512});
  const Array x = wave({rows, 64}, 1);
  EXPECT_GT(model.memory_plan({.batch_size = 128, .rows = rows}).peak_bytes, KiB(600).count);
  const std::int64_t before = session.memory().by_category.at(MemoryCategory::parameters);
  EXPECT_THROW(model.fit(x, classes(rows, 10, 1), {.batch_size = 128, .verbose = 0}), OutOfMemoryError);
  EXPECT_EQ(session.memory().by_category.at(MemoryCategory::parameters), before);
  session.set_memory_budget({});
  EXPECT_NO_THROW(model.fit(x, classes(rows, 10, 1), {.batch_size = 128, .verbose = 0}));
}

}  // namespace

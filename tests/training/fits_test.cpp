// fit with each of its arguments: the numbers that Keras gives (record_fits.py).
#include "training/data/fits.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "keratin/constraints/constraints.h"
#include "keratin/layers/embedding.h"
#include "keratin/layers/normalization.h"
#include "keratin/layers/recurrent.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/regularizers/regularizers.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

const Array x6 = wave({22, 6}, 1);
const Array y3 = classes(22, 3, 2);
const Array x4 = wave({22, 4}, 1);
const Array y1 = wave({22, 1}, 2);
const Data ab{wave({22, 3}, 1), wave({22, 2}, 2)};
const Data heads{y3, y1};
const Array tokens = classes(60, 7, 3).reshaped({12, 5});
const Array tags = classes(60, 3, 1).reshaped({12, 5});

struct Trained {
  Model model;
  History history;
};

Array one_hot(const Array& labels, std::int64_t count) {
  Shape shape = labels.shape();
  shape.push_back(count);
  Array all = Array::zeros(shape);
  const Array plain = labels.contiguous();
  const std::span<float> numbers = all.mutable_data<float>();
  for (std::size_t i = 0; i < plain.data<std::int32_t>().size(); ++i)
    numbers[i * static_cast<std::size_t>(count) + static_cast<std::size_t>(plain.data<std::int32_t>()[i])] = 1.0f;
  return all;
}

/// Consecutive rows of arrays (x, y and perhaps weights), epoch after epoch.
Dataset stream_of(const std::vector<Array>& arrays, std::int64_t size = 8) {
  return Dataset::from_generator([arrays, size, at = std::int64_t{0}]() mutable -> std::optional<Batch> {
    const std::int64_t rows = arrays.front().shape().front();
    if (at == rows) {
      at = 0;
      return std::nullopt;
    }
    const std::int64_t first = std::exchange(at, std::min(rows, at + size));
    Batch batch{arrays[0].rows(first, at), arrays[1].rows(first, at)};
    if (arrays.size() > 2) batch.sample_weight = arrays[2].rows(first, at);
    return batch;
  });
}

FitOptions with(
    std::int64_t epochs, const std::function<void(FitOptions&)>& change = [](FitOptions&) {}) {
  FitOptions options{.batch_size = 8, .epochs = epochs, .verbose = 0, .shuffle = false};
  change(options);
  return options;
}

template <class... D>
Trained fitted(Model model, const FitOptions& options, const D&... data) {
  start(model);
  History history = model.fit(data..., options);
  return {model, history};
}

Model of_classes(
    Session& session, const std::function<void(CompileOptions&)>& change = [](CompileOptions&) {}) {
  Sequential model = classifier(session);
  CompileOptions options{.optimizer = optimizers::Adam({.learning_rate = 0.01}),
                         .loss = "sparse_categorical_crossentropy",
                         .metrics = {"accuracy"}};
  change(options);
  model.compile(options);
  return model;
}

Model of_numbers(
    Session& session, layers::DenseOptions first = {},
    const std::function<void(CompileOptions&)>& change = [](CompileOptions&) {}) {
  first.activation = "tanh";
  Sequential model(session, {layers::Input({4}), layers::Dense(5, first), layers::Dense(1)});
  CompileOptions options{
      .optimizer = optimizers::SGD({.learning_rate = 0.05, .momentum = 0.9}), .loss = "mse", .metrics = {"mae"}};
  change(options);
  model.compile(options);
  return model;
}

Model with_two_heads(Session& session, CompileOptions options, bool as_dictionary = false) {
  const Model plain = two_headed(session);
  Model model = plain;
  if (as_dictionary)
    model = Model(TensorList(plain.inputs()), {{"second", plain.outputs()[0]}, {"first", plain.outputs()[1]}});
  options.optimizer = optimizers::Adam({.learning_rate = 0.02});
  model.compile(std::move(options));
  return model;
}

Model of_sequences(Session& session, CompileOptions options) {
  Sequential model(session,
                   {layers::Input({5}, {.dtype = int32}), layers::Embedding(7, 4, {.mask_zero = true}),
                    layers::SimpleRNN(4, {.return_sequences = true}), layers::Dense(3, {.activation = "softmax"})});
  options.optimizer = optimizers::SGD({.learning_rate = 0.1});
  model.compile(std::move(options));
  return model;
}

Trained with_policy(Session& session, const char* policy, DType dtype,
                    OptimizerSpec optimizer = optimizers::Adam({.learning_rate = 0.01}), std::int64_t epochs = 2) {
  const DTypePolicy of_layers{name(policy)};
  Sequential model(session,
                   {layers::Input({4}, {.dtype = dtype}), layers::Dense(5, {.activation = "tanh", .dtype = of_layers}),
                    layers::Dense(2, {.dtype = of_layers})});
  model.compile({.optimizer = std::move(optimizer), .loss = "mse", .metrics = {"mae"}});
  return fitted(model, with(epochs, [&](FitOptions& o) { o.sample_weight = positive(22, 5).astype(dtype); }),
                x4.astype(dtype), wave({22, 2}, 2).astype(dtype));
}

/// A penalty of the prediction, and a number that Keras doesn't have.
class Doubled : public Steps {
 public:
  StepLogs train_step(StepContext& step) override {
    const Tensor y_pred = step.call().front();
    const Tensor loss = step.compute_loss(y_pred) + ops::mean(ops::square(y_pred)) * 0.1;
    step.apply_gradients(loss);
    return {{"own_loss", loss}, {"largest", ops::max(y_pred)}};
  }
};

using Case = std::function<Trained(Session&)>;

const std::map<std::string, Case>& cases_of_outputs() {
  const Array w3 = positive(22, 3);
  const Array w4 = positive(22, 4);
  static const std::map<std::string, Case> all{
      {"weights_in_a_list",
       [=](Session& s) {
         Model model = with_two_heads(s, {.loss = {"sparse_categorical_crossentropy", "mse"},
                                          .loss_weights = {0.5, 2.0},
                                          .weighted_metrics = MetricsSpec::by_output({{"accuracy"}, {"mae", "mse"}})});
         return fitted(model,
                       with(2,
                            [&](FitOptions& o) {
                              o.sample_weight = {w3, w4};
                              o.validation_split = 0.3;
                            }),
                       ab, heads);
       }},
      {"a_dictionary_of_outputs",
       [=](Session& s) {
         Model model = with_two_heads(s,
                                      {.loss = {{"first", "mse"}, {"second", "sparse_categorical_crossentropy"}},
                                       .metrics = {{"first", {"mae"}}, {"second", {"accuracy"}}}},
                                      true);
         return fitted(model,
                       with(2,
                            [&](FitOptions& o) {
                              o.sample_weight = {{"second", w4}, {"first", w3}};
                            }),
                       ab, Data{{"first", y1}, {"second", y3}});
       }},
      {"metrics_of_one_output",
       [](Session& s) {
         Model model = with_two_heads(s, {.loss = {{"level", "mse"}, {"digit", "sparse_categorical_crossentropy"}},
                                          .metrics = {{"level", {"mae"}}}});
         return fitted(model, with(2), ab, heads);
       }},
      {"a_loss_of_one_output",
       [](Session& s) {
         Model model = with_two_heads(s, {.loss = {{}, "mse"}, .metrics = MetricsSpec::by_output({{}, {"mae"}})});
         return fitted(model, with(2), ab, heads);
       }},
      {"names_that_meet",
       [=](Session& s) {
         Model model = of_classes(s, [](CompileOptions& o) {
           o.metrics = {"accuracy", "accuracy", metrics::SparseCategoricalAccuracy({.name = "accuracy"})};
           o.weighted_metrics = {"accuracy", "accuracy", "acc"};
         });
         return fitted(model, with(2, [&](FitOptions& o) { o.sample_weight = w3; }), x6, y3);
       }},
      {"names_that_meet_by_output", [=](Session& s) {
         Model model = with_two_heads(s, {.loss = {"sparse_categorical_crossentropy", "mse"},
                                          .metrics = MetricsSpec::by_output({{"accuracy"}, {"mae", "mae"}}),
                                          .weighted_metrics = MetricsSpec::by_output({{"accuracy"}, {"mae", "mae"}})});
         return fitted(model, with(2, [&](FitOptions& o) { o.sample_weight = {w3, w4}; }), ab, heads);
       }}};
  return all;
}

const std::map<std::string, Case>& cases_of_weights() {
  static const std::map<std::string, Case> all{
      {"class_weight_of_one_hot",
       [](Session& s) {
         Model model = of_classes(s, [](CompileOptions& o) {
           o.loss = "categorical_crossentropy";
           o.weighted_metrics = {"mse"};
         });
         return fitted(model,
                       with(2,
                            [](FitOptions& o) {
                              o.class_weight = {{0, 0.5}, {2, 3.0}};
                            }),
                       x6, one_hot(y3, 3));
       }},
      {"class_weight_of_a_stream",
       [](Session& s) {
         Model model = of_classes(s, [](CompileOptions& o) { o.weighted_metrics = {"accuracy"}; });
         return fitted(model,
                       with(2,
                            [](FitOptions& o) {
                              o.class_weight = {{0, 0.5}, {1, 2.0}, {2, 3.0}};
                            }),
                       stream_of({x6, y3}));
       }},
      {"class_weight_of_sequences",
       [](Session& s) {
         Model model = of_sequences(s, {.loss = "categorical_crossentropy", .weighted_metrics = {"accuracy"}});
         return fitted(model,
                       with(2,
                            [](FitOptions& o) {
                              o.class_weight = {{0, 0.5}, {1, 2.0}, {2, 3.0}};
                            }),
                       stream_of({tokens, one_hot(tags, 3)}, 5));
       }},
      {"weights_of_sequences",
       [](Session& s) {
         Model model = of_sequences(s, {.loss = "sparse_categorical_crossentropy",
                                        .metrics = {"accuracy"},
                                        .weighted_metrics = {"accuracy", "sparse_categorical_crossentropy"}});
         return fitted(model,
                       with(2,
                            [](FitOptions& o) {
                              o.batch_size = 5;
                              o.sample_weight = positive(60, 2).reshaped({12, 5});
                            }),
                       tokens, tags);
       }},
      {"weights_of_a_stream", [](Session& s) {
         Model model = of_numbers(s, {}, [](CompileOptions& o) { o.weighted_metrics = {"mae"}; });
         return fitted(model,
                       with(2,
                            [](FitOptions& o) {
                              o.validation_data = stream_of({x4, y1, positive(22, 4)});
                            }),
                       stream_of({x4, y1, positive(22, 3)}));
       }}};
  return all;
}

const std::map<std::string, Case>& cases_of_steps() {
  static const std::map<std::string, Case> all{
      {"steps_per_execution",
       [](Session& s) {
         Model model = of_classes(s, [](CompileOptions& o) { o.steps_per_execution = 2; });
         return fitted(model,
                       with(2,
                            [](FitOptions& o) {
                              o.validation_data = {x6, y3};
                              o.validation_batch_size = 5;
                            }),
                       x6, y3);
       }},
      {"steps_to_the_end",
       [](Session& s) {
         return fitted(of_numbers(s),
                       with(4,
                            [](FitOptions& o) {
                              o.batch_size = 5;
                              o.steps_per_epoch = 3;
                            }),
                       x4, y1);
       }},
      {"steps_that_make_the_batch",
       [](Session& s) {
         return fitted(of_numbers(s),
                       with(2,
                            [](FitOptions& o) {
                              o.batch_size.reset();
                              o.steps_per_epoch = 3;
                            }),
                       x4, y1);
       }},
      {"steps_and_executions",
       [](Session& s) {
         return fitted(of_numbers(s, {}, [](CompileOptions& o) { o.steps_per_execution = 3; }),
                       with(3,
                            [](FitOptions& o) {
                              o.batch_size = 3;
                              o.steps_per_epoch = 4;
                            }),
                       x4, y1);
       }},
      {"steps_of_a_stream",
       [](Session& s) {
         return fitted(of_numbers(s),
                       with(3,
                            [](FitOptions& o) {
                              o.steps_per_epoch = 4;
                              o.validation_data = Dataset::from_arrays(x4, y1).batch(4);
                              o.validation_steps = 2;
                            }),
                       stream_of({x4, y1}, 4));
       }},
      {"epochs_to_validate_after", [](Session& s) {
         return fitted(of_numbers(s),
                       with(5,
                            [](FitOptions& o) {
                              o.validation_freq = {1, 4, 5};
                              o.validation_data = {x4, y1};
                            }),
                       x4, y1);
       }}};
  return all;
}

const std::map<std::string, Case>& cases_of_models() {
  static const std::map<std::string, Case> all{
      {"a_loss_of_layers_alone",
       [](Session& s) {
         Sequential model(s, {layers::Input({4}),
                              layers::Dense(3, {.activation = "tanh", .activity_regularizer = regularizers::L2(0.1)}),
                              layers::Dense(2, {.kernel_regularizer = regularizers::L1(0.05)})});
         model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.1})});
         return fitted(model, with(2), x4, Data());
       }},
      {"frozen_layers",
       [](Session& s) {
         Sequential model(s, {layers::Input({4}), layers::Dense(5, {.kernel_initializer = "ones", .trainable = false}),
                              layers::BatchNormalization({.trainable = false}),
                              layers::BatchNormalization({.momentum = 0.5}), layers::Dense(1)});
         model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.02}), .loss = "mse", .metrics = {"mae"}});
         return fitted(model, with(2), x4, y1);
       }},
      {"constraints",
       [](Session& s) {
         return fitted(of_numbers(s, {.kernel_constraint = constraints::MaxNorm({.max_value = 0.5}),
                                      .bias_constraint = constraints::NonNeg()}),
                       with(2), x4, y1);
       }},
      {"a_step_of_ones_own",
       [](Session& s) {
         Model model = of_numbers(s, {}, [](CompileOptions& o) {
           o.optimizer = optimizers::SGD({.learning_rate = 0.05});
           o.metrics = {};
         });
         model.set_steps(Doubled());
         return fitted(model, with(3), x4, y1);
       }},
      {"mixed_bfloat16", [](Session& s) { return with_policy(s, "mixed_bfloat16", float32); }},
      {"mixed_float16", [](Session& s) { return with_policy(s, "mixed_float16", float32); }},
      {"float64", [](Session& s) { return with_policy(s, "float64", float64); }}};
  return all;
}

const std::map<std::string, Case>& cases_of_averages() {
  const auto trained = [](Session& session, OptimizerSpec optimizer) {
    const auto with_it = [&](CompileOptions& o) { o.optimizer = std::move(optimizer); };
    return fitted(of_numbers(session, {}, with_it),
                  with(2,
                       [](FitOptions& o) {
                         o.validation_data = {x4, y1};
                       }),
                  x4, y1);
  };
  static const std::map<std::string, Case> all = {
      {"averages",
       [=](Session& s) {
         return trained(s, optimizers::SGD({.learning_rate = 0.1, .use_ema = true, .ema_momentum = 0.8}));
       }},
      {"averages_that_overwrite",
       [=](Session& s) {
         return trained(
             s, optimizers::Adam(
                    {.learning_rate = 0.02, .use_ema = true, .ema_momentum = 0.8, .ema_overwrite_frequency = 2}));
       }},
      {"mixed_float16_with_averages",
       [](Session& s) {
         return with_policy(s, "mixed_float16", float32,
                            optimizers::Adam({.learning_rate = 0.01, .use_ema = true, .ema_momentum = 0.8}));
       }},
      {"mixed_float16_that_overflows", [](Session& s) {
         return with_policy(s, "mixed_float16", float32,
                            optimizers::LossScaleOptimizer(optimizers::Adam({.learning_rate = 0.01}),
                                                           {.initial_scale = 1048576.0, .dynamic_growth_steps = 2}),
                            4);
       }}};
  return all;
}

Case case_named(const std::string& wanted) {
  for (const auto* const all :
       {&cases_of_outputs(), &cases_of_weights(), &cases_of_steps(), &cases_of_models(), &cases_of_averages()})
    if (const auto found = all->find(wanted); found != all->end()) return found->second;
  return nullptr;
}

/// bfloat16 has 8 binary digits, float16 has 11: sums in another order differ by that.
double tolerance_of(const std::string& name) {
  if (name == "mixed_bfloat16") return 2e-2;
  return name.starts_with("mixed_float16") ? 2e-3 : 1e-5;
}

class AsKerasFits : public testing::TestWithParam<TrainingCase> {};

TEST_P(AsKerasFits, ToTheSameNumbers) {
  const TrainingCase& expected = GetParam();
  const Case run = case_named(expected.name);
  ASSERT_TRUE(run) << "no program for it";
  Session session({.seed = 1});
  const auto [model, history] = run(session);
  const double tolerance = tolerance_of(expected.name);
  std::vector<std::string> names;
  for (const auto& [name, values] : expected.history) names.push_back(name);
  ASSERT_EQ(history.names(), names);
  for (const auto& [name, values] : expected.history) {
    ASSERT_EQ(history[name].size(), values.size()) << name;
    for (std::size_t epoch = 0; epoch < values.size(); ++epoch)
      EXPECT_NEAR(history[name][epoch], values[epoch], tolerance * (1e-1 + std::abs(values[epoch])))
          << name << ", epoch " << epoch;
  }
  std::vector<Array> arrays;
  for (const Array& weight : model.get_weights()) arrays.push_back(weight.astype(float32));
  const std::vector<float> weights = numbers_of(arrays);
  ASSERT_EQ(weights.size(), expected.weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i)
    EXPECT_NEAR(weights[i], expected.weights[i], tolerance) << "weight " << i;
}

INSTANTIATE_TEST_SUITE_P(All, AsKerasFits, testing::ValuesIn(keras_fits),
                         [](const auto& each) { return each.param.name; });

}  // namespace

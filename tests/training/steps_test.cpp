#include <algorithm>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/layers/normalization.h"
#include "keratin/ops/operators.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

const Array x = wave({20, 6}, 1);
const Array y = classes(20, 3, 2);

std::vector<float> numbers(const Array& array) { return numbers_of({array}); }

TEST(Predict, IsTheSameWhateverTheBatchesAre) {
  Session session;
  Sequential model = classifier(session);
  const Array whole = model.predict_on_batch(x);
  EXPECT_EQ(whole.shape(), (Shape{20, 3}));
  for (const std::int64_t size : {1, 3, 7, 20, 64}) {
    const Array predicted = model.predict(x, {.batch_size = size});
    EXPECT_TRUE(all_close(predicted, whole, 1e-6, 1e-7)) << "batch_size=" << size;
  }
  EXPECT_EQ(Array(model.predict(x, {.batch_size = 8, .steps = 2})).shape(), (Shape{16, 3}));
  EXPECT_EQ(Array(model.predict(x, {.batch_size = 8, .steps = 9})).shape(), (Shape{20, 3}));
  const Array two_rows = x.rows(3, 5);
  EXPECT_TRUE(all_close(model.predict(two_rows), whole.rows(3, 5), 1e-6, 1e-7));
}

TEST(Predict, IntoMemoryOfTheCallers) {
  Session session;
  Sequential model = classifier(session);
  std::vector<float> out(60);
  model.predict_into(x, out, {.batch_size = 8});
  EXPECT_EQ(out, numbers(model.predict(x, {.batch_size = 8})));
  std::vector<float> small(59);
  EXPECT_THROW(model.predict_into(x, small), ShapeError);
  EXPECT_EQ(small, std::vector<float>(59));
  Model two = two_headed(session);
  EXPECT_THROW(two.predict_into({wave({20, 3}, 1), wave({20, 2}, 2)}, out), ValueError);
  Session mixed({.dtype_policy = "mixed_bfloat16"});
  Sequential rounded = classifier(mixed);
  EXPECT_EQ(Array(rounded.predict(x)).dtype(), bfloat16);
  try {
    rounded.predict_into(x, out);
    FAIL() << "it wrote bfloat16 into floats";
  } catch (const ValueError& error) {
    EXPECT_NE(std::string(error.what()).find("bf16["), std::string::npos) << error.what();
  }
}

TEST(Predict, GivesOutputsByName) {
  Session session;
  Model model = two_headed(session);
  const Data inputs{{"b", wave({20, 2}, 2)}, {"a", wave({20, 3}, 1)}};
  const Outputs outputs = model.predict(inputs, {.batch_size = 7});
  EXPECT_EQ(outputs.names(), (std::vector<std::string>{"digit", "level"}));
  EXPECT_EQ(outputs["digit"].shape(), (Shape{20, 3}));
  EXPECT_EQ(outputs["level"].shape(), (Shape{20, 1}));
  const Outputs at_once = model.predict_on_batch(inputs);
  for (const std::size_t i : {0u, 1u}) EXPECT_TRUE(all_close(outputs[i], at_once[i], 1e-6, 1e-7));
  EXPECT_THROW(static_cast<void>(Array(outputs)), ValueError);
  EXPECT_THROW(outputs["digits"], KeyError);
}

TEST(Predict, StoppedByACallbackGivesTheRowsThatAreThere) {
  class Stops : public Callback {
   public:
    void on_predict_batch_end(std::int64_t batch, const Outputs&) override {
      if (batch == 1) context().stop();
    }
  };
  Session session;
  Sequential model = classifier(session);
  const Array part = model.predict(x, {.batch_size = 6, .callbacks = {Stops()}});
  EXPECT_EQ(numbers(part), numbers(model.predict(x.rows(0, 12), {.batch_size = 6})));
}

TEST(Steps, EvaluateIsTestOnBatchOnOneBatch) {
  Session session;
  Sequential model = compiled_classifier(session);
  const Logs evaluated = model.evaluate(x, y, {.batch_size = 20, .verbose = 0});
  const Logs tested = model.test_on_batch(x, y);
  EXPECT_EQ(evaluated.at("loss"), tested.at("loss"));
  EXPECT_EQ(evaluated.at("accuracy"), tested.at("accuracy"));
  const Logs short_last = model.evaluate(x, y, {.batch_size = 6, .verbose = 0});
  EXPECT_NEAR(short_last.at("loss"), evaluated.at("loss"), 1e-6);
  EXPECT_EQ(model.evaluate(x, y, {.batch_size = 6, .verbose = 0, .steps = 50}).at("loss"), short_last.at("loss"));
  const Logs first = model.evaluate(x.rows(0, 6), y.rows(0, 6), {.verbose = 0});
  EXPECT_NEAR(model.evaluate(x, y, {.batch_size = 6, .verbose = 0, .steps = 1}).at("loss"), first.at("loss"), 1e-6);
}

TEST(Steps, TrainOnBatchesIsFitAndEachTellsOfItsBatchAlone) {
  Session session;
  Sequential by_fit = compiled_classifier(session);
  const History history = by_fit.fit(x, y, {.batch_size = 8, .verbose = 0, .shuffle = false});
  Session other;
  Sequential by_batches = compiled_classifier(other);
  double loss = 0;
  double accuracy = 0;
  for (const auto& [bx, by] : Examples{x, y}.batches(8)) {
    const Logs logs = by_batches.train_on_batch(bx, by);
    loss += logs.at("loss") * double(bx.shape()[0]) / double(x.shape()[0]);
    accuracy += logs.at("accuracy") * double(bx.shape()[0]) / double(x.shape()[0]);
  }
  EXPECT_EQ(numbers_of(by_fit.get_weights()), numbers_of(by_batches.get_weights()));
  EXPECT_NEAR(loss, history["loss"][0], 1e-6);
  EXPECT_NEAR(accuracy, history["accuracy"][0], 1e-6);
  const double tested = by_batches.test_on_batch(x, y).at("loss");
  EXPECT_EQ(by_batches.test_on_batch(x, y).at("loss"), tested);
  EXPECT_EQ(by_batches.optimizer()->iterations().value().item<std::int64_t>(), 3);
}

TEST(Steps, WeightsOfBatchesAreFitsWeights) {
  Session session;
  Sequential a = compiled_classifier(session);
  a.fit(x, y, {.batch_size = 20, .verbose = 0, .class_weight = {{1, 3.0}}});
  Session other;
  Sequential b = compiled_classifier(other);
  Array weights = Array::ones({20});
  for (std::int64_t i = 0; i < 20; ++i)
    if (y.at<int>({i}) == 1) weights.mutable_data<float>()[static_cast<std::size_t>(i)] = 3.0f;
  b.train_on_batch(x, y, {.sample_weight = weights});
  const auto left = a.get_weights();
  const auto right = b.get_weights();
  for (std::size_t i = 0; i < left.size(); ++i) EXPECT_TRUE(all_close(left[i], right[i], 1e-5, 1e-6)) << i;
}

/// float64, integers, strided and borrowed inputs: what the same numbers give as a plain float32 array.
TEST(Inputs, OfAllKindsGiveTheSame) {
  const Array whole = Array::copy_of(std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  const Array plain = whole.astype(float32).reshaped({2, 6});
  const Array targets = Array::copy_of(std::vector<std::int32_t>{2, 1});
  std::vector<float> wide(24);
  for (std::size_t i = 0; i < 12; ++i) wide[2 * i] = static_cast<float>(i);
  const Array strided = Array::borrow(std::span<const float>(wide), {2, 6}, {.strides = {12, 2}});
  std::vector<float> backwards(12);
  for (std::size_t i = 0; i < 12; ++i) backwards[11 - i] = static_cast<float>(i);
  const Array reversed = Array::borrow(std::span<const float>(backwards), {2, 6}, {.strides = {-6, -1}});
  const std::vector<std::pair<Array, Array>> kinds{{plain.astype(float64), targets.astype(int64)},
                                                   {whole.reshaped({2, 6}), targets.astype(float64)},
                                                   {whole.astype(int64).reshaped({2, 6}), targets.astype(uint8)},
                                                   {whole.astype(uint8).reshaped({2, 6}), targets.reshaped({2, 1})},
                                                   {strided, targets},
                                                   {reversed, targets.astype(float32)},
                                                   {plain.transposed().contiguous().transposed(), targets}};
  Session session;
  Sequential model = compiled_classifier(session);
  const std::vector<Array> before = model.get_weights();
  const std::vector<float> predicted = numbers(model.predict(plain));
  const FitOptions options{.batch_size = 1, .epochs = 2, .verbose = 0};
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const auto& [inputs, labels] = kinds[i];
    EXPECT_EQ(numbers(model.predict(inputs)), predicted) << i;
    EXPECT_EQ(numbers(model.predict_on_batch(inputs)), predicted) << i;
    Session first({.seed = 1});
    Session second({.seed = 1});
    Sequential a = compiled_classifier(first);
    Sequential b = compiled_classifier(second);
    EXPECT_EQ(a.fit(plain, targets, options)["loss"], b.fit(inputs, labels, options)["loss"]) << i;
    EXPECT_EQ(numbers_of(a.get_weights()), numbers_of(b.get_weights())) << i;
  }
}

TEST(Streams, TrainAsTheSameBatchesInMemory) {
  Session session;
  Sequential in_memory = compiled_classifier(session);
  const History expected =
      in_memory.fit(x, y, {.batch_size = 8, .epochs = 3, .verbose = 0, .validation_data = {x, y}, .shuffle = false});
  std::int64_t at = 0;
  const Dataset stream = Dataset::from_generator([&]() -> std::optional<Batch> {
    if (at == 20) {
      at = 0;
      return std::nullopt;
    }
    const std::int64_t first = std::exchange(at, std::min<std::int64_t>(20, at + 8));
    return Batch{x.rows(first, at), y.rows(first, at)};
  });
  Session other;
  Sequential streamed = compiled_classifier(other);
  const History history = streamed.fit(stream, {.epochs = 3, .verbose = 0, .validation_data = {x, y}});
  for (const char* const name : {"loss", "accuracy"}) EXPECT_EQ(history[name], expected[name]) << name;
  EXPECT_EQ(numbers_of(streamed.get_weights()), numbers_of(in_memory.get_weights()));
  EXPECT_NEAR(streamed.evaluate(stream, {.verbose = 0}).at("loss"), expected["val_loss"][2], 1e-6);
  EXPECT_EQ(streamed.fit(stream, {.epochs = 2, .verbose = 0, .steps_per_epoch = 2})["loss"].size(), 2u);
  EXPECT_EQ(streamed.train_stats().traces, 1);
}

TEST(Streams, BeginAnewWhereAnEpochsStepsAreAllThatThereIs) {
  // 3 batches: all of them, two (the third one is an epoch of its own), and more than there are.
  for (const std::int64_t steps : {3, 2, 4}) {
    const FitOptions options{.batch_size = 8, .epochs = 5, .verbose = 0, .shuffle = false, .steps_per_epoch = steps};
    Session session;
    Sequential in_memory = compiled_classifier(session);
    const History expected = in_memory.fit(x, y, options);
    Session other;
    Sequential streamed = compiled_classifier(other);
    EXPECT_EQ(streamed.fit(Dataset::from_arrays(x, y).batch(8), options)["loss"], expected["loss"]) << steps;
    EXPECT_EQ(numbers_of(streamed.get_weights()), numbers_of(in_memory.get_weights())) << steps;
  }
}

TEST(Models, WithoutInputTrainAsWithOne) {
  const auto train = [](bool has_input) {
    Session session({.seed = 5});
    std::vector<LayerSpec> all{layers::Dense(8, {.activation = "relu", .name = "first"}), layers::BatchNormalization(),
                               layers::Dense(3, {.activation = "softmax", .name = "last"})};
    if (has_input) all.insert(all.begin(), layers::Input({6}));
    Sequential model(session, all);
    model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
    EXPECT_EQ(model.is_built(), has_input);
    const History history = model.fit(x, y, {.batch_size = 8, .epochs = 2, .verbose = 0});
    EXPECT_TRUE(model.is_built());
    return std::pair(history["loss"], numbers_of(model.get_weights()));
  };
  EXPECT_EQ(train(false), train(true));
}

TEST(Models, AreCalledInsideFunctions) {
  Session session;
  Sequential model = compiled_classifier(session);
  const auto twice = session.function([&](const Tensor& t) { return model(t) * 2.0f; });
  const Array expected = model.predict_on_batch(x);
  const Array doubled = twice(x);
  for (std::size_t i = 0; i < 60; ++i) EXPECT_FLOAT_EQ(numbers(doubled)[i], 2.0f * numbers(expected)[i]);
  model.fit(x, y, {.verbose = 0});
  EXPECT_TRUE(all_close(twice(x), Array(session.function([&](const Tensor& t) { return model(t) * 2.0f; })(x))))
      << "the weights as they are now";
}

TEST(Models, NestAndShareTheirWeights) {
  Session session;
  Sequential inner = classifier(session);
  const Tensor input = session.input({6});
  Model outer({input}, {layers::Dense(2, {.name = "head"})(inner(input))});
  EXPECT_EQ(outer.count_params(), 83 + 8);
  outer.compile({.optimizer = optimizers::SGD({.learning_rate = 0.1}), .loss = "mse"});
  const std::vector<float> before = numbers_of(inner.get_weights());
  const Array targets = wave({20, 2}, 3);
  const History history = outer.fit(x, targets, {.epochs = 20, .verbose = 0});
  EXPECT_LT(history["loss"].back(), history["loss"].front());
  EXPECT_NE(numbers_of(inner.get_weights()), before);
  EXPECT_EQ(outer.trainable_variables().size(), 6u);
}

TEST(Models, FrozenLayersKeepTheirWeightsAndRetraceOnceWithTheReason) {
  Session session;
  Sequential model = compiled_classifier(session);
  const FitOptions options{.batch_size = 8, .verbose = 0};
  model.fit(x, y, options);
  const GraphStats with_all = session.graph();
  const Handle<Layer> first = model.get_layer(0);
  const std::vector<float> kept = numbers_of(first->get_weights());
  const std::vector<float> last = numbers_of(model.get_layer(-1)->get_weights());
  first->set_trainable(false);
  model.fit(x, y, options);
  model.fit(x, y, options);
  EXPECT_EQ(numbers_of(first->get_weights()), kept);
  EXPECT_NE(numbers_of(model.get_layer(-1)->get_weights()), last);
  EXPECT_EQ(model.train_stats().traces, 2);
  EXPECT_EQ(model.train_stats().cached, 1);
  EXPECT_NE(model.train_stats().last_reason.find("trainable"), std::string::npos) << model.train_stats().last_reason;
  EXPECT_LT(session.graph().nodes, with_all.nodes) << "no gradients for frozen weights";
  first->set_trainable(true);
  model.fit(x, y, options);
  EXPECT_NE(numbers_of(first->get_weights()), kept);
  EXPECT_EQ(session.graph().nodes, with_all.nodes);
}

}  // namespace

#include "layers/network.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/layers/core.h"
#include "keratin/layers/merging.h"
#include "keratin/layers/normalization.h"
#include "keratin/layers/regularization.h"
#include "keratin/layers/reshaping.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "layers/live.h"
#include "session/core.h"

namespace {

using namespace keratin;
using layers::Network;
using test::expect_close;
using test::Live;
using test::wave;

std::vector<Array> run(Session& session, Handle<Network> network, const std::vector<Array>& inputs,
                       bool training = false) {
  FunctionHandle function =
      session.function([&](std::span<const Tensor> tensors) { return network->replay(tensors, training); });
  return function.call(inputs);
}

TEST(Sequential, IsBuiltAtOnceWithAnInput) {
  Session session({.seed = 3, .threads = 1});
  auto network = session.add(Network({layers::Input({4}), layers::Dense(3, {.activation = "relu"}), layers::Dense(2)}));
  EXPECT_EQ(network->name(), "sequential");
  EXPECT_TRUE(network->is_built());
  ASSERT_EQ(network->inputs().size(), 1u);
  EXPECT_EQ(network->inputs()[0].shape(), (Shape{-1, 4}));
  EXPECT_EQ(network->outputs()[0].shape(), (Shape{-1, 2}));
  EXPECT_EQ(network->weights()[0].path(), "sequential/dense/kernel");
  EXPECT_EQ(network->weights()[2].path(), "sequential/dense_1/kernel");
  EXPECT_EQ(network->input_names(), (std::vector<std::string>{"input_layer"}));
  EXPECT_EQ(network->output_names(), (std::vector<std::string>{"dense_1"}));
  EXPECT_EQ(network->count_params(), 4 * 3 + 3 + 3 * 2 + 2);

  const std::vector<Array> weights = network->get_weights();
  const Array x = wave({5, 4});
  Live first(layers::Dense(3, {.activation = "relu"}));
  first(x);
  first.layer->set_weights({weights[0], weights[1]});
  Live second(layers::Dense(2));
  second(first(x));
  second.layer->set_weights({weights[2], weights[3]});
  expect_close(run(session, network, {x})[0], second(first(x)));
}

TEST(Sequential, WaitsForItsFirstInputOtherwise) {
  Session session({.seed = 3, .threads = 1});
  auto network = session.add(Network({layers::Dense(3), layers::Flatten(), layers::Dense(2)}));
  EXPECT_FALSE(network->is_built());
  EXPECT_THROW(network->weights(), NotBuiltError);
  EXPECT_TRUE(network->summary()[0].outputs.empty());
  EXPECT_EQ(run(session, network, {wave({5, 4, 2})})[0].shape(), (Shape{5, 2}));
  EXPECT_TRUE(network->is_built());
  EXPECT_EQ(network->summary()[1].outputs[0], (Shape{-1, 12}));
  EXPECT_EQ(network->layer(2).weights()[0].shape(), (Shape{12, 2}));
}

TEST(Sequential, CanBeBuiltAnewWhereItFailed) {
  Session session({.seed = 3, .threads = 1});
  auto network = session.add(Network({layers::Dense(3), layers::Reshape({6})}));
  EXPECT_THROW(network->compute_output_shape(std::vector<Shape>{{-1, 5}}), ShapeError);
  EXPECT_FALSE(network->layer(0).is_built());
  EXPECT_EQ(network->compute_output_shape(std::vector<Shape>{{-1, 2, 7}}), (Shape{-1, 6}));
}

TEST(Sequential, GrowsAtItsEnd) {
  Session session({.seed = 3, .threads = 1});
  auto network = session.add(Network({layers::Input({4})}));
  network->append(layers::Dense(3));
  network->append(layers::Dense(2));
  EXPECT_EQ(network->outputs()[0].shape(), (Shape{-1, 2}));
  EXPECT_THROW(network->append(layers::Reshape({5})), ShapeError);
  EXPECT_EQ(network->layers().size(), 2u);
  EXPECT_EQ(network->weights().size(), 4u);
  EXPECT_EQ(run(session, network, {wave({5, 4})})[0].shape(), (Shape{5, 2}));
  EXPECT_THROW(network->append(layers::Input({4})), ValueError);
  EXPECT_THROW(network->append(layers::Dense(2, {.name = "dense"})), ValueError);
}

TEST(Sequential, PassesTrainingToItsLayers) {
  Session session({.seed = 3, .threads = 1});
  auto network = session.add(Network({layers::Input({4}), layers::Dropout(0.5), layers::BatchNormalization()}));
  const Array x = wave({8, 4}, 1.0, 2.0);
  const Array inferred = run(session, network, {x})[0];
  EXPECT_GT(max_abs_difference(run(session, network, {x}, true)[0], inferred), 0.1);
  EXPECT_GT(max_abs_difference(network->layer(1).get_weights()[2], Array::zeros({4})), 0.001);
}

TEST(Sequential, FindsItsLayers) {
  Session session;
  auto network = session.add(Network({layers::Input({4}), layers::Dense(3, {.name = "hidden"}), layers::Dense(2)}));
  EXPECT_EQ(&network->layer("hidden"), &network->layer(0));
  EXPECT_EQ(&network->layer(-1), &network->layer(1));
  try {
    static_cast<void>(network->layer("hiden"));
    FAIL();
  } catch (const KeyError& error) {
    EXPECT_NE(std::string(error.what()).find("hidden, dense"), std::string::npos) << error.what();
  }
  EXPECT_THROW(static_cast<void>(network->layer(2)), KeyError);
  const std::vector<layers::LayerSummary> summary = network->summary();
  ASSERT_EQ(summary.size(), 2u);
  EXPECT_EQ(summary[0].class_name, "Dense");
  EXPECT_EQ(summary[0].outputs[0], (Shape{-1, 3}));
  EXPECT_EQ(summary[0].params, 15);
}

TEST(Sequential, NamesTheLayerThatDoesNotFit) {
  Session session;
  try {
    session.add(Network({layers::Input({4}), layers::Dense(3), layers::Reshape({2})}, "mine"));
    FAIL();
  } catch (const ShapeError& error) {
    EXPECT_EQ(error.layer_path(), "mine/reshape");
  }
  EXPECT_EQ(session.graph().layers, 0);
  EXPECT_EQ(session.graph().variables, 0);
}

/// Two inputs, two outputs, a layer used twice, and ops between layers.
struct TwoHeaded {
  Session session{{.seed = 5, .threads = 1}};
  Tensor a = session.input({3}, {.name = "a"});
  Tensor b = session.input({2}, {.name = "b"});
  Handle<layers::Dense> encoder = session.add(layers::Dense(4, {.activation = "tanh"}));
  Tensor merged;
  Handle<Network> network;

  TwoHeaded() {
    const Tensor first = encoder(b);
    const Tensor second = encoder(ops::square(b) * 0.5);
    merged = layers::Concatenate()({a, first, second});
    const Tensor one = layers::Dense(1, {.name = "one"})(merged);
    const Tensor two = layers::Dense(2, {.name = "two"})(layers::Dropout(0.5)(merged)) + 1.0;
    network = session.add(Network({a, b}, {one, two}, "two_headed"));
  }
};

TEST(Functional, RunsWhatLeadsFromInputsToOutputs) {
  TwoHeaded model;
  EXPECT_EQ(model.merged.shape(), (Shape{-1, 11}));
  EXPECT_EQ(model.network->weights().size(), 6u);  // the shared layer's once
  EXPECT_EQ(model.network->input_names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(model.network->output_names()[0], "one");

  const Array a = wave({5, 3});
  const Array b = wave({5, 2}, 2.0);
  const std::vector<Array> outputs = run(model.session, model.network, {a, b});
  ASSERT_EQ(outputs.size(), 2u);

  auto by_hand = model.session.function([&](const Tensor& x, const Tensor& y) {
    auto& network = *model.network;
    const Tensor first = model.encoder(y);
    const Tensor second = model.encoder(ops::square(y) * 0.5);
    const Tensor merged = layers::Concatenate()({x, first, second});
    const std::vector<Tensor> tensors = {merged};
    return std::vector<Tensor>{network.layer("one").invoke(tensors), network.layer("two").invoke(tensors) + 1.0};
  });
  const std::vector<Array> expected = by_hand(a, b);
  expect_close(outputs[0], expected[0]);
  expect_close(outputs[1], expected[1]);
  EXPECT_GT(max_abs_difference(run(model.session, model.network, {a, b}, true)[1], expected[1]), 0.01);
}

TEST(Functional, IsALayerItself) {
  TwoHeaded model;
  const Tensor x = model.session.input({3}, {.name = "x"});
  const Tensor y = ops::square(model.session.input({2}, {.name = "y"}));
  const std::vector<Tensor> inner = model.network->invoke_all(std::vector<Tensor>{x, y});
  ASSERT_EQ(inner.size(), 2u);
  EXPECT_EQ(inner[1].shape(), (Shape{-1, 2}));
  // An intermediate tensor may be an input: what makes it isn't run.
  auto outer = model.session.add(Network({x, y}, {inner[0] + inner[1]}, "outer"));
  EXPECT_EQ(outer->weights().size(), 6u);
  EXPECT_EQ(outer->layers().size(), 1u);

  const Array a = wave({5, 3});
  const Array b = wave({5, 2});
  const std::vector<Array> parts = run(model.session, model.network, {a, b});
  const Array sum = run(model.session, outer, {a, b})[0];
  for (std::int64_t i = 0; i < 5; ++i)
    EXPECT_NEAR(sum.at<double>({i, 1}), parts[0].at<double>({i, 0}) + parts[1].at<double>({i, 1}), 1e-5);
}

TEST(Functional, NamesTheInputThatIsMissing) {
  TwoHeaded model;
  try {
    model.session.add(Network({model.a}, model.network->outputs()));
    FAIL();
  } catch (const ValueError& error) {
    EXPECT_NE(std::string(error.what()).find("'b'"), std::string::npos) << error.what();
  }
  EXPECT_THROW(Network({model.a}, std::vector<Tensor>{}), ValueError);
}

TEST(Functional, ChecksWhatItIsCalledWith) {
  TwoHeaded model;
  EXPECT_THROW(run(model.session, model.network, {wave({5, 3})}), ValueError);
  EXPECT_THROW(run(model.session, model.network, {wave({5, 3}), wave({5, 4})}), ShapeError);
  const std::vector<Array> outputs = run(model.session, model.network, {wave({5, 3}).astype(int32), wave({5, 2})});
  EXPECT_EQ(outputs[0].dtype(), float32);
}

// As in Keras: what a call was given when the graph was made counts only where the model's call says nothing.
TEST(Functional, TakesWhatIsATrailingOneAwayAsKerasDoes) {
  Session session({.threads = 1});
  const Tensor column = session.input({1});
  auto twice = session.add(Network({column}, {column * 2.0}));
  const Array x = wave({3});
  expect_close(run(session, twice, {x})[0], run(session, twice, {x.reshaped({3, 1})})[0]);
  const Tensor row = session.input({4});
  auto sum = session.add(Network({row}, {row + 1.0}));
  const Array y = wave({2, 4});
  expect_close(run(session, sum, {y.reshaped({2, 4, 1})})[0], run(session, sum, {y})[0]);
  EXPECT_THROW(run(session, sum, {y.reshaped({2, 2, 2})}), ShapeError);
}

TEST(Functional, ConvertsWhatItIsCalledWithToItsInputs) {
  Session session({.threads = 1});
  const Tensor words = session.input({2}, {.dtype = int32});
  auto sum = session.add(Network({words}, {words + 1}));
  const Array result = run(session, sum, {Array::copy_of({1.7f, 2.0f}).reshaped({1, 2})})[0];
  EXPECT_EQ(result.dtype(), int32);
  EXPECT_EQ(result.at<int>({0, 0}), 2);
}

TEST(Functional, ALayerThatEndedIsNotTakenForAnotherOneAtItsAddress) {
  Session session({.threads = 1});
  const Tensor x = session.input({3});
  for (int i = 0; i < 20; ++i) {
    auto layer = session.add(layers::Dense(2));
    const Tensor y = layer(x);
    EXPECT_EQ(LayerRef(layer).output().shape(), y.shape());
    session::Inner::core(session)->remove(*layer, "the test removed it");
  }
}

TEST(Functional, ItsOwnCallSaysWhetherItTrains) {
  Session session({.seed = 5, .threads = 1});
  const Tensor x = session.input({200});
  auto dropout = session.add(layers::Dropout(0.5));
  auto network = session.add(Network({x}, {dropout(x, {.training = true})}));
  const Array ones = Array::ones({2, 200});
  EXPECT_EQ(network->name(), "functional");
  EXPECT_EQ(max_abs_difference(run(session, network, {ones}, false)[0], ones), 0.0);
  EXPECT_EQ(max_abs_difference(run(session, network, {ones}, true)[0], ones), 1.0);
  FunctionHandle unsaid =
      session.function([&](std::span<const Tensor> tensors) { return network->invoke_all(tensors); });
  EXPECT_EQ(max_abs_difference(unsaid.call(std::vector<Array>{ones})[0], ones), 1.0);
}

// Keras 3.15.1: keras.Model(x, last(Add()([Average()([a, b]), x, b]))) has the layers first, middle, average, add,
// last.
TEST(Functional, ListsLayersByTheirDistanceFromTheOutputs) {
  Session session({.threads = 1});
  const Tensor x = session.input({5});
  auto last = session.add(layers::Dense(2, {.name = "last"}));
  auto first = session.add(layers::Dense(5, {.name = "first"}));
  auto middle = session.add(layers::Dense(5, {.name = "middle"}));
  const Tensor a = first(x);
  const Tensor b = middle(a);
  const Tensor mean = layers::Average()({a, b});
  auto network = session.add(Network({x}, {last(layers::Add()({mean, x, b}))}));
  std::vector<std::string> names;
  for (const Layer* const layer : network->layers()) names.push_back(layer->name());
  EXPECT_EQ(names, (std::vector<std::string>{"first", "middle", "average", "add", "last"}));
}

TEST(Functional, PrintsANodeForEachLayer) {
  Session session;
  const Tensor x = session.input({3}, {.name = "x"});
  layers::Dense(2)(layers::Dense(4)(x));
  const std::string text = session.graph_text();
  EXPECT_NE(text.find("layer_call(x){name=\"dense\"}"), std::string::npos) << text;
  EXPECT_EQ(text.find("_layer="), std::string::npos) << text;
  EXPECT_EQ(session.graph().nodes, 3);
}

}  // namespace

// Models that are made of Keras's configs, and what is refused before anything is built.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/layers/core.h"
#include "keratin/ops/operators.h"
#include "layers/live.h"
#include "layers/network.h"
#include "layers/registry.h"

namespace {

using namespace keratin;
using test::expect_close;
using test::wave;

using List = ConfigValue::List;

Config tensor(const std::string& layer, int call = 0, int result = 0) {
  return {{"class_name", "__keras_tensor__"}, {"config", Config{{"keras_history", List{layer, call, result}}}}};
}

Config call(List args, Config kwargs = {}) { return {{"args", std::move(args)}, {"kwargs", std::move(kwargs)}}; }

Config entry(const std::string& class_name, Config config, List calls, const std::string& module = "keras.layers") {
  const std::string name = config.get<std::string>("name");
  return {{"module", module},
          {"class_name", class_name},
          {"config", std::move(config)},
          {"name", name},
          {"inbound_nodes", std::move(calls)}};
}

Config input(const std::string& name, std::int64_t size) {
  return entry("InputLayer", {{"name", name}, {"batch_shape", List{ConfigValue(), size}}, {"dtype", "float32"}}, {});
}

Config dense(const std::string& name, int units, List calls) {
  return entry("Dense", layers::Dense(units, {.name = name}).get_config(), std::move(calls));
}

Config model(List entries, ConfigValue inputs, ConfigValue outputs) {
  return {{"name", "net"},
          {"layers", std::move(entries)},
          {"input_layers", std::move(inputs)},
          {"output_layers", std::move(outputs)}};
}

ConfigValue leaf(const std::string& name, int node = 0) { return List{name, node, 0}; }

TEST(Recipe, CallsSharedLayersAndOperationsInAnyOrder) {
  // y = shared(1 − a) · 2 + shared(b); the file has what comes last first.
  const Config config =
      model({input("a", 3), input("b", 3),
             entry("Add", {{"name", "sum"}}, {call({tensor("twice"), tensor("shared", 1)})}, "keras.src.ops.numpy"),
             entry("Multiply", {{"name", "twice"}}, {call({tensor("shared"), 2.0})}, "keras.src.ops.numpy"),
             dense("shared", 2, {call({tensor("minus")}), call({tensor("b")})}),
             entry("Subtract", {{"name", "minus"}}, {call({1.0, tensor("a")})}, "keras.src.ops.numpy")},
            List{leaf("a"), leaf("b")}, leaf("sum"));
  Session session({.seed = 2, .threads = 1});
  auto network = session.add(layers::Network::from_config(config));
  ASSERT_EQ(network->layers().size(), 1u);
  EXPECT_EQ(network->input_names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(network->output_names(), (std::vector<std::string>{"sum"}));
  EXPECT_EQ(network->saved_sublayers()[0].first, "layers/dense");
  const Array a = wave({4, 3});
  const Array b = wave({4, 3}, 0.5, 0.7);
  FunctionHandle run = session.function([&](std::span<const Tensor> t) { return network->replay(t, false); });
  const Array y = run.call(std::vector<Array>{a, b})[0];
  FunctionHandle by_hand = session.function([&](std::span<const Tensor> t) {
    Layer& shared = *network->layers()[0];
    const Tensor left = shared.invoke(std::vector<Tensor>{1.0 - t[0]});
    return std::vector<Tensor>{left * 2.0 + shared.invoke(std::vector<Tensor>{t[1]})};
  });
  expect_close(y, by_hand.call(std::vector<Array>{a, b})[0]);
}

TEST(Recipe, TakesDictionariesInTheOrderOfTheirKeys) {
  const Config config =
      model({input("x", 2), dense("p", 1, {call({tensor("x")})}), dense("q", 3, {call({tensor("x")})})}, leaf("x"),
            Config{{"zone", leaf("p")}, {"age", leaf("q")}});
  Session session({.threads = 1});
  auto network = session.add(layers::Network::from_config(config));
  EXPECT_EQ(network->output_names(), (std::vector<std::string>{"age", "zone"}));
  EXPECT_EQ(network->outputs()[0].shape(), (Shape{-1, 3}));
}

TEST(Recipe, TellsSeveralOutputsOfOneLayerApart) {
  const Config config =
      model({input("x", 2), dense("d", 1, {call({tensor("x")})})}, leaf("x"), List{leaf("d"), leaf("d"), leaf("x")});
  Session session({.threads = 1});
  auto network = session.add(layers::Network::from_config(config));
  EXPECT_EQ(network->output_names(), (std::vector<std::string>{"d", "d_1", "x"}));
}

void expect_refused(const Config& config, const std::string& text) {
  try {
    const layers::Network network = layers::Network::from_config(config);
    FAIL() << "nothing was thrown";
  } catch (const ValueError& error) {
    EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
  }
}

TEST(Recipe, RefusesWhatCannotBeMade) {
  const auto with = [](Config layer) { return model({input("x", 2), std::move(layer)}, leaf("x"), leaf("y")); };
  expect_refused(with(entry("Lambda", {{"name", "y"}}, {call({tensor("x")})})), "unsafe");
  expect_refused(with(entry("Sparkle", {{"name", "y"}}, {call({tensor("x")})})), "Received: Sparkle");
  expect_refused(with(entry("Svd", {{"name", "y"}}, {call({tensor("x")})}, "keras.src.ops.linalg")), "Svd");
  Config config = layers::Dense(2, {.name = "y"}).get_config();
  config.set("lora_rank", 4);
  expect_refused(with(entry("Dense", config, {call({tensor("x")})})), "`lora_rank`");
  expect_refused(with(dense("y", 2, {call({tensor("z")})})), "'z'");
}

TEST(Recipe, SaysWhichLayersWaitForOneAnother) {
  const Config config =
      model({input("x", 2), dense("a", 2, {call({tensor("b")})}), dense("b", 2, {call({tensor("a")})})}, leaf("x"),
            leaf("b"));
  Session session({.threads = 1});
  try {
    session.add(layers::Network::from_config(config));
    FAIL() << "nothing was thrown";
  } catch (const ValueError& error) {
    EXPECT_NE(std::string(error.what()).find("'a', 'b'"), std::string::npos) << error.what();
  }
  EXPECT_EQ(session.graph().layers, 0);
}

TEST(Recipe, KeepsABatchSizeOnlyForStatefulLayers) {
  const Config input_layer{{"class_name", "InputLayer"},
                           {"config", Config{{"name", "x"}, {"batch_shape", List{2, 3}}, {"dtype", "float32"}}}};
  const Config layer{{"class_name", "Dense"}, {"config", layers::Dense(1).get_config()}};
  Session session({.threads = 1});
  auto network = session.add(layers::Network::from_config({{"name", "s"}, {"layers", List{input_layer, layer}}}));
  EXPECT_EQ(network->inputs()[0].shape(), (Shape{-1, 3}));
}

TEST(Recipe, TakesInputsOfAnyDtype) {
  const Config input_layer{
      {"class_name", "InputLayer"},
      {"config", Config{{"name", "x"}, {"batch_shape", List{ConfigValue(), 3}}, {"dtype", "int32"}}}};
  Session session({.threads = 1});
  auto network = session.add(layers::Network::from_config({{"name", "s"}, {"layers", List{input_layer}}}));
  EXPECT_EQ(network->inputs()[0].dtype(), int32);
}

TEST(LayerRefs, KnowTheTensorsOfTheirOnlyCall) {
  Session session({.threads = 1});
  const Tensor x = session.input({3});
  auto once = session.add(layers::Dense(2));
  auto twice = session.add(layers::Dense(3));
  const Tensor y = once(twice(twice(x)));
  EXPECT_EQ(LayerRef(once).output().shape(), (Shape{-1, 2}));
  EXPECT_EQ(LayerRef(once).input().shape(), (Shape{-1, 3}));
  EXPECT_THROW(LayerRef(twice).output(), ValueError);
  EXPECT_EQ(y.shape(), (Shape{-1, 2}));
}

}  // namespace

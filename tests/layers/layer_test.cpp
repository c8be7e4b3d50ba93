#include "keratin/layers/layer.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/initializers/initializers.h"
#include "keratin/layers/core.h"
#include "keratin/layers/normalization.h"
#include "keratin/layers/regularization.h"
#include "keratin/ops/operators.h"
#include "layers/live.h"

namespace keratin_test_parts {

using namespace keratin;

class LeakyReLU : public Layer {
 public:
  Tensor call(const Tensor& x, const CallContext& /*context*/) override { return x; }
};

/// x · factor, and a count that isn't trained.
class Scale : public Layer {
 public:
  explicit Scale(double initial = 1.0) : initial_(initial) {}
  void build(const Shape& input) override {
    count_ = add_weight("count", {}, {.dtype = int32, .trainable = false});
    factor_ = add_weight("factor", {input.back()}, {.initializer = initializers::Constant(initial_)});
  }
  Tensor call(const Tensor& x, const CallContext& /*context*/) override { return x * factor_; }
  void add_weight_outside_of_build() { add_weight("late", {1}); }

 private:
  double initial_;
  Variable factor_;
  Variable count_;
};

/// x + scale(dropout(dense(x))): a layer made of layers, with a weight of its own.
class Residual : public Layer {
 public:
  void build(const Shape& input) override {
    dense_ = add("dense", layers::Dense(input.back()));
    dropout_ = add("dropout", layers::Dropout(0.5));
    scale_ = add("scale", Scale(0.5));
    bias_ = add_weight("bias", {input.back()}, {.initializer = "ones"});
  }
  Tensor call(const Tensor& x, const CallContext& /*context*/) override {
    return x + scale_(dropout_(dense_(x))) + bias_;
  }

 private:
  Handle<layers::Dense> dense_;
  Handle<layers::Dropout> dropout_;
  Handle<Scale> scale_;
  Variable bias_;
};

/// Its build() fails for inputs of 3, after it has made a weight and a layer.
class Picky : public Layer {
 public:
  void build(const Shape& input) override {
    add_weight("weight", {input.back()});
    inner_ = add("inner", layers::Dense(2));
    if (input.back() == 3) throw ValueError("no threes");
  }
  Tensor call(const Tensor& x, const CallContext& /*context*/) override { return inner_(x); }

 private:
  Handle<layers::Dense> inner_;
};

/// Says in its result whether it was called in training.
class Training : public Layer {
 public:
  Tensor call(const Tensor& x, const CallContext& context) override { return x * (context.training ? 1.0 : 0.0); }
};
class Outer : public Layer {
 public:
  explicit Outer(std::optional<bool> inner = std::nullopt) : inner_(inner) {}
  void build(const Shape& /*input*/) override { part_ = add("part", Training()); }
  Tensor call(const Tensor& x, const CallContext& /*context*/) override { return part_(x, {.training = inner_}); }

 private:
  std::optional<bool> inner_;
  Handle<Training> part_;
};

}  // namespace keratin_test_parts

namespace {

using namespace keratin;
using namespace keratin_test_parts;
using test::expect_close;
using test::Live;
using test::wave;

std::vector<std::string> paths_of(const std::vector<Variable>& variables) {
  std::vector<std::string> paths;
  for (const Variable& variable : variables) paths.push_back(variable.path());
  return paths;
}

TEST(Layer, IsNamedAsKerasWould) {
  Session session;
  EXPECT_EQ(session.add(layers::Dense(1))->name(), "dense");
  EXPECT_EQ(session.add(layers::Dense(1))->name(), "dense_1");
  EXPECT_EQ(session.add(layers::LayerNormalization())->name(), "layer_normalization");
  EXPECT_EQ(session.add(LeakyReLU())->name(), "leaky_re_lu");
  EXPECT_EQ(session.add(layers::Dense(1, {.name = "head"}))->path(), "head");
  EXPECT_EQ(session.add(LeakyReLU())->class_name(), "LeakyReLU");
}

TEST(Layer, IsBuiltByItsFirstCall) {
  Live layer(Scale(2.0));
  EXPECT_FALSE(layer.layer->is_built());
  EXPECT_THROW(layer.layer->weights(), NotBuiltError);
  expect_close(layer(Array::ones({2, 3})), Array::full({2, 3}, 2.0));
  EXPECT_TRUE(layer.layer->is_built());
  EXPECT_EQ(layer.layer->count_params(), 4);
  EXPECT_THROW(layer.layer->add_weight_outside_of_build(), ValueError);
}

TEST(Layer, OrdersWeightsAsKerasDoes) {
  Live layer{Residual()};
  layer(wave({2, 3}));
  EXPECT_EQ(paths_of(layer.layer->weights()),
            (std::vector<std::string>{"residual/bias", "residual/dense/kernel", "residual/dense/bias",
                                      "residual/scale/factor", "residual/scale/count"}));
  EXPECT_EQ(paths_of(layer.layer->non_trainable_variables()), (std::vector<std::string>{"residual/scale/count"}));
  EXPECT_EQ(layer.layer->trainable_variables().size(), 4u);
  EXPECT_EQ(layer.layer->count_params(), 3 + 9 + 3 + 3 + 1);
  EXPECT_EQ(layer.layer->sublayers().size(), 3u);
}

TEST(Layer, SwitchesTrainingOfAllBelowIt) {
  Live layer{Residual()};
  layer(wave({2, 3}));
  Layer* const dense = layer.layer->sublayers()[0];
  dense->set_trainable(false);
  EXPECT_EQ(layer.layer->trainable_variables().size(), 2u);
  layer.layer->set_trainable(false);
  EXPECT_TRUE(layer.layer->trainable_variables().empty());
  EXPECT_FALSE(layer.layer->sublayers()[2]->trainable());
  layer.layer->set_trainable(true);
  EXPECT_EQ(layer.layer->trainable_variables().size(), 4u);  // the count stays as it was made
}

TEST(Layer, MayStartFrozen) {
  Live layer(layers::Dense(2, {.trainable = false}));
  layer(wave({2, 3}));
  EXPECT_TRUE(layer.layer->trainable_variables().empty());
  EXPECT_EQ(layer.layer->non_trainable_variables().size(), 2u);
  layer.layer->set_trainable(true);
  EXPECT_EQ(layer.layer->trainable_variables().size(), 2u);
}

TEST(Layer, SetsAllWeightsOrNone) {
  Live layer(layers::Dense(2));
  layer(wave({2, 3}));
  const std::vector<Array> before = layer.layer->get_weights();
  EXPECT_THROW(layer.layer->set_weights({wave({3, 2})}), ShapeError);
  EXPECT_THROW(layer.layer->set_weights({wave({3, 2}), wave({3})}), ShapeError);
  EXPECT_EQ(max_abs_difference(layer.layer->get_weights()[0], before[0]), 0.0);
  layer.layer->set_weights({wave({3, 2}).astype(float64), wave({2})});
  EXPECT_EQ(max_abs_difference(layer.layer->get_weights()[0], wave({3, 2})), 0.0);
}

TEST(Layer, LeavesNothingOfABuildThatFailed) {
  Live layer{Picky()};
  EXPECT_THROW(layer(wave({2, 3})), ValueError);
  EXPECT_FALSE(layer.layer->is_built());
  EXPECT_TRUE(layer.layer->variables().empty());
  EXPECT_TRUE(layer.layer->sublayers().empty());
  EXPECT_EQ(layer.session.graph().layers, 1);
  EXPECT_EQ(layer(wave({2, 4})).shape(), (Shape{2, 2}));
  EXPECT_EQ(paths_of(layer.layer->weights())[0], "picky/weight");
}

TEST(Layer, NamesItsPathInErrors) {
  Live layer{Residual()};
  layer(wave({2, 3}));
  try {
    layer(wave({2, 5}));
    FAIL();
  } catch (const ShapeError& error) {
    EXPECT_EQ(error.layer_path(), "residual/dense");
    EXPECT_NE(std::string(error.what()).find("in layer 'residual/dense'"), std::string::npos) << error.what();
  }
  Live picky{Picky()};
  try {
    picky(wave({2, 3}));
    FAIL();
  } catch (const ValueError& error) {
    EXPECT_EQ(error.layer_path(), "picky");
    EXPECT_NE(std::string(error.what()).find("no threes (in layer 'picky'"), std::string::npos) << error.what();
  }
}

TEST(Layer, InheritsTrainingFromTheCallAroundIt) {
  const Array x = Array::ones({1, 1});
  EXPECT_EQ(Live(Outer())(x, true).item<float>(), 1.0f);
  EXPECT_EQ(Live(Outer())(x, false).item<float>(), 0.0f);
  EXPECT_EQ(Live(Outer(false))(x, true).item<float>(), 0.0f);
  EXPECT_EQ(Live(Outer(true))(x, false).item<float>(), 1.0f);
}

TEST(Layer, FindsItsOutputShapeWithoutABatch) {
  Session session;
  auto layer = session.add(Residual());
  EXPECT_EQ(layer->compute_output_shape(std::vector<Shape>{{-1, 3}}), (Shape{-1, 3}));
  EXPECT_TRUE(layer->is_built());
}

TEST(Layer, BelongsToOneSession) {
  Session one({.name = "one"});
  Session two({.name = "two"});
  auto dense = one.add(layers::Dense(2));
  auto function = two.function([&](const Tensor& x) { return dense(x); });
  EXPECT_THROW(function(wave({2, 3})), ValueError);
  one.clear();
  EXPECT_THROW(dense->name(), StaleHandleError);
}

TEST(Layer, MayBeCalledWhereItIsWritten) {
  Session session({.seed = 1});
  auto function = session.function([&](const Tensor& x) { return layers::Dense(2, {.bias_initializer = "ones"})(x); });
  EXPECT_EQ(function(wave({4, 3})).shape(), (Shape{4, 2}));
}

TEST(Layer, CopiesAsADescription) {
  Live layer(layers::Dense(2));
  layer(wave({2, 3}));
  auto copy = layer.session.add(*layer.layer);
  EXPECT_EQ(copy->name(), "dense_1");
  EXPECT_FALSE(copy->is_built());
  EXPECT_TRUE(copy->trainable());
}

}  // namespace

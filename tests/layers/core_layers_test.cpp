#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/initializers/initializers.h"
#include "keratin/layers/core.h"
#include "keratin/layers/merging.h"
#include "keratin/layers/preprocessing.h"
#include "keratin/layers/reshaping.h"
#include "keratin/ops/operators.h"
#include "layers/data/keras_values.h"
#include "layers/live.h"

namespace {

using namespace keratin;
using test::array_of;
using test::expect_close;
using test::Live;
using test::wave;

template <class F>
std::string message_of(F&& function) {
  try {
    function();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Dense, GivesKerasValues) {
  for (const ExecutionMode mode : {ExecutionMode::graph, ExecutionMode::eager}) {
    Live dense(layers::Dense(3, {.activation = "tanh"}), mode);
    dense.layer->compute_output_shape(std::vector<Shape>{{-1, 2, 4}});
    dense.layer->set_weights({wave({4, 3}, 0.5), wave({3}, 0.2)});
    expect_close(dense(wave({2, 2, 4})), test::keras::dense_tanh);
  }
}

TEST(Dense, StartsAsItsInitializersSay) {
  Live dense(layers::Dense(2, {.kernel_initializer = initializers::Constant(0.5), .bias_initializer = "ones"}));
  expect_close(dense(array_of({1, 2, 3, 4}, {2, 2})), array_of({2.5, 2.5, 4.5, 4.5}, {2, 2}));
  EXPECT_EQ(dense.layer->weights().size(), 2u);
  EXPECT_EQ(dense.layer->count_params(), 6);
  EXPECT_EQ(dense.layer->weights()[0].path(), "dense/kernel");
  EXPECT_EQ(dense.layer->weights()[0].category(), MemoryCategory::parameters);

  Live unbiased(layers::Dense(2, {.use_bias = false, .name = "head"}));
  const Array y = unbiased(Array::ones({1, 3}));
  EXPECT_EQ(unbiased.layer->weights().size(), 1u);
  EXPECT_EQ(unbiased.layer->weights()[0].path(), "head/kernel");
  const Array kernel = unbiased.layer->get_weights()[0];
  EXPECT_NEAR(y.at<double>({0, 1}), kernel.at<double>({0, 1}) + kernel.at<double>({1, 1}) + kernel.at<double>({2, 1}),
              1e-6);
}

TEST(Dense, SaysWhatDoesNotFit) {
  EXPECT_NE(message_of([] { layers::Dense(0); }).find("`units` must be positive. Received: units=0"),
            std::string::npos);
  Live dense(layers::Dense(2));
  EXPECT_THROW(dense(Array::ones({3})), ShapeError);
  EXPECT_FALSE(dense.layer->is_built());  // and can be built still
  dense(Array::ones({3, 64}));
  const std::string message = message_of([&] { dense(Array::ones({3, 32})); });
  EXPECT_NE(message.find("Dense 'dense' was built for inputs whose last dimension is 64. Received: inputs of shape "),
            std::string::npos)
      << message;
  EXPECT_NE(message.find("32)"), std::string::npos) << message;
}

TEST(ActivationLayer, TakesNamesAndFunctions) {
  const Array x = array_of({-1, 2}, {1, 2});
  expect_close(Live(layers::Activation("relu"))(x), array_of({0, 2}, {1, 2}));
  expect_close(Live(layers::Activation([](const Tensor& t) { return t * 3.0; }))(x), array_of({-3, 6}, {1, 2}));
}

TEST(Reshaping, KeepsTheElementsInOrder) {
  const Array x = wave({2, 3, 4});
  expect_close(Live(layers::Flatten())(x), x.reshaped({2, 12}));
  expect_close(Live(layers::Flatten())(wave({3})), wave({3}).reshaped({3, 1}));
  expect_close(Live(layers::Reshape({6, 2}))(x), x.reshaped({2, 6, 2}));
  expect_close(Live(layers::Reshape({-1, 2, 2}))(x), x.reshaped({2, 3, 2, 2}));
  expect_close(Live(layers::Permute({2, 1}))(x), x.transposed({0, 2, 1}));
  expect_close(Live(layers::RepeatVector(3))(array_of({1, 2}, {1, 2})), array_of({1, 2, 1, 2, 1, 2}, {1, 3, 2}));
}

TEST(Reshaping, RefusesWhatDoesNotFit) {
  EXPECT_THROW(Live(layers::Reshape({5, 2}))(wave({2, 12})), ShapeError);
  EXPECT_THROW(Live(layers::Reshape({-1, 5}))(wave({2, 12})), ShapeError);
  EXPECT_THROW(layers::Reshape({-1, -1}), ValueError);
  EXPECT_THROW(layers::Permute({0, 1}), ValueError);
  EXPECT_THROW(layers::Permute({1, 3}), ValueError);
  EXPECT_THROW(Live(layers::Permute({2, 1}))(wave({2, 3})), ShapeError);
  EXPECT_THROW(layers::RepeatVector(0), ValueError);
}

TEST(Reshaping, KnowsShapesBeforeTheBatch) {
  Session session;
  const auto shape_of = [&](auto layer, const Shape& input) {
    return session.add(std::move(layer))->compute_output_shape({&input, 1});
  };
  EXPECT_EQ(shape_of(layers::Flatten(), {-1, 3, 4}), (Shape{-1, 12}));
  EXPECT_EQ(shape_of(layers::Reshape({2, -1}), {-1, 3, 4}), (Shape{-1, 2, 6}));
  EXPECT_EQ(shape_of(layers::Permute({2, 1}), {-1, 3, 4}), (Shape{-1, 4, 3}));
  EXPECT_EQ(shape_of(layers::Dense(7), {-1, 3, 4}), (Shape{-1, 3, 7}));
}

TEST(Rescaling, ComputesInFloat) {
  Live rescaling(layers::Rescaling(2.0, {.offset = 1.0}));
  const std::vector<std::uint8_t> bytes = {1, 200};
  const Array y = rescaling(Array::copy_of(bytes).reshaped({1, 2}));
  EXPECT_EQ(y.dtype(), float32);
  expect_close(y, array_of({3, 401}, {1, 2}));
}

TEST(Merging, CombinesElementwise) {
  const Array a = array_of({1, -2, 3, 4}, {2, 2});
  const Array b = array_of({5, 6, -7, 8}, {2, 2});
  const Array c = array_of({1, 1, 2, 2}, {2, 2});
  expect_close(Live(layers::Add()).call({a, b, c}), array_of({7, 5, -2, 14}, {2, 2}));
  expect_close(Live(layers::Subtract()).call({a, b}), array_of({-4, -8, 10, -4}, {2, 2}));
  expect_close(Live(layers::Multiply()).call({a, b, c}), array_of({5, -12, -42, 64}, {2, 2}));
  expect_close(Live(layers::Average()).call({a, b}), array_of({3, 2, -2, 6}, {2, 2}));
  expect_close(Live(layers::Maximum()).call({a, b, c}), array_of({5, 6, 3, 8}, {2, 2}));
  expect_close(Live(layers::Minimum()).call({a, b, c}), array_of({1, -2, -7, 2}, {2, 2}));
  expect_close(Live(layers::Concatenate()).call({a, c}), array_of({1, -2, 1, 1, 3, 4, 2, 2}, {2, 4}));
  expect_close(Live(layers::Concatenate({.axis = 0})).call({a, c}), array_of({1, -2, 3, 4, 1, 1, 2, 2}, {4, 2}));
}

TEST(Merging, GivesLowerRanksAxesAfterTheBatch) {
  const Array y = Live(layers::Add()).call({wave({2, 3}), wave({2, 4, 3})});
  ASSERT_EQ(y.shape(), (Shape{2, 4, 3}));
  EXPECT_NEAR(y.at<double>({1, 2, 1}), wave({2, 3}).at<double>({1, 1}) + wave({2, 4, 3}).at<double>({1, 2, 1}), 1e-6);
}

TEST(Merging, SaysHowManyInputsItTakes) {
  EXPECT_THROW(Live(layers::Subtract()).call({wave({2, 3})}), ValueError);
  EXPECT_THROW(Live(layers::Dense(2)).call({wave({2, 3}), wave({2, 3})}), ValueError);
  EXPECT_THROW(Live(layers::Concatenate()).call({wave({2, 3}), wave({3, 3})}), ShapeError);
}

/// The layer that the description gives back is described in the same words.
template <class T>
void expect_round_trip(const T& layer) {
  const Config config = layer.config();
  const Config again = T::from_config(config).config();
  EXPECT_EQ(again.entries().size(), config.entries().size());
  for (const auto& [name, value] : config.entries()) {
    const ConfigValue& other = again.at(name);
    EXPECT_EQ(value.is_none(), other.is_none()) << name;
    if (value.is_text()) {
      EXPECT_EQ(value.as_text(), other.as_text()) << name;
    } else if (value.is_number()) {
      EXPECT_EQ(value.as_floating(), other.as_floating()) << name;
    }
  }
}

TEST(LayerConfig, ComesBack) {
  expect_round_trip(layers::Input({3, 4}, {.batch_size = 5, .dtype = int32}));
  expect_round_trip(layers::Dense(3, {.activation = "gelu", .use_bias = false, .kernel_initializer = "he_normal"}));
  expect_round_trip(layers::Activation("softmax"));
  expect_round_trip(layers::Flatten());
  expect_round_trip(layers::Reshape({-1, 4}));
  expect_round_trip(layers::Permute({2, 1}));
  expect_round_trip(layers::RepeatVector(3));
  expect_round_trip(layers::Rescaling(0.5, {.offset = -1.0}));
  expect_round_trip(layers::Add());
  expect_round_trip(layers::Concatenate({.axis = 1}));
  EXPECT_EQ(layers::Input::from_config(layers::Input({3}, {.batch_size = 5}).config()).batch_shape(), (Shape{5, 3}));
  EXPECT_EQ(layers::Dense(3).config().get<int>("units"), 3);
  EXPECT_EQ(layers::Dense(3).config().get<std::string>("activation"), "linear");
  EXPECT_EQ(
      layers::Reshape::from_config(layers::Reshape({-1, 4}).config()).config().get<std::vector<int>>("target_shape"),
      (std::vector<int>{-1, 4}));
}

}  // namespace

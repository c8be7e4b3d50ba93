// Programs from Keras's and TensorFlow's trackers whose users were in trouble; here they run.
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/layers/convolutional.h"
#include "keratin/layers/core.h"
#include "keratin/layers/pooling.h"
#include "keratin/layers/recurrent.h"
#include "keratin/ops/shape.h"
#include "keratin/session/session.h"
#include "keratin/training/model.h"
#include "lifecycle/lifecycle.h"

namespace {

using namespace keratin;
using namespace keratin::test;

// keras#13118: a model that is loaded once and asked again and again took ever more memory.
TEST(KnownTroubles, PredictingInALoopTakesNoMemory) {
  Session session({.seed = 1, .threads = 1});
  Sequential model(session, {layers::Input({32, 32, 3}), layers::Conv2D(8, 3, {.activation = "relu"}),
                             layers::GlobalAveragePooling2D(), layers::Dense(10, {.activation = "softmax"})});
  const Array x = Array::random_uniform({1, 32, 32, 3}, {.seed = 1});
  for (int i = 0; i < 20; ++i) model.predict(x);
  const std::int64_t bytes = session.memory().current_bytes;
  const GraphStats graph = session.graph();
  const std::int64_t resident = resident_bytes();
  for (int i = 0; i < 500; ++i) model.predict(x);
  EXPECT_EQ(session.memory().current_bytes, bytes);
  EXPECT_EQ(session.memory().peak_bytes, bytes);
  expect_same(session.graph(), graph, 500);
  expect_flat(resident, "after 500 predictions");
  EXPECT_EQ(model.predict_stats().traces, 1);
}

// tensorflow#86310: the batch size of a stateful LSTM could not be given any more, and reset_states() was gone.
TEST(KnownTroubles, AStatefulLstmHasItsBatchSizeAndItsReset) {
  constexpr std::int64_t batch = 32;
  const Array x = Array::random_uniform({100, 5, 1}, {.seed = 1});
  const Array y = Array::random_uniform({100, 1}, {.seed = 2});
  Session session({.seed = 1, .threads = 1});
  Sequential model(
      session, {layers::Input({5, 1}, {.batch_size = batch}), layers::LSTM(50, {.stateful = true}), layers::Dense(1)});
  model.compile({.optimizer = "adam", .loss = "mse"});
  try {
    model.fit(x, y, {.batch_size = batch, .verbose = 0, .shuffle = false});
    ADD_FAILURE() << "100 rows are no whole batches of 32";
  } catch (const StatefulError& error) {
    EXPECT_NE(std::string(error.what()).find("4 rows (100 rows in batches of 32)"), std::string::npos) << error.what();
  }
  double first = 0.0;
  double last = 0.0;
  for (int epoch = 0; epoch < 10; ++epoch) {
    last = model.fit(x.rows(0, 96), y.rows(0, 96), {.batch_size = batch, .verbose = 0, .shuffle = false})["loss"][0];
    if (epoch == 0) first = last;
    model.reset_states();
  }
  EXPECT_LT(last, first);
  EXPECT_EQ(Array(model.predict(x.rows(0, 96), {.batch_size = batch})).shape(), (Shape{96, 1}));
}

// tensorflow#53024: with a batch size above 32, the default of predict met states of other rows.
TEST(KnownTroubles, AStatefulLstmOfALargeBatchPredictsWithoutBeingTold) {
  constexpr std::int64_t batch = 33;
  Session session({.seed = 1, .threads = 1});
  const Tensor input = session.input({5}, {.batch_size = batch});
  const Tensor step = ops::expand_dims(layers::Dense(16, {.activation = "elu"})(input), 1);
  auto lstm = session.add(layers::LSTM(16, {.return_state = true, .stateful = true}));
  Model model(input, layers::Dense(1)(lstm.all({step}).front()));
  model.compile({.optimizer = "adam", .loss = "mse"});
  const Array x = Array::random_uniform({2 * batch, 5}, {.seed = 1});
  const Array y = Array::random_uniform({2 * batch, 1}, {.seed = 2});
  EXPECT_EQ(model.fit(x, y, {.verbose = 0, .shuffle = false})["loss"].size(), 1u);
  EXPECT_EQ(Array(model.predict(x)).shape(), (Shape{2 * batch, 1}));
  EXPECT_GT(model.evaluate(x, y, {.verbose = 0}).at("loss"), 0.0);
}

}  // namespace

// Results that aren't rows of the batch: refused, not written somewhere.
#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "keratin/serving/predictor.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

/// Each row against all of the batch: (rows, rows).
Model similarities(Session& session) {
  const Tensor in = session.input({3});
  return Model(in, ops::matmul(in, ops::transpose(in)));
}

/// One number for each column, whatever the rows are.
Model means(Session& session) {
  const Tensor in = session.input({4});
  return Model(in, ops::mean(in, 0));
}

/// Two rows for each.
Model halves(Session& session) {
  const Tensor in = session.input({4});
  return Model(in, ops::reshape(in, {-1, 2}));
}

TEST(PredictRows, OfAShortLastBatchMustBeLikeThoseBefore) {
  for (const bool eager : {false, true}) {
    Session session({.seed = 1, .threads = 1});
    Model model = similarities(session);
    model.compile({.loss = "mse", .run_eagerly = eager});
    EXPECT_EQ(Array(model.predict(wave({8, 3}, 1), {.batch_size = 4})).shape(), (Shape{8, 4}));
    EXPECT_THROW(model.predict(wave({7, 3}, 1), {.batch_size = 4}), ShapeError) << eager;
  }
}

TEST(PredictRows, OfASizeOfTheirOwnAreRefusedInTheLastBatchToo) {
  for (const bool eager : {false, true}) {
    Session session({.seed = 1, .threads = 1});
    Model model = means(session);
    model.compile({.loss = "mse", .run_eagerly = eager});
    EXPECT_THROW(model.predict(wave({7, 4}, 1), {.batch_size = 4}), ShapeError) << eager;
    EXPECT_THROW(model.predict(wave({6, 4}, 1), {.batch_size = 3}), ShapeError) << eager;
  }
}

TEST(PredictRows, OfAPredictorAreCheckedForEachBatch) {
  Session session({.seed = 1, .threads = 1});
  const Predictor of_means = means(session).freeze();
  EXPECT_THROW(of_means.predict(wave({3, 4}, 1)), ShapeError);
  EXPECT_THROW(of_means.predict(wave({5, 4}, 1)), ShapeError);
  std::vector<float> three(3);
  EXPECT_THROW(of_means.predict_into(wave({3, 4}, 1), three), ShapeError);
  const Predictor of_halves = halves(session).freeze();
  EXPECT_THROW(of_halves.predict(wave({3, 4}, 1)), ShapeError);
  const Predictor square = similarities(session).freeze({.batch_size = 4});
  EXPECT_EQ(Array(square.predict(wave({8, 3}, 1))).shape(), (Shape{8, 4}));
  EXPECT_THROW(square.predict(wave({7, 3}, 1)), ShapeError);
  std::vector<float> numbers(28);
  EXPECT_THROW(square.predict_into(wave({7, 3}, 1), numbers), ShapeError);
}

}  // namespace

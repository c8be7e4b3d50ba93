// A user's unit tests, with nothing but the installed package and GoogleTest.
#include <new>

#include <gtest/gtest-spi.h>
#include <keratin/keratin.h>
#include <keratin/testing.h>
#include <keratin/testing/operator_new.h>

namespace kt = keratin;
namespace layers = keratin::layers;

using kt::testing::SessionTest;

TEST(Gradients, AreThoseOfDifferences) { EXPECT_GRADIENTS(layers::Dense(2, {.activation = "tanh"}), {{2, 3}}); }

TEST_F(SessionTest, LeavesNothingBehindWithinItsMemory) {
  const auto scope = session().graph_scope();
  kt::Sequential model(session(), {layers::Input({3}), layers::Dense(2)});
  EXPECT_MEMORY_BELOW(kt::MiB(1), session(), model.predict(kt::Array::ones({2, 3})));
  EXPECT_NONFATAL_FAILURE(EXPECT_MEMORY_BELOW(kt::KiB(0), session(), model.predict(kt::Array::ones({2, 3}))), "peak");
}

TEST_F(SessionTest, MemoryThatEndsIsSaid) {
  const auto scope = session().graph_scope();
  kt::Sequential model(session(), {layers::Input({3}), layers::Dense(2)});
  const kt::testing::FailingAllocation fail({.after = 1});
  EXPECT_THROW(model.predict(kt::Array::ones({2, 3})), kt::OutOfMemoryError);
}

TEST(Heap, MemoryThatEndsIsReached) {
  const kt::testing::FailingAllocation fail({.of = kt::testing::Allocations::heap});
  EXPECT_THROW(kt::Array::ones({2, 3}), std::bad_alloc);
}

TEST(Recorded, AMissingFileIsAFailure) {
  EXPECT_NONFATAL_FAILURE(EXPECT_RECORDED("no such file.npz", kt::Array::ones({2})), "KERATIN_RECORD=1");
}

// A session's memory budget: refused before anything runs, and usable after.
#include <string>

#include <gtest/gtest.h>

#include "keratin/keratin.h"

namespace {

using namespace keratin;

class CountsBatches : public Callback {
 public:
  void on_train_begin() override { ++begun; }
  void on_train_batch_begin(std::int64_t) override { ++batches; }
  int begun = 0;
  int batches = 0;
};

Model wide(Session& session, std::int64_t units, const std::string& name) {
  Sequential model(session, {layers::Input({64}), layers::Dense(units, {.activation = "relu", .name = name}),
                             layers::Dense(10, {.activation = "softmax"})});
  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy"});
  return model;
}

TEST(Budget, AFitOverItIsRefusedBeforeAnythingRuns) {
  Session session({.seed = 1, .memory_budget = MiB(8)});
  const Array x = Array::random_normal({256, 64}, {.seed = 1});
  const Array y = Array::zeros({256}, int32);
  Model large = wide(session, 20'000, "too_wide");
  CountsBatches counts;
  try {
    large.fit(x, y, {.batch_size = 128, .verbose = 0, .callbacks = {borrow(counts)}});
    FAIL() << "no exception";
  } catch (const OutOfMemoryError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("fit of"), std::string::npos) << text;
    EXPECT_NE(text.find("batch_size=128"), std::string::npos) << text;
    EXPECT_NE(text.find("Largest owners: "), std::string::npos) << text;
    EXPECT_NE(text.find("too_wide/kernel"), std::string::npos) << text;
    EXPECT_NE(text.find("8.00 MiB"), std::string::npos) << text;
  }
  EXPECT_EQ(counts.begun, 0);
  EXPECT_EQ(counts.batches, 0);
  const MemoryReport after = session.memory();
  EXPECT_EQ(after.by_category.at(MemoryCategory::parameters), 0) << after;
  EXPECT_EQ(after.by_category.at(MemoryCategory::activations), 0) << after;
  EXPECT_LE(after.peak_bytes, MiB(8).count);
  EXPECT_EQ(session.callbacks().attached, 0);

  Model small = wide(session, 32, "narrow");
  const History history =
      small.fit(x, y, {.batch_size = 128, .epochs = 3, .verbose = 0, .callbacks = {borrow(counts)}});
  EXPECT_EQ(counts.batches, 6);
  EXPECT_LT(history["loss"].back(), history["loss"].front());
  EXPECT_LE(session.memory().peak_bytes, MiB(8).count);

  session.set_memory_budget(MiB(256));
  EXPECT_NO_THROW(large.fit(x, y, {.batch_size = 128, .verbose = 0}));
}

TEST(Budget, OnlyTheBatchThatIsTooLargeIsRefused) {
  Session session({.seed = 1, .memory_budget = MiB(4)});
  Model model = wide(session, 256, "hidden");
  const Array x = Array::random_normal({4096, 64}, {.seed = 1});
  const Array y = Array::zeros({4096}, int32);
  EXPECT_THROW(model.fit(x, y, {.batch_size = 4096, .verbose = 0}), OutOfMemoryError);
  EXPECT_NO_THROW(model.fit(x, y, {.batch_size = 64, .verbose = 0}));
  EXPECT_THROW(model.predict(x, {.batch_size = 4096}), OutOfMemoryError);
  EXPECT_NO_THROW(model.predict(x, {.batch_size = 64}));
}

}  // namespace

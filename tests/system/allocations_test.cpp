// A training step allocates nothing: what it needs was planned before the first.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/keratin.h"
#include "support/sanitized.h"
#include "system/heap.h"

namespace {

using namespace keratin;
using test::HeapCalls;

constexpr std::int64_t steps = 101;

/// Counts from the end of the first batch to the end of the last.
class Watch : public Callback {
 public:
  explicit Watch(const Session& session) : session_(session) {}
  void on_train_batch_end(std::int64_t batch, const Logs&) override {
    if (batch == 0) {
      mapped = session_.memory().mapped_bytes;
      test::start_counting_heap_calls();
    }
    if (batch == steps - 1) {
      calls = test::heap_calls();
      test::stop_counting_heap_calls();
      EXPECT_EQ(session_.memory().mapped_bytes, mapped);
    }
  }
  HeapCalls calls;
  std::int64_t mapped = 0;

 private:
  const Session& session_;
};

HeapCalls calls_of_steps(int threads, std::int64_t inputs, std::int64_t units, std::int64_t batch) {
  Session session({.seed = 1, .threads = threads});
  Sequential model(session, {
                                layers::Input({inputs}),
                                layers::Dense(units, {.activation = "relu"}),
                                layers::BatchNormalization(),
                                layers::Dropout(0.2),
                                layers::Dense(units, {.activation = "tanh"}),
                                layers::Dense(10, {.activation = "softmax"}),
                            });
  model.compile({.optimizer = optimizers::Adam({.global_clipnorm = 1.0}),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy"}});
  Watch watch(session);
  const Array x = Array::random_normal({steps * batch, inputs}, {.seed = 1});
  model.fit(x, Array::zeros({steps * batch}, int32), {.batch_size = batch, .verbose = 0, .callbacks = {borrow(watch)}});
  return watch.calls;
}

TEST(Allocations, TheCounterCounts) {
  if (test::is_sanitized) GTEST_SKIP() << "the sanitizer's heap can't be counted";
  test::start_counting_heap_calls();
  const auto kept = std::make_unique<std::vector<int>>(100);
  void* volatile const plain = std::malloc(10);
  test::stop_counting_heap_calls();
  std::free(plain);
  EXPECT_EQ(test::heap_calls().ours, 3);
  EXPECT_EQ(kept->size(), 100u);
}

TEST(Allocations, AStepAfterTheFirstMakesNone) {
  if (test::is_sanitized) GTEST_SKIP() << "the sanitizer's heap can't be counted";
  for (const int threads : {1, 2})
    for (const auto& [inputs, units, batch] :
         std::vector<std::array<std::int64_t, 3>>{{8, 8, 4}, {64, 128, 32}, {784, 256, 128}}) {
      const HeapCalls calls = calls_of_steps(threads, inputs, units, batch);
      std::cout << inputs << '-' << units << '-' << units << "-10, batch " << batch << ", " << threads
                << " threads: in steps 2 to " << steps << " our code allocates " << calls.ours << " times, oneDNN "
                << calls.onednn << ", others " << calls.others << '\n';
      EXPECT_EQ(calls.ours, 0);
      EXPECT_LE(calls.others, threads - 1) << "the OpenMP runtime meets each other thread once";
    }
}

TEST(Allocations, APredictorMakesNoneOnceItHasPlans) {
  if (test::is_sanitized) GTEST_SKIP() << "the sanitizer's heap can't be counted";
  for (const int threads : {1, 2}) {
    Session session({.seed = 1});
    const Sequential model(session, {layers::Input({6, 8}), layers::LSTM(16), layers::Dense(4)});
    const Predictor predictor = model.freeze({.threads = threads});
    predictor.warm_up({1, 7});
    const std::vector<float> x(7 * 6 * 8, 0.5f);
    std::vector<float> y(7 * 4);
    const auto predict = [&](std::size_t rows) {
      predictor.predict_into(std::span(x).first(rows * 6 * 8), std::span(y).first(rows * 4));
    };
    predict(7);
    const std::int64_t mapped = predictor.memory().mapped_bytes;
    test::start_counting_heap_calls();
    for (int call = 0; call < 50; ++call) predict(call % 2 == 0 ? 1 : 7);
    const HeapCalls calls = test::heap_calls();
    test::stop_counting_heap_calls();
    EXPECT_EQ(calls.ours, 0) << threads << " threads";
    EXPECT_EQ(predictor.memory().mapped_bytes, mapped);
  }
}

}  // namespace

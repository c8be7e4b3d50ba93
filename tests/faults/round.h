#pragma once

// A process's round from build to clear, in which each request for memory fails in turn.
#include <array>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/keratin.h"
#include "keratin/testing/failing_allocation.h"
#include "lifecycle/recipe.h"
#include "support/files.h"

namespace keratin::test {

/// What a round is given: made before memory fails, as it is the caller's.
struct Round {
  std::string name;
  std::vector<LayerSpec> layers;
  CompileOptions compile_options;
  FitOptions fit_options;
  RecipeData data;
  std::optional<Dataset> stream = std::nullopt;  ///< what is trained on instead of the arrays
  int threads = 1;
};

inline Round round_of(std::string name, std::vector<LayerSpec> layers, const Shape& sample,
                      OptimizerSpec optimizer = "adam") {
  constexpr std::int64_t rows = 5;
  Shape shape{rows};
  for (const std::int64_t size : sample) shape.push_back(size);
  RecipeData data{Array::random_normal(shape, {.seed = 1}), Array::copy_of<std::int32_t>({0, 1, 2, 1, 0})};
  FitOptions fit{.batch_size = 3, .epochs = 1, .verbose = 0};
  fit.validation_data = {data.x, data.y};
  return {.name = std::move(name),
          .layers = std::move(layers),
          .compile_options = {.optimizer = std::move(optimizer),
                              .loss = "sparse_categorical_crossentropy",
                              .metrics = {"accuracy"}},
          .fit_options = std::move(fit),
          .data = std::move(data)};
}

inline Round dense_round() {
  return round_of("Dense",
                  {layers::Input({4}), layers::Dense(3, {.activation = "relu", .kernel_regularizer = "l2"}),
                   layers::BatchNormalization(), layers::Dropout(0.25), layers::Dense(3, {.activation = "softmax"})},
                  {4});
}

inline Round convolutional_round() {
  return round_of("CNN",
                  {layers::Input({6, 6, 1}), layers::Conv2D(2, 3, {.activation = "relu"}), layers::MaxPooling2D(2),
                   layers::Flatten(), layers::Dense(3, {.activation = "softmax"})},
                  {6, 6, 1}, optimizers::SGD({.learning_rate = 0.01, .momentum = 0.9}));
}

inline Round recurrent_round() {
  return round_of("LSTM", {layers::Input({4, 2}), layers::LSTM(3), layers::Dense(3, {.activation = "softmax"})},
                  {4, 2});
}

/// With states that a validation has to leave as they were.
inline Round stateful_round() {
  Round round = round_of("Stateful",
                         {layers::Input({4, 2}, {.batch_size = 2}), layers::LSTM(3, {.stateful = true}),
                          layers::Dense(3, {.activation = "softmax"})},
                         {4, 2});
  round.data = {round.data.x.rows(0, 4), round.data.y.rows(0, 4)};
  round.fit_options.batch_size = 2;
  round.fit_options.epochs = 2;
  round.fit_options.validation_data = {round.data.x, round.data.y};
  round.fit_options.shuffle = false;
  round.fit_options.reset_states = ResetStates::each_epoch;
  return round;
}

/// With threads that ask for memory too, callbacks, and weights that one of them keeps.
inline Round streaming_round() {
  Round round = dense_round();
  round.name = "Stream";
  round.threads = 2;
  round.stream = Dataset::from_arrays(round.data.x, round.data.y).shuffle(4, {.seed = 1}).batch(3).prefetch(1);
  round.fit_options.epochs = 2;
  round.fit_options.callbacks = {callbacks::EarlyStopping({.restore_best_weights = true}),
                                 callbacks::ReduceLROnPlateau({.patience = 1})};
  return round;
}

/// Builds, compiles, fits, evaluates, predicts, saves, loads, predicts again and clears. What is the caller's was made
/// before, so that each request for memory is the library's.
class RoundRun {
 public:
  RoundRun(const Round& round, std::string path)
      : round_(round),
        x_(round.data.x),
        y_(round.data.y),
        compile_options_(round.compile_options),
        evaluate_{.verbose = 0, .reset_states = round.fit_options.reset_states},
        predict_{.reset_states = round.fit_options.reset_states},
        path_(std::move(path)) {}

  void operator()(Session& session) {
    {
      Sequential model(session, round_.layers);
      model.compile(std::move(compile_options_));
      if (round_.stream) {
        model.fit(*round_.stream, round_.fit_options);
      } else {
        model.fit(x_, y_, round_.fit_options);
      }
      loss_ = model.evaluate(x_, y_, evaluate_).value(0);
      before_ = model.predict(x_, predict_);
      model.save(path_);
      after_ = load_model(session, path_).predict(x_, predict_);
    }
    session.clear();
  }
  double loss() const noexcept { return loss_; }
  /// Whether the model that was loaded predicts what the one that was saved did.
  bool is_same() const { return max_abs_difference(before_, after_) == 0.0; }

 private:
  const Round& round_;
  Data x_;
  Data y_;
  CompileOptions compile_options_;
  EvaluateOptions evaluate_;
  PredictOptions predict_;
  std::string path_;
  double loss_ = 0;
  Outputs before_;
  Outputs after_;
};

inline std::int64_t files_in(const Scratch& scratch) {
  return std::distance(std::filesystem::directory_iterator(scratch.path("")), {});
}

inline void expect_empty(const Session& session, const std::string& when) {
  const MemoryReport memory = session.memory();
  EXPECT_EQ(memory.current_bytes, 0) << when << '\n' << memory;
  EXPECT_EQ(memory.mapped_bytes, 0) << when << '\n' << memory;
  const GraphStats graph = session.graph();
  EXPECT_EQ(graph.nodes + graph.models + graph.layers + graph.variables + graph.functions + graph.traces + graph.plans +
                graph.scopes,
            0)
      << when << '\n'
      << graph;
  EXPECT_EQ(session.callbacks().attached, 0) << when;
}

/// The same round, with all the memory that it wants.
inline void expect_usable(Session& session, const Round& round, const std::string& path, double loss,
                          const std::string& when) {
  RoundRun again(round, path);
  ASSERT_NO_THROW(again(session)) << when;
  EXPECT_EQ(again.loss(), loss) << when;
  EXPECT_TRUE(again.is_same()) << when;
  expect_empty(session, when);
}

/// Requests for memory of the round fail, one in each run. A typed error comes out, and the session can be used at
/// once, or cleared and used.
inline void each_allocation_fails(const Round& round, testing::AllocationSweepOptions options) {
  const Scratch scratch;
  const std::string path = scratch.path("model.keras");
  Session session({.seed = 1, .threads = round.threads});
  RoundRun whole(round, path);
  whole(session);
  std::array<std::int64_t, 4> ends{};
  options.of = testing::Allocations::all;
  testing::AllocationSweep sweep(options);
  for (std::int64_t number = 0; sweep.goes_on() && !::testing::Test::HasFailure(); ++number) {
    RoundRun run(round, path);
    const testing::Refused end = sweep.run([&] { run(session); });
    ++ends[static_cast<std::size_t>(end)];
    const std::string when = round.name + ", request " + std::to_string(sweep.call()) + ": " + sweep.message();
    // A heap that has ended for good has no room for the error's text either.
    if (!options.for_good) {
      EXPECT_NE(end, testing::Refused::bad_alloc) << when;
    }
    EXPECT_EQ(session.callbacks().attached, 0) << when;
    EXPECT_EQ(files_in(scratch), 1) << when;
    if (number % 2 == 0) {
      session.clear();
      expect_empty(session, when);
      expect_usable(session, round, path, whole.loss(), when);
    } else {  // names and seeds go on from where they were: other numbers
      RoundRun again(round, path);
      ASSERT_NO_THROW(again(session)) << when;
      expect_empty(session, when);
    }
  }
  std::cout << round.name << ": " << sweep.call() << " requests; " << ends[1] + ends[2] + ends[3]
            << " rounds in which one failed: " << ends[2] << " OutOfMemoryError, " << ends[3] << " bad_alloc, "
            << ends[1] << " went on without\n";
}

}  // namespace keratin::test

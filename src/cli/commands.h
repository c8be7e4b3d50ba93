#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/arrays.h"

namespace keratin::inline v0::cli {

struct PredictArguments {
  std::string model;
  std::string input;
  std::string output;
  std::int64_t batch_size = 32;
};
/// Runs a model on arrays of a file, and writes its results to another.
void predict(const PredictArguments& arguments);

struct SummaryArguments {
  std::string model;
  std::int64_t line_length = 80;
  bool expand_nested = false;
  bool show_trainable = false;
};
/// Prints a model's layers, shapes and numbers of weights.
void summary(const SummaryArguments& arguments);

struct PlanArguments {
  std::string model;
  std::int64_t batch_size = 32;
  std::int64_t rows = 0;
  std::vector<std::int64_t> sizes;
  bool graph = false;
};
/// Prints what memory a model takes.
void plan(const PlanArguments& arguments);

/// How a model is compiled, where its file doesn't say, or otherwise than it says.
struct CompileArguments {
  std::string optimizer;
  std::string loss;
  std::vector<std::string> metrics;
  std::optional<double> learning_rate;
};

struct TrainArguments {
  std::string model;
  DataFiles data;
  std::string output;
  CompileArguments compile;
  std::int64_t batch_size = 32;
  std::int64_t epochs = 1;
  std::int64_t initial_epoch = 0;
  bool shuffle = true;
  double validation_split = 0.0;
  DataFiles validation_data;
  std::vector<std::pair<std::int64_t, double>> class_weight;
  std::string history;
  std::string log;
  std::string checkpoint;
  bool best_only = false;
  std::string backup;
  std::int64_t early_stopping = 0;
  std::string monitor = "val_loss";
  std::uint64_t seed = 0;
  int verbose = 2;
};
/// Trains a model on the rows of a file, and saves it.
void train(const TrainArguments& arguments);

struct EvaluateArguments {
  std::string model;
  DataFiles data;
  CompileArguments compile;
  std::int64_t batch_size = 32;
  std::string output;
};
/// Prints a model's loss and metrics on the rows of a file.
void evaluate(const EvaluateArguments& arguments);

}  // namespace keratin::inline v0::cli

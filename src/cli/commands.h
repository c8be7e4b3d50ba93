#pragma once

#include <cstdint>
#include <string>
#include <vector>

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

}  // namespace keratin::inline v0::cli

#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace keratin::test {

/// An optimizer with its options, and the weights (kernel, then bias) that Keras has after 2 and 10 steps.
struct OptimizerCase {
  std::string_view optimizer;
  std::optional<double> learning_rate = {};
  double momentum = 0.0;
  bool nesterov = false;
  bool amsgrad = false;
  bool centered = false;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double rho = 0.9;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {};
  std::optional<double> clipvalue = {};
  std::optional<double> global_clipnorm = {};
  std::vector<float> after_2 = {};
  std::vector<float> after_10 = {};
};

}  // namespace keratin::test

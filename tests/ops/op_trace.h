#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "graph/builder.h"
#include "ops/op_harness.h"

namespace keratin::test {

/// A row's inputs in `dtype`, the same each time; `batch` instead of the first size of batched ones.
std::vector<Array> draw(const OpRow& row, DType dtype, std::optional<std::int64_t> batch = {});
/// Their specs, with −1 for the batch if `symbolic`.
std::vector<graph::Spec> specs_of(const OpRow& row, std::span<const Array> inputs, bool symbolic = false);

/// A row's graph, and that of d sum(outputs · weights) / d inputs.
class Trace {
 public:
  Trace(const OpRow& row, std::span<const graph::Spec> inputs);

  /// Adds the sum of floating outputs · weights; the weights are inputs of the graph. False if no output is floating.
  bool add_probe();
  /// Adds the gradients of the probe; empty Tensors for inputs that get none.
  void add_gradients();

  std::vector<Array> run_outputs(std::span<const Array> inputs, int threads = 1);
  double run_probe(std::span<const Array> inputs);
  /// All outputs, and all gradients (zeros for empty ones).
  std::vector<Array> run_all(std::span<const Array> inputs, int in_place_input = -1);
  /// inputs and random weights, for the probe.
  std::vector<Array> with_weights(std::span<const Array> inputs);

  const graph::Graph& graph() const { return builder_.graph(); }
  std::span<const Tensor> outputs() const { return outputs_; }
  std::span<const Tensor> gradients() const { return gradients_; }

 private:
  std::vector<Array> run(std::span<const Tensor> results, std::span<const Array> inputs, int threads, int in_place);

  const OpRow& row_;
  graph::Builder builder_;
  std::vector<Tensor> inputs_;
  std::vector<Tensor> outputs_;
  std::vector<Tensor> weights_;  ///< by output; empty where that isn't floating
  std::vector<Tensor> gradients_;
  Tensor probe_;
};

}  // namespace keratin::test

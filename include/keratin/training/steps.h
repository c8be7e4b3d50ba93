#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"
#include "keratin/training/tensor_list.h"

namespace keratin::inline v0 {

class Model;
namespace training {
struct StepState;
}  // namespace training

/// What a step returns: numbers by name. They become the batch's logs; an element of a tensor that isn't scalar is
/// called "name[0]".
using StepLogs = std::vector<std::pair<std::string, Tensor>>;

/// What a step of one's own works with, while it is traced: the batch, and what compile() made.
class KERATIN_API StepContext {
 public:
  explicit StepContext(training::StepState& state) noexcept : state_(state) {}

  Model& model() const;
  bool training() const noexcept;
  /// The batch's tensors: the first or only one, or another by its index. An empty Tensor where there is none.
  Tensor x(std::size_t index = 0) const;
  Tensor y(std::size_t index = 0) const;
  Tensor sample_weight(std::size_t index = 0) const;
  std::span<const Tensor> inputs() const noexcept;
  std::span<const Tensor> targets() const noexcept;
  std::span<const Tensor> sample_weights() const noexcept;

  /// The model on the batch, training or not as the step is.
  std::vector<Tensor> call() const;
  /// The compiled loss of the batch's targets (or of others) and weights, plus what layers and weights added. Noted as
  /// "loss".
  Tensor compute_loss(const TensorList& y_pred) const;
  Tensor compute_loss(const TensorList& y, const TensorList& y_pred, const TensorList& sample_weight = {}) const;
  /// Notes another loss as "loss", for the epoch's mean.
  void track_loss(const Tensor& loss) const;
  /// One step of the compiled optimizer down this loss, for all trainable weights; constraints after it. Throws
  /// ValueError in a test step.
  void apply_gradients(const Tensor& loss) const;
  /// Adds the batch to the compiled metrics, and gives the values of all: what Keras's steps return.
  StepLogs compute_metrics(const TensorList& y_pred) const;
  StepLogs compute_metrics(const TensorList& y, const TensorList& y_pred, const TensorList& sample_weight = {}) const;

 private:
  training::StepState& state_;
};

/// What fit, evaluate and predict do with a batch. Users derive from it to do something else, and give it to
/// Model::set_steps: Keras's `train_step`, `test_step` and `predict_step`. As they are here they do what Keras's do.
class KERATIN_API Steps {
 public:
  virtual ~Steps();
  virtual StepLogs train_step(StepContext& step);
  virtual StepLogs test_step(StepContext& step);
  virtual std::vector<Tensor> predict_step(StepContext& step);
};

}  // namespace keratin::inline v0

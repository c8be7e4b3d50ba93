#include "training/steps.h"

#include <utility>

#include "keratin/core/error.h"
#include "layers/batch_rows.h"
#include "training/live_model.h"

namespace keratin::inline v0 {
namespace {

Tensor at(std::span<const Tensor> tensors, std::size_t index) {
  return index < tensors.size() ? tensors[index] : Tensor();
}

}  // namespace

Model& StepContext::model() const { return state_.model; }
bool StepContext::training() const noexcept { return state_.training; }
Tensor StepContext::x(std::size_t index) const { return at(state_.inputs, index); }
Tensor StepContext::y(std::size_t index) const { return at(state_.targets, index); }
Tensor StepContext::sample_weight(std::size_t index) const { return at(state_.weights, index); }
std::span<const Tensor> StepContext::inputs() const noexcept { return state_.inputs; }
std::span<const Tensor> StepContext::targets() const noexcept { return state_.targets; }
std::span<const Tensor> StepContext::sample_weights() const noexcept { return state_.weights; }

std::vector<Tensor> StepContext::call() const { return state_.live.replay(state_.inputs, state_.training); }

Tensor StepContext::compute_loss(const TensorList& y_pred) const {
  return compute_loss(state_.targets, y_pred, state_.weights);
}

Tensor StepContext::compute_loss(const TensorList& y, const TensorList& y_pred, const TensorList& sample_weight) const {
  Tensor loss =
      state_.live.total_loss(y, y_pred, sample_weight, state_.added.take(), layers::batch_rows(state_.inputs.front()));
  track_loss(loss);
  return loss;
}

void StepContext::track_loss(const Tensor& loss) const {
  state_.live.compiled("a step").track_loss(loss, layers::batch_rows(state_.inputs.front()));
}

void StepContext::apply_gradients(const Tensor& loss) const {
  if (!state_.training)
    throw ValueError(
        "A test step changes no weights: apply_gradients is for train_step. Received: a call in test_step");
  state_.live.apply_gradients(loss);
}

StepLogs StepContext::compute_metrics(const TensorList& y_pred) const {
  return compute_metrics(state_.targets, y_pred, state_.weights);
}

StepLogs StepContext::compute_metrics(const TensorList& y, const TensorList& y_pred,
                                      const TensorList& sample_weight) const {
  return state_.live.updated_metrics(y, y_pred, sample_weight);
}

Steps::~Steps() = default;

StepLogs Steps::train_step(StepContext& step) {
  const std::vector<Tensor> y_pred = step.call();
  step.apply_gradients(step.compute_loss(y_pred));
  return step.compute_metrics(y_pred);
}

StepLogs Steps::test_step(StepContext& step) {
  const std::vector<Tensor> y_pred = step.call();
  step.compute_loss(y_pred);
  return step.compute_metrics(y_pred);
}

std::vector<Tensor> Steps::predict_step(StepContext& step) { return step.call(); }

namespace {

/// A train step that is a function; the rest is Keras's.
class FunctionSteps final : public Steps {
 public:
  explicit FunctionSteps(Callable<StepLogs(StepContext&)> function) : function_(std::move(function)) {}
  StepLogs train_step(StepContext& step) override { return function_(step); }

 private:
  Callable<StepLogs(StepContext&)> function_;
};

}  // namespace

void Model::set_steps(std::shared_ptr<Steps> steps) {
  training::LiveModel& model = live();
  const session::Core::Entry entry(model.core());
  model.set_steps(std::move(steps));
}

void Model::set_train_step(Callable<StepLogs(StepContext&)> step) {
  set_steps(step ? std::make_shared<FunctionSteps>(std::move(step)) : std::shared_ptr<Steps>());
}

std::shared_ptr<const session::ComponentLife> Model::adopt_metric(std::unique_ptr<Metric> metric) {
  training::LiveModel& model = live();
  const session::Core::Entry entry(model.core());
  return model.adopt_metric(std::move(metric));
}

}  // namespace keratin::inline v0

#include "loss_parts.h"

#include "keratin/ops/nn.h"

namespace keratin::test {
namespace {

losses::Reduction reduction_of(std::string_view name) {
  using losses::Reduction;
  if (name == "none") return Reduction::none;
  if (name == "sum") return Reduction::sum;
  if (name == "mean") return Reduction::mean;
  return name == "mean_with_sample_weight" ? Reduction::mean_with_sample_weight : Reduction::sum_over_batch_size;
}

}  // namespace

std::unique_ptr<losses::Loss> make_loss(const LossCase& given) {
  const losses::Reduction reduction = reduction_of(given.reduction);
  if (given.loss == "MeanSquaredError")
    return std::make_unique<losses::MeanSquaredError>(losses::MeanErrorOptions{.reduction = reduction});
  if (given.loss == "MeanAbsoluteError")
    return std::make_unique<losses::MeanAbsoluteError>(losses::MeanErrorOptions{.reduction = reduction});
  if (given.loss == "SparseCategoricalCrossentropy")
    return std::make_unique<losses::SparseCategoricalCrossentropy>(losses::SparseCategoricalCrossentropyOptions{
        .from_logits = given.from_logits, .axis = given.axis, .reduction = reduction});
  if (given.loss == "CategoricalCrossentropy")
    return std::make_unique<losses::CategoricalCrossentropy>(
        losses::CategoricalCrossentropyOptions{.from_logits = given.from_logits,
                                               .label_smoothing = given.label_smoothing,
                                               .axis = given.axis,
                                               .reduction = reduction});
  return std::make_unique<losses::BinaryCrossentropy>(
      losses::BinaryCrossentropyOptions{.from_logits = given.from_logits,
                                        .label_smoothing = given.label_smoothing,
                                        .axis = given.axis,
                                        .reduction = reduction});
}

Tensor loss_of(const LossCase& given, std::span<const Tensor> inputs) {
  Tensor output = inputs[1];
  if (given.activation == "softmax") output = ops::softmax(output);
  if (given.activation == "sigmoid") output = ops::sigmoid(output);
  return (*make_loss(given))(inputs[0], output, inputs.size() > 2 ? inputs[2] : Tensor());
}

}  // namespace keratin::test

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/layers/wrappers.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"
#include "layers/recurrent/options.h"
#include "layers/registry.h"
#include "layers/stream_scope.h"
#include "ops/movement.h"
#include "ops/steps.h"
#include "session/core.h"

namespace keratin::inline v0::layers {
namespace {

/// Whether a layer's training looks at a batch as a whole, or changes what the next call computes: statistics of
/// BatchNormalization, states. Then steps can't share a batch.
bool mixes_rows(const Layer& layer, bool training) {
  const auto* const rnn = dynamic_cast<const RNN*>(&layer);
  if (rnn != nullptr && rnn->options().stateful) return true;
  if (training && layer.trainable()) {
    const std::vector<Variable> own = layer.own_weights();
    if (std::any_of(own.begin(), own.end(), [](const Variable& weight) { return !weight.trainable(); })) return true;
  }
  const std::vector<Layer*> below = layer.sublayers();
  return std::any_of(below.begin(), below.end(), [&](const Layer* each) { return mixes_rows(*each, training); });
}

void check_mask(const Layer& layer, const Shape& mask, const Shape& input) {
  const auto differ = [&](std::size_t axis) {
    return mask.dims()[axis] != input.dims()[axis] && mask.dims()[axis] >= 0 && input.dims()[axis] >= 0;
  };
  if (mask.rank() >= 2 && !differ(0) && !differ(1)) return;
  throw ShapeError(title(layer) +
                   ": a mask starts with the batch and the steps of the input. Received: mask of shape " +
                   to_string(mask) + " for inputs of shape " + to_string(input));
}

}  // namespace

TimeDistributed::TimeDistributed(LayerSpec layer, TimeDistributedOptions options)
    : CallableLayer(options.name), spec_(std::move(layer)) {
  set_common(options.trainable, options.dtype);
}

void TimeDistributed::build(const Shape& input) {
  check_rank_at_least(*this, input, 3);
  std::unique_ptr<Layer> made = spec_.clone();
  layer_ = made.get();
  session::Inner::set_where(*made, spec_.where());
  adopt_child("layer", std::move(made));
  if (!trainable()) layer_->set_trainable(false);
  Shape step = input;
  step.erase(1);
  layer_->ensure_built(std::span(&step, 1));
}

std::vector<Tensor> TimeDistributed::call_all(std::span<const Tensor> inputs, const CallContext& context) {
  const Tensor& x = only_input(inputs);
  check_rank_at_least(*this, x.shape(), 3);
  // A mask of whole steps says nothing to the layer that computes within one.
  Tensor mask;
  if (!context.mask.is_empty()) {
    check_mask(*this, context.mask.shape(), x.shape());
    if (context.mask.rank() > 2) mask = context.mask;
  }
  const StreamScope::Step within;
  if (x.shape()[1] >= 0 && mixes_rows(*layer_, context.training)) return one_by_one(x, mask);
  CallOptions options;
  if (!mask.is_empty()) options.mask = ops::detail::fold_steps(mask);
  const Tensor rows = ops::detail::fold_steps(x);
  std::vector<Tensor> results = layer_->invoke_all({&rows, 1}, options);
  for (Tensor& result : results) result = ops::detail::unfold_steps(result, x);
  return results;
}

std::vector<Tensor> TimeDistributed::one_by_one(const Tensor& x, const Tensor& mask) {
  std::vector<std::vector<Tensor>> steps;  // by result
  for (std::int64_t t = 0; t < x.shape()[1]; ++t) {
    CallOptions options;
    if (!mask.is_empty()) options.mask = ops::detail::select_index(mask, 1, t);
    const Tensor step = ops::detail::select_index(x, 1, t);
    const std::vector<Tensor> results = layer_->invoke_all({&step, 1}, options);
    steps.resize(results.size());
    for (std::size_t i = 0; i < results.size(); ++i) steps[i].push_back(results[i]);
  }
  std::vector<Tensor> results;
  results.reserve(steps.size());
  for (const std::vector<Tensor>& each : steps) results.push_back(ops::stack(each, 1));
  return results;
}

std::vector<Tensor> TimeDistributed::compute_mask(std::span<const Tensor> /*inputs*/, const CallContext& context) {
  return {context.mask};
}

Config TimeDistributed::config() const { return {{"layer", nested_object(spec_, *this)}}; }

TimeDistributed TimeDistributed::from_config(const Config& config) {
  return TimeDistributed(LayerSpec::from_config(config.at("layer")));
}

}  // namespace keratin::inline v0::layers

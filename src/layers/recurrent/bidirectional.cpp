#include <memory>
#include <string>
#include <utility>

#include "core/class_name.h"
#include "keratin/core/error.h"
#include "keratin/layers/wrappers.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"
#include "layers/recurrent/options.h"
#include "layers/registry.h"
#include "session/core.h"

namespace keratin::inline v0::layers {
namespace {

const RNN& checked_rnn(const LayerSpec& spec, const char* option) {
  if (const auto* const rnn = dynamic_cast<const RNN*>(&spec.layer())) return *rnn;
  throw ValueError(std::string("Bidirectional: `") + option +
                   "` must be a recurrent layer, such as LSTM. Received: " + spec.layer().class_name());
}

std::string truth(bool value) { return value ? "true" : "false"; }

void check_agree(bool forward, bool backward, const char* option) {
  if (forward == backward) return;
  throw ValueError(std::string("Bidirectional: both layers must have the same `") + option +
                   "`. Received: " + truth(forward) + " forward and " + truth(backward) + " backward");
}

/// "forward_lstm", whether the layer has a name, or one with the prefix already, or not.
std::string named(const RNN& layer, const std::string& prefix) {
  std::string name = layer.name().empty() ? core::snake_case(layer.class_name()) : layer.name();
  return name.starts_with(prefix) ? name : prefix + name;
}

MergeMode merge_mode_from(const ConfigValue& config) {
  if (config.is_none()) return MergeMode::none;
  return keratin::name(config.as_text());
}

}  // namespace

Bidirectional::Bidirectional(LayerSpec layer, BidirectionalOptions options)
    : CallableLayer(options.name),
      forward_spec_(std::move(layer)),
      backward_spec_(options.backward_layer.value_or(forward_spec_)),
      turns_(!options.backward_layer),
      merge_mode_(options.merge_mode) {
  set_common(options.trainable, options.dtype);
  const RNNOptions& forward = checked_rnn(forward_spec_, "layer").options();
  const RNNOptions& backward = checked_rnn(backward_spec_, "backward_layer").options();
  if (forward.go_backwards == (turns_ || backward.go_backwards))
    throw ValueError("Bidirectional: one layer must go forwards and the other one backwards. Received: go_backwards=" +
                     truth(forward.go_backwards) + " for both");
  check_agree(forward.stateful, backward.stateful, "stateful");
  check_agree(forward.return_sequences, backward.return_sequences, "return_sequences");
  check_agree(forward.return_state, backward.return_state, "return_state");
}

const RNNOptions& Bidirectional::options() const { return static_cast<const RNN&>(forward_spec_.layer()).options(); }

RNN* Bidirectional::add_direction(const std::string& attribute, const LayerSpec& spec, bool turned) {
  std::unique_ptr<Layer> made = spec.clone();
  auto* const layer = static_cast<RNN*>(made.get());
  session::Inner::set_where(*made, spec.where());
  layer->options_.go_backwards = layer->options_.go_backwards || turned;
  // What is masked counts for neither direction.
  layer->options_.zero_output_for_mask = layer->options_.return_sequences;
  adopt_child(attribute, std::move(made));
  if (!trainable()) layer->set_trainable(false);
  return layer;
}

void Bidirectional::build(const Shape& input) {
  forward_ = add_direction("forward_layer", forward_spec_, false);
  backward_ = add_direction("backward_layer", backward_spec_, turns_);
  forward_->ensure_built(std::span(&input, 1));
  backward_->ensure_built(std::span(&input, 1));
}

std::vector<Tensor> Bidirectional::merged(const Tensor& forward, const Tensor& backward) const {
  switch (merge_mode_) {
    case MergeMode::concat:
      return {ops::concatenate({forward, backward}, -1)};
    case MergeMode::sum:
      return {forward + backward};
    case MergeMode::mul:
      return {forward * backward};
    case MergeMode::ave:
      return {(forward + backward) / 2.0};
    case MergeMode::none:
      break;
  }
  return {forward, backward};
}

/// Turned around once by the layer and once here, outputs needn't be turned at all.
std::vector<Tensor> Bidirectional::backward_results(std::span<const Tensor> inputs, const CallOptions& options) {
  struct Scope {
    explicit Scope(bool& flag) : keeps_times(flag) { flag = true; }
    ~Scope() { keeps_times = false; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    bool& keeps_times;
  };
  const Scope scope(backward_->keeps_times_);
  return backward_->invoke_all(inputs, options);
}

std::vector<Tensor> Bidirectional::call_all(std::span<const Tensor> inputs, const CallContext& context) {
  const std::vector<Tensor>& states = context.initial_state;
  if (states.size() % 2 != 0)
    throw ValueError(title(*this) + ": initial_state has the states of the forward layer and then as many of the " +
                     "backward one. Received: " + std::to_string(states.size()) + " tensors");
  const auto half = states.begin() + static_cast<std::ptrdiff_t>(states.size() / 2);
  const CallOptions to_forward{.mask = context.mask, .initial_state = {states.begin(), half}};
  const CallOptions to_backward{.mask = context.mask, .initial_state = {half, states.end()}};
  const std::vector<Tensor> forward = forward_->invoke_all(inputs, to_forward);
  const std::vector<Tensor> backward = backward_results(inputs, to_backward);
  const auto output = [&](const Tensor& y) { return ops::cast(y, compute_dtype()); };
  Tensor last = output(backward.front());
  if (options().return_sequences && !backward_->options_.go_backwards) last = ops::flip(last, 1);
  std::vector<Tensor> results = merged(output(forward.front()), last);
  results.insert(results.end(), forward.begin() + 1, forward.end());
  results.insert(results.end(), backward.begin() + 1, backward.end());
  return results;
}

std::vector<Tensor> Bidirectional::compute_mask(std::span<const Tensor> /*inputs*/, const CallContext& context) {
  if (!options().return_sequences) return {};
  if (merge_mode_ == MergeMode::none) return {context.mask, context.mask};
  return {context.mask};
}

Config Bidirectional::config() const {
  const auto object = [&](const LayerSpec& spec, const std::string& name, bool turned) {
    Config all = nested_object(spec, *this, &spec == &forward_spec_ ? 0 : 1);
    Config config = all.at("config").as_config();
    config.set("name", name);
    config.set("go_backwards", static_cast<const RNN&>(spec.layer()).options().go_backwards || turned);
    config.set("zero_output_for_mask", options().return_sequences);
    all.set("config", config);
    return all;
  };
  const auto& backward = static_cast<const RNN&>(backward_spec_.layer());
  return {
      {"merge_mode", merge_mode_ == MergeMode::none ? ConfigValue() : ConfigValue(std::string(merge_mode_.name()))},
      {"layer", object(forward_spec_, named(static_cast<const RNN&>(forward_spec_.layer()), "forward_"), false)},
      {"backward_layer", object(backward_spec_, turns_ ? named(backward, "backward_") : named(backward, ""), turns_)}};
}

Bidirectional Bidirectional::from_config(const Config& config) {
  BidirectionalOptions options;
  if (config.contains("merge_mode")) options.merge_mode = merge_mode_from(config.at("merge_mode"));
  if (config.contains("backward_layer") && !config.at("backward_layer").is_none())
    options.backward_layer = LayerSpec::from_config(config.at("backward_layer"));
  return Bidirectional(LayerSpec::from_config(config.at("layer")), std::move(options));
}

}  // namespace keratin::inline v0::layers

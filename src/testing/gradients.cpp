#include "keratin/testing/gradients.h"

#include <cmath>
#include <cstdint>
#include <span>

#include "core/text.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/session/session.h"
#include "layers/call_stack.h"
#include "testing/text.h"

namespace keratin::inline v0::testing {
namespace {

/// scale · sin(0.7 · i + 0.3) + offset for element i: numbers of both signs, none like another.
Array wave(const Shape& shape, double scale, double offset) {
  Array array = Array::empty(shape, float64);
  const std::span<double> values = array.mutable_data<double>();
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = std::sin(0.7 * static_cast<double>(i) + 0.3) * scale + offset;
  return array;
}

/// Gives the layer in it the dtype float64, as layers take that of the one around them.
class Around : public Layer {
 public:
  explicit Around(LayerSpec spec) : spec_(std::move(spec)) { set_common(true, "float64"); }

  void build(std::span<const Shape> inputs) override { add_layer(spec_.clone(), spec_.where()).ensure_built(inputs); }
  std::vector<Tensor> call_all(std::span<const Tensor> inputs, const CallContext& context) override {
    return sublayers().front()->invoke_all(inputs, {.masks = context.masks,
                                                    .initial_state = context.initial_state,
                                                    .attention_mask = context.attention_mask,
                                                    .use_causal_mask = context.use_causal_mask,
                                                    .return_attention_scores = context.return_attention_scores,
                                                    .reverse = context.reverse});
  }

 private:
  LayerSpec spec_;
};

/// A layer in one mode.
class Check {
 public:
  Check(const LayerSpec& layer, const std::vector<GradientInput>& inputs, const GradientOptions& options, bool training)
      : options_(options),
        training_(training),
        input_count_(inputs.size()),
        session_({.seed = 17, .threads = 1, .name = "gradients"}),
        layer_(session_.add(Around(layer))) {
    make_arguments(inputs);
    shake_weights();
    for (const Variable& variable : layer_->variables()) state_.emplace_back(variable, variable.value());
    const FunctionHandle forward =
        session_.function([this](std::span<const Tensor> arguments) { return results_of(arguments); });
    for (const Array& result : run(forward)) factors_.push_back(wave(result.shape(), 1.0, 0.4));
    loss_ = session_.function([this](std::span<const Tensor> arguments) { return loss_of(arguments); });
    gradients_ = session_.function([this](std::span<const Tensor> arguments) {
      const Tensor loss = loss_of(arguments);
      std::vector<Tensor> all = keratin::gradients(loss, differentiable(arguments));
      for (const Tensor& each : keratin::gradients(loss, layer_->trainable_variables())) all.push_back(each);
      return all;
    });
  }

  std::string differences() {
    const std::vector<Array> gradients = run(gradients_);
    if (gradients.empty()) return "Nothing to differentiate: no floating input, and no weight that is trained";
    std::string text;
    std::size_t at = 0;
    for (std::size_t i = 0; i < arguments_.size(); ++i)
      if (arguments_[i].dtype() == float64) text += compared(gradients.at(at++), arguments_[i], name_of_argument(i));
    if (!options_.weights && training_) return text;
    for (const Variable& weight : layer_->trainable_variables())
      for (auto& [variable, value] : state_)
        if (variable == weight) text += compared(gradients.at(at++), value, weight.path());
    return text;
  }

 private:
  void make_arguments(const std::vector<GradientInput>& inputs) {
    std::vector<Shape> shapes;
    for (const GradientInput& input : inputs) {
      const double offset = 0.2 + 0.1 * static_cast<double>(arguments_.size());
      arguments_.push_back(input.values ? *input.values : wave(input.shape, 1.5, offset));
      shapes.push_back(input.shape);
    }
    for (const Shape& state : options_.initial_state) arguments_.push_back(wave(state, 0.7, 0.1));
    layer_->ensure_built(shapes);
  }

  std::string name_of_argument(std::size_t i) const {
    return i < input_count_ ? "input " + std::to_string(i) : "state " + std::to_string(i - input_count_);
  }

  /// Away from zeros and ones, where wrong gradients may look right.
  void shake_weights() {
    for (Variable& weight : layer_->trainable_variables()) {
      Array value = weight.value();
      const std::span<double> numbers = value.mutable_data<double>();
      for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] += 0.2 * std::sin(1.3 * static_cast<double>(i) + 0.5);
      weight.assign(value);
    }
  }

  std::vector<Tensor> differentiable(std::span<const Tensor> arguments) const {
    std::vector<Tensor> floating;
    for (const Tensor& argument : arguments)
      if (argument.dtype() == float64) floating.push_back(argument);
    return floating;
  }

  std::vector<Tensor> results_of(std::span<const Tensor> arguments) {
    const auto states = arguments.subspan(input_count_);
    CallOptions options{.training = training_,
                        .initial_state = {states.begin(), states.end()},
                        .use_causal_mask = options_.use_causal_mask,
                        .return_attention_scores = options_.return_attention_scores,
                        .reverse = options_.reverse};
    for (const Array& mask : options_.masks) options.masks.push_back(mask.rank() == 0 ? Tensor() : constant(mask));
    if (options_.attention_mask.rank() > 0) options.attention_mask = constant(options_.attention_mask);
    return layer_->invoke_all(arguments.first(input_count_), options);
  }

  Tensor loss_of(std::span<const Tensor> arguments) {
    layers::LossScope penalties;
    const std::vector<Tensor> results = results_of(arguments);
    Tensor loss = constant(Array::scalar(0.0));
    for (std::size_t i = 0; i < results.size(); ++i) loss = loss + ops::sum(results[i] * constant(factors_[i]));
    for (const Tensor& penalty : penalties.take()) loss = loss + penalty;
    for (const Tensor& penalty : layer_->regularization_losses()) loss = loss + penalty;
    return loss;
  }

  /// With all variables as they were, so that what is drawn is the same.
  std::vector<Array> run(const FunctionHandle& function) {
    for (auto& [variable, value] : state_) variable.assign(value);
    return function.call(arguments_);
  }

  /// Of the loss's values with one number moved to both sides.
  double quotient(Array& moved, std::size_t i) {
    const double before = moved.data<double>()[i];
    const auto at = [&](double value) {
      moved.mutable_data<double>()[i] = value;
      return run(loss_).front().item<double>();
    };
    const double difference = at(before + options_.step) - at(before - options_.step);
    moved.mutable_data<double>()[i] = before;
    return difference / (2 * options_.step);
  }

  /// A line where the gradient and the quotients of what is moved differ.
  std::string compared(const Array& gradient, Array& moved, const std::string& what) {
    const Array given = gradient.contiguous();
    const auto size = static_cast<std::size_t>(moved.size());
    std::int64_t count = 0;
    std::string first;
    for (std::size_t i = 0; i < size; ++i) {
      const double expected = quotient(moved, i);
      const double received = given.data<double>()[i];
      if (std::abs(received - expected) <= options_.tolerance * (1.0 + std::abs(expected))) continue;
      if (count++ > 0) continue;
      first = "the first at " + place_text(moved.shape(), static_cast<std::int64_t>(i)) + ": the gradient is " +
              core::shortest(received) + ", the quotient of differences " + core::shortest(expected);
    }
    if (count == 0) return {};
    return "\n  " + what + " " + to_string(moved.shape()) + ": " + count_text(count, moved.size()) + ", " + first;
  }

  const GradientOptions& options_;
  bool training_;
  std::size_t input_count_;
  Session session_;
  Handle<Around> layer_;
  std::vector<Array> arguments_;  ///< inputs, then initial states
  std::vector<std::pair<Variable, Array>> state_;
  std::vector<Array> factors_;  ///< of the results
  FunctionHandle loss_;
  FunctionHandle gradients_;
};

}  // namespace

std::string gradient_differences(const LayerSpec& layer, const std::vector<GradientInput>& inputs,
                                 const GradientOptions& options) {
  std::string text;
  for (const bool training : {false, true}) {
    if (options.training.value_or(training) != training) continue;
    std::string found;
    try {
      found = Check(layer, inputs, options, training).differences();
    } catch (const Error& error) {
      found = error.what();
    }
    if (found.empty()) continue;
    text += (text.empty() ? "" : "\n") + std::string("Gradients of '") + layer.layer().class_name() +
            (training ? "', in training: " : "', not in training: ") + found;
  }
  return text;
}

}  // namespace keratin::inline v0::testing

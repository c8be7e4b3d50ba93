#include "layers/gradient_harness.h"

#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include <gtest/gtest.h>

#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/session/session.h"
#include "layers/call_stack.h"
#include "layers/live.h"

namespace keratin::test {
namespace {

constexpr double step = 1.0 / 8192;

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

/// A row in one mode.
class Checked {
 public:
  Checked(const GradientRow& row, bool training)
      : row_(row), training_(training), session_({.seed = 17, .threads = 1}), layer_(session_.add(Around(row.layer))) {
    for (const GradientInput& input : row.inputs) {
      const double offset = 0.2 + 0.1 * static_cast<double>(arguments_.size());
      arguments_.push_back(input.values ? *input.values : wave(input.shape, 1.5, offset).astype(float64));
    }
    for (const Shape& state : row.initial_state) arguments_.push_back(wave(state, 0.7, 0.1).astype(float64));
    std::vector<Shape> shapes;
    for (const GradientInput& input : row.inputs) shapes.push_back(input.shape);
    layer_->ensure_built(shapes);
    shake_weights();
    for (const Variable& variable : layer_->variables()) state_.emplace_back(variable, variable.value());
    const FunctionHandle forward =
        session_.function([this](std::span<const Tensor> arguments) { return results_of(arguments); });
    for (const Array& result : run(forward)) factors_.push_back(wave(result.shape(), 1.0, 0.4).astype(float64));
    loss_ = session_.function([this](std::span<const Tensor> arguments) { return loss_of(arguments); });
    gradients_ = session_.function([this](std::span<const Tensor> arguments) {
      const Tensor loss = loss_of(arguments);
      std::vector<Tensor> all = keratin::gradients(loss, differentiable(arguments));
      for (const Tensor& each : keratin::gradients(loss, layer_->trainable_variables())) all.push_back(each);
      return all;
    });
  }

  void check() {
    const std::vector<Array> gradients = run(gradients_);
    std::size_t at = 0;
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
      if (arguments_[i].dtype() != float64) continue;
      const std::string what =
          i < row_.inputs.size() ? "input " + std::to_string(i) : "state " + std::to_string(i - row_.inputs.size());
      compare(gradients.at(at++), arguments_[i], what);
    }
    if (!row_.weights && training_) return;
    for (const Variable& weight : layer_->trainable_variables())
      for (auto& [variable, value] : state_)
        if (variable == weight) compare(gradients.at(at++), value, weight.path());
  }

 private:
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
    const std::size_t inputs = row_.inputs.size();
    CallOptions options{.training = training_,
                        .initial_state = {arguments.begin() + static_cast<std::ptrdiff_t>(inputs), arguments.end()},
                        .use_causal_mask = row_.use_causal_mask,
                        .return_attention_scores = row_.return_attention_scores,
                        .reverse = row_.reverse};
    for (const Array& mask : row_.masks) options.masks.push_back(mask.rank() == 0 ? Tensor() : constant(mask));
    if (row_.attention_mask.rank() > 0) options.attention_mask = constant(row_.attention_mask);
    return layer_->invoke_all(arguments.first(inputs), options);
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

  void compare(const Array& gradient, Array& moved, const std::string& what) {
    ASSERT_EQ(gradient.shape(), moved.shape()) << what;
    const Array given = gradient.contiguous();
    for (std::size_t i = 0; i < static_cast<std::size_t>(moved.size()); ++i) {
      const double before = moved.data<double>()[i];
      const auto at = [&](double value) {
        moved.mutable_data<double>()[i] = value;
        return run(loss_).front().item<double>();
      };
      const double difference = (at(before + step) - at(before - step)) / (2 * step);
      moved.mutable_data<double>()[i] = before;
      EXPECT_NEAR(given.data<double>()[i], difference, row_.tolerance * (1.0 + std::abs(difference)))
          << "element " << i << " of " << what;
    }
  }

  const GradientRow& row_;
  bool training_;
  Session session_;
  Handle<Around> layer_;
  std::vector<Array> arguments_;
  std::vector<std::pair<Variable, Array>> state_;
  std::vector<Array> factors_;  ///< of the results
  FunctionHandle loss_;
  FunctionHandle gradients_;
};

}  // namespace

Array mask_of(const std::vector<bool>& bits, const Shape& shape) { return Array::copy_of(bits).reshaped(shape); }

void check_gradients(const GradientRow& row) {
  for (const bool training : {false, true}) {
    if (row.training.value_or(training) != training) continue;
    SCOPED_TRACE(row.name + (training ? ", in training" : ""));
    try {
      Checked(row, training).check();
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
    }
  }
}

void check_gradients(const std::vector<GradientRow>& rows) {
  for (const GradientRow& row : rows) check_gradients(row);
}

}  // namespace keratin::test

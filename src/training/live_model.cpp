#include "training/live_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "layers/batch_rows.h"
#include "layers/call_stack.h"

namespace keratin::inline v0::training {
namespace {

/// Keras's class_weight: a weight for each row, by its class number or the place of its 1.
Array weights_by_class(const Array& y, const FlatMap<std::int64_t, double>& class_weight) {
  const std::int64_t rows = y.shape().front();
  const std::int64_t width = rows == 0 ? 1 : y.size() / rows;
  const Array flat = y.astype(float64).contiguous().reshaped({rows, width});
  const std::span<const double> values = flat.data<double>();
  Array weights = Array::ones({rows});
  const std::span<float> out = weights.mutable_data<float>();
  for (std::size_t row = 0; row < out.size(); ++row) {
    const auto* const first = values.data() + row * static_cast<std::size_t>(width);
    const auto label = width == 1 ? std::llround(*first) : std::max_element(first, first + width) - first;
    const auto found = class_weight.find(label);
    out[row] = found == class_weight.end() ? 1.0f : static_cast<float>(found->second);
  }
  return weights;
}

/// Floating targets in the outputs' dtype; numbers of classes as they are.
DType target_dtype(DType given) { return is_floating(given) ? float32 : given; }

std::int64_t rows_of(const Array& array, const std::string& what) {
  if (array.shape().empty())
    throw ShapeError(what + " needs a first dimension, the rows. Received: an array of shape ()");
  return array.shape().front();
}

void check_numbers(const Array& array, const std::string& what) {
  if (array.dtype() == string)
    throw DTypeError("A model takes numbers; turn texts into some first. Received: " + what + " of dtype string");
}

/// Keras's adjustment: a trailing 1 is added or dropped where that alone is missing or too much.
Array with_rank_of(const Array& array, const Shape& wanted) {
  const Shape& shape = array.shape();
  if (shape.rank() + 1 == wanted.rank() && wanted.back() == 1) {
    Shape longer = shape;
    longer.push_back(1);
    return array.reshaped(longer);
  }
  if (shape.rank() == wanted.rank() + 1 && shape.back() == 1) {
    Shape shorter = shape;
    shorter.erase(shape.rank() - 1);
    return array.reshaped(shorter);
  }
  return array;
}

void check_input(const Array& array, const Shape& wanted, const std::string& input, const std::string& model) {
  bool fits = array.shape().rank() == wanted.rank();
  for (std::size_t axis = 0; fits && axis < wanted.rank(); ++axis)
    fits = wanted.dims()[axis] < 0 || wanted.dims()[axis] == array.shape().dims()[axis] ||
           (axis == 0 && wanted.dims()[axis] <= array.shape().front());
  if (!fits)
    throw ShapeError("Input '" + input + "' of the model '" + model + "' takes " + to_string(wanted) +
                     ". Received: " + to_string(array.shape()));
}

}  // namespace

LiveModel::~LiveModel() = default;

void LiveModel::compile(CompileOptions options) {
  core().require_idle("compile");
  auto compiled = std::make_unique<Compiled>(*this, std::move(options));
  // Predicting depends on how the model runs alone.
  const bool changes_mode = compiled->runs_eagerly() != (compiled_ != nullptr && compiled_->runs_eagerly());
  for (auto* const function : {&train_, &test_, changes_mode ? &predict_ : &test_})
    if (const auto old = std::exchange(*function, nullptr)) core().remove(*old, "compile() of '" + name() + "'");
  compiled_ = std::move(compiled);
}

Compiled& LiveModel::compiled(const char* what) const {
  if (compiled_ == nullptr)
    throw ValueError("The model '" + name() + "' has to be compiled before " + what +
                     R"(: model.compile({.optimizer = "adam", .loss = "mse"}))");
  return *compiled_;
}

Model LiveModel::handle() {
  return Model(std::make_shared<const ModelHandle>(Handle<LiveModel>(session::Inner::life(*this), this)));
}

std::vector<Array> LiveModel::inputs_of(const Data& x) {
  if (inputs().empty()) {
    if (x.size() != 1 || x[0].shape().empty())
      throw ValueError("The model '" + name() +
                       "' has no Input and is built with its first data, one array of rows. "
                       "Received: " +
                       std::to_string(x.size()) + " arrays");
    Shape shape = x[0].shape();
    shape[0] = -1;
    build_with_input({is_floating(x[0].dtype()) ? float32 : x[0].dtype(), shape});
  }
  std::vector<Array> arrays = x.ordered(input_names(), "x");
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const Shape wanted = inputs()[i].shape();
    (void)rows_of(arrays[i], "x");
    arrays[i] = with_rank_of(arrays[i], wanted);
    check_input(arrays[i], wanted, input_names()[i], name());
    if (arrays[i].shape().front() != arrays.front().shape().front())
      throw ShapeError("The arrays of x need the same number of rows. Received: " + to_string(arrays.front().shape()) +
                       " and " + to_string(arrays[i].shape()));
  }
  return arrays;
}

Columns LiveModel::input_columns(const Data& x) {
  Columns columns{.arrays = inputs_of(x), .dtypes = {}};
  for (const Array& array : columns.arrays) check_numbers(array, "x");
  for (const Tensor& input : inputs()) columns.dtypes.push_back(input.dtype());
  return columns;
}

Columns LiveModel::columns(const Data& x, const Data& y, const std::optional<Array>& sample_weight,
                           const FlatMap<std::int64_t, double>& class_weight, const char* what) {
  Columns columns = input_columns(x);
  const std::int64_t rows = columns.arrays.front().shape().front();
  if (rows == 0)
    throw ValueError(std::string(what) + " needs at least one row. Received: x of shape " +
                     to_string(columns.arrays.front().shape()));
  const auto add = [&](const Array& array, DType dtype, const std::string& role) {
    if (rows_of(array, role) != rows)
      throw ShapeError(std::string(what) + ": x and " + role + " need the same number of rows. Received: " +
                       to_string(columns.arrays.front().shape()) + " and " + to_string(array.shape()));
    check_numbers(array, role);
    columns.arrays.push_back(array);
    columns.dtypes.push_back(dtype);
  };
  for (const Array& target : y.ordered(output_names(), "y")) add(target, target_dtype(target.dtype()), "y");
  if (sample_weight && !class_weight.empty())
    throw ValueError(std::string(what) + " takes sample_weight or class_weight, not both");
  if (sample_weight) add(*sample_weight, float32, "sample_weight");
  if (!class_weight.empty()) {
    if (y.size() != 1)
      throw ValueError(std::string(what) + ": class_weight is for models with one output; give sample_weight");
    add(weights_by_class(y[0], class_weight), float32, "class_weight");
  }
  return columns;
}

void LiveModel::prepare_metrics(const Columns& columns) {
  std::vector<Shape> targets;
  for (std::size_t i = 0; i < outputs().size(); ++i) targets.push_back(columns.arrays[inputs().size() + i].shape());
  prepare_metrics(targets);
}

void LiveModel::prepare_metrics(std::span<const Shape> targets) {
  std::vector<Shape> predicted;
  for (const Tensor& output : outputs()) predicted.push_back(output.shape());
  if (!compiled("fit and evaluate").make_metrics(targets, predicted)) return;
  // Steps that were traced before update other metrics.
  for (const auto& function : {train_, test_})
    if (function != nullptr) function->forget("the metrics of '" + name() + "' were made for other targets");
}

std::vector<Tensor> LiveModel::penalties(std::vector<Tensor> added) const {
  for (const Tensor& loss : regularization_losses()) added.push_back(loss);
  return added;
}

Tensor LiveModel::compute_loss(std::span<const Tensor> x, std::span<const Tensor> y, const Tensor& sample_weight,
                               bool training) {
  layers::LossScope scope;
  const std::vector<Tensor> predicted = replay(x, training);
  if (y.size() != predicted.size())
    throw ValueError("compute_loss: the model '" + name() + "' has " + std::to_string(predicted.size()) +
                     " outputs, and needs a target for each. Received: " + std::to_string(y.size()));
  return compiled("compute_loss").total_loss(y, predicted, sample_weight, penalties(scope.take()), {});
}

std::vector<Tensor> LiveModel::step(std::span<const Tensor> columns, bool training) {
  const std::size_t inputs_count = inputs().size();
  const std::size_t outputs_count = outputs().size();
  const std::span<const Tensor> x = columns.first(inputs_count);
  const std::span<const Tensor> y = columns.subspan(inputs_count, outputs_count);
  const Tensor weight = columns.size() > inputs_count + outputs_count ? columns.back() : Tensor();
  layers::LossScope scope;
  const std::vector<Tensor> predicted = replay(x, training);
  const Tensor loss =
      compiled_->total_loss(y, predicted, weight, penalties(scope.take()), layers::batch_rows(x.front()));
  if (training) {
    const std::vector<Variable> variables = trainable_variables();
    if (!variables.empty()) {
      optimizers::Optimizer& optimizer = *compiled_->optimizer();
      optimizer.apply(gradients(optimizer.scale_loss(loss), variables), variables);
    }
    for (auto& [variable, constraint] : constraints())
      if (std::find(variables.begin(), variables.end(), variable) != variables.end())
        variable.assign(constraint(variable));
  }
  compiled_->update_metrics(y, predicted, weight);
  return compiled_->results();
}

std::shared_ptr<session::TracedFunction> LiveModel::make(const char* name, FunctionBody body) {
  const bool is_eager = compiled_ != nullptr && compiled_->runs_eagerly();
  return core().make_function(std::move(body),
                              {.name = name, .mode = is_eager ? ExecutionMode::eager : ExecutionMode::graph}, *this);
}

FunctionStats LiveModel::stats(const std::shared_ptr<session::TracedFunction>& function) {
  return function == nullptr ? FunctionStats() : function->stats();
}

session::TracedFunction& LiveModel::train_function() {
  if (!compiled("fit").has_loss())
    throw ValueError("The model '" + name() + "' was compiled without a loss, so there is nothing to train it by");
  if (train_ == nullptr)
    train_ = make("train_step", [this](std::span<const Tensor> columns) { return step(columns, true); });
  return *train_;
}

session::TracedFunction& LiveModel::test_function() {
  if (!compiled("evaluate").has_loss())
    throw ValueError("The model '" + name() + "' was compiled without a loss, so there is nothing to evaluate it by");
  if (test_ == nullptr)
    test_ = make("test_step", [this](std::span<const Tensor> columns) { return step(columns, false); });
  return *test_;
}

session::TracedFunction& LiveModel::predict_function() {
  if (predict_ == nullptr)
    predict_ = make("predict_step", [this](std::span<const Tensor> x) { return replay(x, false); });
  return *predict_;
}

}  // namespace keratin::inline v0::training

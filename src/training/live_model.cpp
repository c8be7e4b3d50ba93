#include "training/live_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/text.h"
#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "layers/call_stack.h"
#include "training/model_inputs.h"
#include "training/steps.h"

namespace keratin::inline v0::training {
namespace {

/// Keras's class_weight: a weight for each row (of sequences, for each position), by its class number or the place of
/// its 1.
Array weights_by_class(const Array& y, const FlatMap<std::int64_t, double>& class_weight) {
  Shape shape = y.shape();
  const std::int64_t width = shape.rank() > 1 ? shape.back() : 1;
  if (shape.rank() > 1) shape.erase(shape.rank() - 1);
  const Array flat = y.astype(float64).contiguous();
  const std::span<const double> values = flat.data<double>();
  Array weights = Array::ones(shape);
  const std::span<float> out = weights.mutable_data<float>();
  for (std::size_t row = 0; row < out.size(); ++row) {
    const auto* const first = values.data() + row * static_cast<std::size_t>(width);
    const auto label = width == 1 ? std::llround(*first) : std::max_element(first, first + width) - first;
    const auto found = class_weight.find(label);
    out[row] = found == class_weight.end() ? 1.0f : static_cast<float>(found->second);
  }
  return weights;
}

/// Floating targets are float32, or float64 beside an output of that; numbers of classes stay as they are.
DType target_dtype(DType given, DType output) {
  if (!is_floating(given)) return given;
  return output == float64 ? float64 : float32;
}

/// Targets and predictions of a loss or metrics: one for each output.
void check_counts(const std::vector<Tensor>& y, const std::vector<Tensor>& y_pred, std::size_t outputs,
                  bool needs_targets, const char* what) {
  if (y_pred.size() == outputs && (y.size() == outputs || (y.empty() && !needs_targets))) return;
  throw ValueError(std::string(what) + ": a model of " + std::to_string(outputs) +
                   " outputs needs a target and a prediction for each. Received: " + std::to_string(y.size()) +
                   " targets and " + std::to_string(y_pred.size()) + " predictions");
}

/// No weight, one for all outputs, or one for each.
std::vector<Tensor> given_weights(const TensorList& sample_weight, std::size_t outputs, const char* what) {
  std::vector<Tensor> weights = sample_weight.all();
  if (weights.size() == 1 && weights.front().is_empty()) weights.clear();
  if (weights.size() > 1 && weights.size() != outputs)
    throw ValueError(std::string(what) + ": sample_weight is one for all outputs, or one for each of " +
                     std::to_string(outputs) + ". Received: " + std::to_string(weights.size()));
  return weights;
}

}  // namespace

LiveModel::~LiveModel() = default;

void LiveModel::compile(CompileOptions options) {
  core().require_idle("compile");
  auto compiled = std::make_unique<Compiled>(*this, std::move(options));
  // Predicting depends on how the model runs alone.
  const bool changes_mode = compiled->runs_eagerly() != (compiled_ != nullptr && compiled_->runs_eagerly());
  const std::string reason = "compile() of '" + name() + "'";
  for (Step* const step : {&train_, &test_})
    if (const auto old = std::exchange(*step, {}).function) core().remove(*old, reason);
  if (changes_mode)
    for (auto* const function : {&predict_, &stream_})
      if (const auto old = std::exchange(*function, nullptr)) core().remove(*old, reason);
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

std::vector<Array> LiveModel::inputs_of(const Data& x, bool any_batch) {
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
  return fitted_inputs(x, input_shapes(), name(), any_batch);
}

std::vector<InputShape> LiveModel::input_shapes() const {
  const std::vector<std::string> names = input_names();
  std::vector<InputShape> shapes;
  for (std::size_t i = 0; i < names.size(); ++i) shapes.push_back({names[i], inputs()[i].shape()});
  return shapes;
}

Columns LiveModel::input_columns(const Data& x, bool any_batch) {
  Columns columns{.arrays = inputs_of(x, any_batch), .dtypes = {}, .kinds = {}};
  for (const Array& array : columns.arrays) check_numbers(array, "x");
  for (const Tensor& input : inputs()) columns.dtypes.push_back(input.dtype());
  columns.kinds.inputs = columns.arrays.size();
  return columns;
}

std::vector<Array> LiveModel::targets_of(const Data& y, std::int64_t rows, const char* what) const {
  const Compiled& made = compiled(what);
  const std::vector<std::string> names = output_names();
  // A step of one's own knows what it wants.
  const bool is_free = has_own_steps_ && (y.names().empty() || y.size() != names.size());
  if (is_free) return y.arrays();
  if (y.empty() && !made.needs_targets()) return {};
  std::vector<std::string> wanted;  // what nothing is compared with may be left out
  for (std::size_t i = 0; i < names.size(); ++i)
    if (made.needs_target(i) || y.has(names[i])) wanted.push_back(names[i]);
  if (y.names().empty() && y.size() != wanted.size()) wanted = names;
  const std::vector<Array> given = y.ordered(wanted, "y");
  std::vector<Array> targets;
  for (std::size_t i = 0, next = 0; i < names.size(); ++i) {
    const bool is_given = next < wanted.size() && wanted[next] == names[i];
    targets.push_back(is_given ? given[next++] : Array::zeros({rows}));
  }
  return targets;
}

std::vector<Array> LiveModel::weights_of(const Data& sample_weight, std::int64_t rows, const char* what) const {
  const std::vector<std::string> names = output_names();
  std::vector<Array> weights;
  if (sample_weight.empty()) return weights;
  if (sample_weight.names().empty() && sample_weight.size() == 1) {
    const Shape& shape = sample_weight[0].shape();
    const bool is_by_row = shape.rank() == 1 || (shape.rank() == 2 && shape.back() == 1);
    if (names.size() > 1 && !is_by_row)
      throw ShapeError(std::string(what) + ": one array of sample_weight for the outputs " + core::listed(names, "'") +
                       " has a number for each row; give one array for each output where there are more. Received: " +
                       to_string(shape));
    return {sample_weight[0]};
  }
  for (const std::string& given : sample_weight.names())
    if (std::ranges::find(names, given) == names.end())
      throw ValueError(std::string(what) + ": sample_weight names an output that the model '" + name() +
                       "' does not have. It has: " + core::listed(names, "'") + ". Received: '" + given + "'");
  if (sample_weight.names().empty()) return sample_weight.ordered(names, "sample_weight");
  for (const std::string& output : names) {
    const auto at = std::ranges::find(sample_weight.names(), output) - sample_weight.names().begin();
    const bool is_given = sample_weight.has(output);
    weights.push_back(is_given ? sample_weight[static_cast<std::size_t>(at)] : Array::ones({rows}));
  }
  return weights;
}

Columns LiveModel::columns(const Data& x, const Data& y, const Data& sample_weight,
                           const FlatMap<std::int64_t, double>& class_weight, const char* what) {
  Columns columns = input_columns(x);
  const std::int64_t rows = columns.arrays.front().shape().front();
  if (rows == 0)
    throw ValueError(std::string(what) + " needs at least one row. Received: x of shape " +
                     to_string(columns.arrays.front().shape()));
  if (!sample_weight.empty() && !class_weight.empty())
    throw ValueError(std::string(what) + " takes sample_weight or class_weight, not both");
  const std::vector<Array> targets = targets_of(y, rows, what);
  std::vector<Array> weights = weights_of(sample_weight, rows, what);
  if (!class_weight.empty()) {
    if (y.size() != 1 || output_names().size() != 1)
      throw ValueError(std::string(what) + ": class_weight is for models with one output; give sample_weight");
    (void)rows_of(y[0], "y");
    weights.push_back(weights_by_class(y[0], class_weight));
  }
  const auto add = [&](const std::vector<Array>& arrays, const std::string& role, std::size_t& count) {
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      if (rows_of(arrays[i], role) != rows)
        throw ShapeError(std::string(what) + ": x and " + role + " need the same number of rows. Received: " +
                         to_string(columns.arrays.front().shape()) + " and " + to_string(arrays[i].shape()));
      check_numbers(arrays[i], role);
      const DType output = i < outputs().size() ? outputs()[i].dtype() : float32;
      columns.arrays.push_back(arrays[i]);
      columns.dtypes.push_back(role == "y" ? target_dtype(arrays[i].dtype(), output) : target_dtype(float32, output));
      ++count;
    }
  };
  add(targets, "y", columns.kinds.targets);
  add(weights, class_weight.empty() ? "sample_weight" : "class_weight", columns.kinds.weights);
  return columns;
}

void LiveModel::prepare_step(const Columns& columns, bool training) {
  std::vector<Shape> targets;
  for (std::size_t i = 0; i < columns.kinds.targets; ++i)
    targets.push_back(columns.arrays[columns.kinds.inputs + i].shape());
  prepare_step(columns.kinds, targets, training);
}

void LiveModel::prepare_step(const ColumnKinds& kinds, std::span<const Shape> targets, bool training) {
  std::vector<Shape> predicted;
  for (const Tensor& output : outputs()) predicted.push_back(output.shape());
  // Steps that were traced before update other metrics.
  if (compiled("fit and evaluate").make_metrics(targets.size() == predicted.size() ? targets : predicted, predicted))
    forget_steps("the metrics of '" + name() + "' were made for other targets");
  Step& step = training ? train_ : test_;
  const auto same_number = step.of(kinds.size());
  if (same_number == step.known.end()) {
    step.known.push_back({.kinds = kinds});
  } else if (same_number->kinds != kinds) {
    same_number->kinds = kinds;
    if (step.function != nullptr) step.function->forget("other columns of '" + name() + "' are targets or weights");
  }
}

void LiveModel::make_metrics_for(const TensorList& y, const TensorList& y_pred) {
  Compiled& made = compiled("compute_metrics");
  if (made.has_made_metrics() || y.all().size() != y_pred.all().size()) return;
  std::vector<Shape> targets;
  std::vector<Shape> predicted;
  for (const Tensor& target : y.all()) targets.push_back(target.shape());
  for (const Tensor& output : y_pred.all()) predicted.push_back(output.shape());
  made.make_metrics(targets, predicted);
}

void LiveModel::forget_steps(const std::string& reason) {
  for (const auto& function : {train_.function, test_.function})
    if (function != nullptr) function->forget(reason);
}

void LiveModel::set_steps(std::shared_ptr<Steps> steps) {
  core().require_idle("set_steps");
  has_own_steps_ = steps != nullptr;
  steps_ = has_own_steps_ ? std::move(steps) : std::make_shared<Steps>();
  const std::string reason = "the model '" + name() + "' got other steps";
  forget_steps(reason);
  for (const auto& function : {predict_, stream_})
    if (function != nullptr) function->forget(reason);
}

std::shared_ptr<const session::ComponentLife> LiveModel::adopt_metric(std::unique_ptr<Metric> metric) {
  core().require_idle("add_metric");
  std::string part_name = metric->name();
  Metric* const raw = metric.get();
  auto life = adopt_child(part_name, std::move(metric));
  own_metrics_.emplace_back(life, raw);
  forget_steps("the metric '" + part_name + "' came to '" + name() + "'");
  return life;
}

std::vector<Tensor> LiveModel::penalties(std::vector<Tensor> added) const {
  for (const Tensor& loss : regularization_losses()) added.push_back(loss);
  return added;
}

Tensor LiveModel::total_loss(const TensorList& y, const TensorList& y_pred, const TensorList& sample_weight,
                             std::vector<Tensor> added, const Tensor& rows) const {
  const Compiled& made = compiled("compute_loss");
  check_counts(y.all(), y_pred.all(), outputs().size(), made.needs_targets(), "compute_loss");
  return made.total_loss(y.all(), y_pred.all(), given_weights(sample_weight, y_pred.all().size(), "compute_loss"),
                         penalties(std::move(added)), rows);
}

Tensor LiveModel::compute_loss(const TensorList& x, const TensorList& y, const TensorList& sample_weight,
                               bool training) {
  layers::LossScope scope;
  const std::vector<Tensor> predicted = replay(x.all(), training);
  return total_loss(y, predicted, sample_weight, scope.take(), {});
}

void LiveModel::apply_gradients(const Tensor& loss) {
  const std::vector<Variable> variables = trainable_variables();
  if (variables.empty()) {
    log::write(log::Level::warning, "The model '" + name() + "' has no trainable weights; training changes none");
    return;
  }
  optimizers::Optimizer& optimizer = *compiled_->optimizer();
  optimizer.apply(gradients(optimizer.scale_loss(loss), variables), variables);
  for (auto& [variable, constraint] : constraints())
    if (std::find(variables.begin(), variables.end(), variable) != variables.end())
      variable.assign(constraint(variable));
}

StepLogs LiveModel::updated_metrics(const TensorList& y, const TensorList& y_pred,
                                    const TensorList& sample_weight) const {
  const Compiled& made = compiled("compute_metrics");
  check_counts(y.all(), y_pred.all(), outputs().size(), made.has_metrics(), "compute_metrics");
  made.update_metrics(y.all(), y_pred.all(), given_weights(sample_weight, y_pred.all().size(), "compute_metrics"));
  const Logs::Names names = made.names();
  std::vector<Tensor> values = made.results();
  StepLogs logs;
  for (std::size_t i = 0; i < values.size(); ++i) logs.emplace_back((*names)[i], std::move(values[i]));
  return logs;
}

std::vector<Tensor> LiveModel::step(std::span<const Tensor> columns, bool training) {
  Step& step = training ? train_ : test_;
  const ColumnKinds kinds = step.of(columns.size())->kinds;
  StepState state{.live = *this,
                  .model = handle(),
                  .training = training,
                  .inputs = columns.first(kinds.inputs),
                  .targets = columns.subspan(kinds.inputs, kinds.targets),
                  .weights = columns.last(kinds.weights)};
  StepContext context(state);
  const std::shared_ptr<Steps> steps = steps_;
  const StepLogs logs = training ? steps->train_step(context) : steps->test_step(context);
  std::vector<std::string> names;
  std::vector<Tensor> values;
  for (const auto& [log_name, value] : logs) {
    if (value.is_empty()) throw ValueError("A step returned an empty tensor for '" + log_name + "'");
    names.push_back(log_name);
    values.push_back(value);
  }
  Logs::Names& known = step.of(columns.size())->names;
  if (known == nullptr || *known != names) known = std::make_shared<const std::vector<std::string>>(std::move(names));
  return values;
}

std::vector<Tensor> LiveModel::predict_step(std::span<const Tensor> x) {
  StepState state{.live = *this, .model = handle(), .training = false, .inputs = x, .targets = {}, .weights = {}};
  StepContext context(state);
  const std::shared_ptr<Steps> steps = steps_;
  return steps->predict_step(context);
}

const Logs::Names& LiveModel::step_names(bool training, std::size_t columns) const {
  for (const Step::Known& each : (training ? train_ : test_).known)
    if (each.kinds.size() == columns && each.names != nullptr) return each.names;
  throw InternalError("A step's results were asked for before it was traced");
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
  if (train_.function == nullptr)
    train_.function = make("train_step", [this](std::span<const Tensor> columns) { return step(columns, true); });
  train_.function->set_recompute(compiled_ != nullptr && compiled_->options().recompute);
  return *train_.function;
}

session::TracedFunction& LiveModel::test_function() {
  if (test_.function == nullptr)
    test_.function = make("test_step", [this](std::span<const Tensor> columns) { return step(columns, false); });
  return *test_.function;
}

session::TracedFunction& LiveModel::predict_function() {
  if (predict_ == nullptr)
    predict_ = make("predict_step", [this](std::span<const Tensor> x) { return predict_step(x); });
  return *predict_;
}

std::unique_ptr<graph::Graph> LiveModel::predict_graph(std::pmr::memory_resource* memory) {
  std::vector<graph::Spec> specs;
  for (const Tensor& input : inputs()) specs.push_back({input.dtype(), input.shape()});
  // One of its own: eager models have no trace, and what predict() counts is predict()'s.
  const std::shared_ptr<session::TracedFunction> function = core().make_function(
      [this](std::span<const Tensor> x) { return predict_step(x); }, {.name = "frozen_step"}, *this);
  struct Removal {
    session::Core& core;
    const session::TracedFunction& function;
    ~Removal() { core.remove(function, "the end of freeze()"); }
  } const removal{core(), *function};
  return function->traced_graph(specs, memory);
}

std::vector<std::string> LiveModel::result_names(std::size_t count) const {
  std::vector<std::string> names = output_names();
  if (names.size() == count) return names;
  names.clear();
  for (std::size_t i = 0; i < count; ++i) names.push_back("output_" + std::to_string(i));
  return names;
}

void LiveModel::note_prediction(std::int64_t rows) {
  constexpr std::int64_t few_rows = 4;
  constexpr std::int64_t many_calls = 256;
  if (is_hint_given_) return;
  small_predictions_ = rows <= few_rows ? small_predictions_ + 1 : 0;
  if (small_predictions_ < many_calls) return;
  is_hint_given_ = true;
  log::write(log::Level::warning,
             "predict of '" + name() + "' was called " + std::to_string(many_calls) + " times in a row with " +
                 std::to_string(few_rows) +
                 " rows or fewer. Where calls are many, each costs more than its numbers: give more "
                 "rows at once; or take model.freeze() once, whose predict() serves any number of "
                 "threads; or predict_on_batch(), which has neither callbacks nor batches");
}

}  // namespace keratin::inline v0::training

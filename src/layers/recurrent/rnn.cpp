#include <algorithm>
#include <string>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/layers/recurrent.h"
#include "keratin/ops/creation.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"
#include "layers/recurrent/options.h"
#include "layers/registry.h"
#include "layers/stream_scope.h"
#include "ops/like.h"
#include "ops/movement.h"
#include "ops/steps.h"
#include "session/core.h"

namespace keratin::inline v0::layers {
namespace {

using ops::detail::select_index;

Shape with_batch(std::int64_t batch, const Shape& row) {
  Shape shape = row;
  shape.insert(0, batch);
  return shape;
}

/// Zeros, one row of this shape for each of x's.
Tensor zero_state(const Tensor& x, const Shape& row, DType dtype) {
  const std::int64_t batch = x.shape()[0];
  if (batch >= 0) return ops::zeros(with_batch(batch, row), dtype);
  Tensor column = x;
  while (column.rank() > 1) column = select_index(column, -1, 0);
  graph::Ints axes;
  for (std::size_t i = 1; i <= row.rank(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  const Tensor each = ops::detail::insert_ones(ops::cast(ops::zeros_like(column), dtype), axes);
  return each + ops::zeros(with_batch(1, row), dtype);
}

/// a condition for each row, or for each row and step, against what x has besides.
Tensor aligned(const Tensor& condition, const Tensor& x) {
  graph::Ints axes;
  for (std::size_t i = condition.rank(); i < x.rank(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  return ops::detail::insert_ones(condition, axes);
}

Tensor where_kept(const Tensor& condition, const Tensor& x, const Tensor& otherwise) {
  return ops::where(aligned(condition, x), x, otherwise);
}

/// (batch, steps) of bool, or an empty one.
Tensor step_mask(const Layer& layer, const Tensor& x, const Tensor& mask) {
  if (mask.is_empty()) return {};
  Tensor steps = mask.rank() == 3 && mask.shape()[2] == 1 ? select_index(mask, 2, 0) : mask;
  const Shape shape = steps.shape();
  const auto fits = [&](std::size_t axis) {
    return shape.dims()[axis] == x.shape().dims()[axis] || shape.dims()[axis] < 0 || x.shape().dims()[axis] < 0;
  };
  if (shape.rank() != 2 || !fits(0) || !fits(1))
    throw ShapeError(title(layer) + ": a mask has the shape (batch, steps) of the sequence. Received: mask of shape " +
                     to_string(mask.shape()) + " for inputs of shape " + to_string(x.shape()));
  return steps.dtype() == boolean ? steps : ops::cast(steps, boolean);
}

}  // namespace

/// What all steps give: the last output or all of them, and the last states.
struct RNN::Steps {
  Tensor output = {};
  std::vector<Tensor> states = {};
};

RNN::RNN(const LayerSpec& cell, RNNOptions options)
    : CallableLayer(options.name), cell_spec_(checked_cell(cell, "RNN", "cell")), options_(std::move(options)) {
  set_common(options_.trainable, options_.dtype);
}

RNN::RNN(std::vector<LayerSpec> cells, RNNOptions options)
    : RNN(LayerSpec(StackedRNNCells(std::move(cells))), std::move(options)) {}

RNNCell& RNN::cell() const {
  if (is_built()) return *cell_;
  throw NotBuiltError("Layer '" + path() + "' has no cell yet: it is built when it is called first", path(), where());
}

void RNN::build(const Shape& input) {
  check_rank_at_least(*this, input, 3);
  std::unique_ptr<Layer> made = cell_spec_.clone();
  cell_ = static_cast<RNNCell*>(made.get());
  session::Inner::set_where(*made, cell_spec_.where());
  adopt_child("cell", std::move(made));
  if (!trainable()) cell_->set_trainable(false);
  Shape step = input;
  step.erase(1);
  cell_->ensure_built(std::span(&step, 1));
  states_.clear();
  if (!options_.stateful) return;
  if (input[0] < 0)
    throw ValueError(title(*this) + " is stateful, and so needs to know the batch size when it is built. Give it, as " +
                     "the batch_size of Input or session.input(), or leave out stateful. Received: input of shape " +
                     to_string(input));
  for (const Shape& state : cell_->state_shapes())
    states_.push_back(
        add_variable("rnn_state", with_batch(input[0], state), {.dtype = variable_dtype(), .trainable = false}));
}

/// Those of the layer itself, which it keeps, or 0.
std::vector<Tensor> RNN::own_states(const Tensor& x) const {
  const DType dtype = cell_->compute_dtype();
  std::vector<Tensor> states;
  for (const Variable& state : states_) states.push_back(ops::cast(ops::detail::initial_state(state, x, true), dtype));
  if (!options_.stateful)
    for (const Shape& shape : cell_->state_shapes()) states.push_back(zero_state(x, shape, dtype));
  return states;
}

/// Those of the stream at work.
std::vector<Tensor> RNN::stream_states(StreamScope& stream, const Tensor& x) const {
  std::vector<StreamScope::Slot> slots;
  for (const Shape& shape : cell_->state_shapes()) slots.push_back({shape, variable_dtype()});
  std::vector<Tensor> states = stream.begin(*this, std::move(slots), options_.stateful);
  if (states.empty())  // nobody has any yet
    for (const Shape& shape : cell_->state_shapes()) states.push_back(zero_state(x, shape, cell_->compute_dtype()));
  for (Tensor& state : states) state = ops::cast(ops::detail::initial_state(state, x, false), cell_->compute_dtype());
  return states;
}

std::vector<Tensor> RNN::given_states(const Tensor& x, const CallContext& context) const {
  const DType dtype = cell_->compute_dtype();
  const std::vector<Shape> shapes = cell_->state_shapes();
  std::vector<Tensor> states;
  if (context.initial_state.size() != shapes.size())
    throw ValueError(title(*this) + " has " + std::to_string(shapes.size()) +
                     " states; give initial_state one tensor " +
                     "for each. Received: " + std::to_string(context.initial_state.size()) + " tensors");
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const Tensor& given = context.initial_state[i];
    const Shape shape = given.shape();
    if (shape.rank() != shapes[i].rank() + 1 || Shape(shape.dims().subspan(1)) != shapes[i])
      throw ShapeError(title(*this) + ": the initial state " + std::to_string(i) + " must have the shape " +
                       to_string(with_batch(x.shape()[0], shapes[i])) + ". Received: " + to_string(shape));
    states.push_back(ops::cast(ops::detail::initial_state(given, x, false), dtype));
  }
  return states;
}

std::vector<Tensor> RNN::first_states(const Tensor& x, const CallContext& context, StreamScope* stream) const {
  // Also where they aren't used, so that a batch which doesn't fit fails before anything is computed.
  std::vector<Tensor> own = stream == nullptr ? own_states(x) : std::vector<Tensor>();
  if (!context.initial_state.empty()) return given_states(x, context);
  return stream == nullptr ? own : stream_states(*stream, x);
}

std::vector<Tensor> RNN::call_all(std::span<const Tensor> inputs, const CallContext& context) {
  const Tensor x = only_input(inputs);
  check_rank_at_least(*this, x.shape(), 3);
  if (x.shape()[1] == 0)
    throw ShapeError(title(*this) + " needs one step at least. Received: input of shape " + to_string(x.shape()));
  StreamScope* const stream = StreamScope::of_call(options_.stateful);
  std::vector<Tensor> states = first_states(x, context, stream);
  const Tensor mask = step_mask(*this, x, context.mask);
  Steps steps = all_steps(x, std::move(states), mask, context);
  if (stream == nullptr) {
    for (std::size_t i = 0; i < states_.size(); ++i) states_[i].assign(ops::cast(steps.states[i], states_[i].dtype()));
  } else if (context.initial_state.empty()) {
    stream->end(*this, steps.states);
  }
  std::vector<Tensor> results{ops::cast(steps.output, compute_dtype())};
  if (options_.return_state)
    for (const Tensor& state : steps.states) results.push_back(ops::cast(state, compute_dtype()));
  return results;
}

RNN::Steps RNN::all_steps(const Tensor& x, std::vector<Tensor> states, const Tensor& mask, const CallContext& context) {
  if (x.shape()[1] < 0) return of_unknown_number(x, states);
  const bool starts_at_zero =
      context.initial_state.empty() && !options_.stateful && StreamScope::of_call(false) == nullptr;
  const SequenceScope scope(*cell_);
  const StreamScope::Step within;
  auto* const gated = dynamic_cast<GatedCell*>(cell_);
  if (gated == nullptr || gated->compute_dtype() != compute_dtype())
    return one_by_one(x, false, std::move(states), mask, context);
  const Tensor projected = gated->project(x, context);
  if (!options_.unroll) {
    Steps steps = fused(projected, states, mask, starts_at_zero, context);
    if (!steps.output.is_empty()) return steps;
  }
  return one_by_one(projected, true, std::move(states), mask, context);
}

RNN::Steps RNN::fused(const Tensor& projected, const std::vector<Tensor>& states, const Tensor& mask,
                      bool starts_at_zero, const CallContext& context) {
  const bool backwards = options_.go_backwards;
  CellStep all = static_cast<GatedCell*>(cell_)->recur_all(projected, states, mask, backwards, context);
  if (all.states.empty()) return {};
  Steps steps{.output = options_.return_sequences ? all.output : all.states.front(), .states = std::move(all.states)};
  // The output of a skipped step is that of the last one that wasn't, or 0 before the first; the state is then the
  // initial one.
  if (!mask.is_empty() && options_.zero_output_for_mask) {
    const Tensor kept =
        options_.return_sequences ? mask : select_index(mask, 1, backwards ? 0 : projected.shape()[1] - 1);
    steps.output = where_kept(kept, steps.output, 0.0);
  } else if (!mask.is_empty() && !starts_at_zero) {
    const auto in_order = [backwards](const Tensor& x) { return backwards ? ops::flip(x, 1) : x; };
    const Tensor begun =
        options_.return_sequences ? in_order(ops::cumsum(ops::cast(in_order(mask), int32), 1)) > 0 : ops::any(mask, 1);
    steps.output = where_kept(begun, steps.output, 0.0);
  }
  if (backwards && options_.return_sequences && !keeps_times_) steps.output = ops::flip(steps.output, 1);
  return steps;
}

RNN::Steps RNN::one_by_one(const Tensor& x, bool projected, std::vector<Tensor> states, const Tensor& mask,
                           const CallContext& context) {
  const std::int64_t count = x.shape()[1];
  std::vector<Tensor> outputs;
  Tensor previous;
  for (std::int64_t done = 0; done < count; ++done) {
    const std::int64_t t = options_.go_backwards ? count - 1 - done : done;
    const Tensor input = select_index(x, 1, t);
    CellStep step;
    if (projected) {
      step = static_cast<GatedCell*>(cell_)->recur(input, states, context);
    } else {
      std::vector<Tensor> inputs{input};
      inputs.insert(inputs.end(), states.begin(), states.end());
      std::vector<Tensor> results = cell_->invoke_all(inputs);
      step = {results.front(), {results.begin() + 1, results.end()}};
    }
    Tensor output = step.output;
    if (!mask.is_empty()) {
      const Tensor kept = select_index(mask, 1, t);
      const bool zero = options_.zero_output_for_mask || previous.is_empty();
      output = where_kept(kept, output, zero ? Tensor(0.0) : previous);
      for (std::size_t i = 0; i < states.size(); ++i) states[i] = where_kept(kept, step.states[i], states[i]);
    } else {
      states = std::move(step.states);
    }
    previous = output;
    if (options_.return_sequences) outputs.push_back(output);
  }
  if (options_.go_backwards && keeps_times_) std::ranges::reverse(outputs);
  return {options_.return_sequences ? ops::stack(outputs, 1) : previous, std::move(states)};
}

/// Where the shapes of results are looked for alone: one step says all of them.
RNN::Steps RNN::of_unknown_number(const Tensor& x, const std::vector<Tensor>& states) {
  std::vector<Tensor> inputs{select_index(x, 1, 0)};
  inputs.insert(inputs.end(), states.begin(), states.end());
  const std::vector<Tensor> results = cell_->invoke_all(inputs);
  const Tensor all = ops::detail::steps_unknown(results.front(), x);
  Steps steps{.output = options_.return_sequences ? all : select_index(all, 1, 0)};
  for (std::size_t i = 1; i < results.size(); ++i)
    steps.states.push_back(select_index(ops::detail::steps_unknown(results[i], x), 1, 0));
  return steps;
}

std::vector<Tensor> RNN::compute_mask(std::span<const Tensor> /*inputs*/, const CallContext& context) {
  if (!options_.return_sequences) return {};
  return {context.mask};
}

Config RNN::rnn_config() const {
  return {{"return_sequences", options_.return_sequences},
          {"return_state", options_.return_state},
          {"go_backwards", options_.go_backwards},
          {"stateful", options_.stateful},
          {"unroll", options_.unroll},
          {"zero_output_for_mask", options_.zero_output_for_mask}};
}

Config RNN::config() const {
  Config config = rnn_config();
  config.set("cell", nested_object(cell_spec_, *this));
  return config;
}

RNN RNN::from_config(const Config& config) {
  RNNOptions options;
  read_rnn_options(config, "RNN", options);
  const ConfigValue& cell = config.at("cell");
  if (!cell.is_list()) return RNN(LayerSpec::from_config(cell), std::move(options));
  std::vector<LayerSpec> cells;
  for (const ConfigValue& each : cell.as_list()) cells.push_back(LayerSpec::from_config(each));
  return RNN(std::move(cells), std::move(options));
}

}  // namespace keratin::inline v0::layers

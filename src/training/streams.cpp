// States of streams: values that callers hold.
#include <algorithm>
#include <cstddef>
#include <new>
#include <string>
#include <utility>

#include "core/heap.h"
#include "core/text.h"
#include "keratin/core/error.h"
#include "keratin/layers/recurrent.h"
#include "keratin/ops/math.h"
#include "keratin/training/model.h"
#include "layers/checks.h"
#include "layers/layer_call.h"
#include "layers/stream_scope.h"
#include "training/live_model.h"

namespace keratin::inline v0 {
namespace training {

void LiveModel::find_stream_slots() {
  if (inputs().empty())
    throw NotBuiltError("The model '" + name() + "' is not built, so that its states aren't known: give it an Input, " +
                        "or call build(shape)");
  for (const StatefulLayer& each : stateful_layers(*this))
    if (dynamic_cast<const layers::RNN*>(each.layer) == nullptr)
      throw ValueError(layers::title(*each.layer) + " keeps states of its own, which a stream can't hold: only those " +
                           "of the library's recurrent layers, layers::RNN with a cell of one's own among them",
                       each.layer->path(), each.layer->where());
  std::vector<graph::Spec> specs;
  for (const Tensor& input : inputs()) {
    Shape shape = input.shape();
    shape[0] = -1;
    specs.push_back({input.dtype(), shape});
  }
  const layers::StreamScope scope;
  static_cast<void>(layers::symbolic_results(*this, specs, {.training = false}));
  std::vector<StreamSlot> slots;
  for (const layers::StreamScope::Call& call : scope.calls()) {
    const std::string of_call = call.number == 0 ? "" : "/call_" + std::to_string(call.number);
    for (std::size_t i = 0; i < call.slots.size(); ++i)
      slots.push_back(
          {state_name(name_within(*this, *call.layer) + of_call, i), call.slots[i].row, call.slots[i].dtype});
  }
  if (slots.empty())
    throw ValueError("The model '" + name() + "' has no recurrent layer whose states a stream could have");
  stream_slots_ = std::move(slots);
  stream_layers_ = layers().size();
  if (stream_ != nullptr) stream_->forget("the model '" + name() + "' got other layers");
}

const std::vector<LiveModel::StreamSlot>& LiveModel::stream_slots() {
  if (stream_slots_.empty() || stream_layers_ != layers().size()) find_stream_slots();
  return stream_slots_;
}

session::TracedFunction& LiveModel::stream_function() {
  if (stream_ == nullptr)
    stream_ = make("stream_step", [this](std::span<const Tensor> columns) { return stream_step(columns); });
  return *stream_;
}

std::vector<Tensor> LiveModel::stream_step(std::span<const Tensor> columns) {
  const std::span<const Tensor> states = columns.subspan(inputs().size());
  const layers::StreamScope scope({states.begin(), states.end()});
  std::vector<Tensor> results = predict_step(columns.first(inputs().size()));
  std::size_t found = 0;
  for (const layers::StreamScope::Call& call : scope.calls())
    for (const Tensor& state : call.states) {
      if (found < stream_slots_.size()) results.push_back(ops::cast(state, stream_slots_[found].dtype));
      ++found;
    }
  if (found != stream_slots_.size())
    throw ValueError("The predict step of '" + name() + "' doesn't call the model once, and so has other states. " +
                     "Received: " + std::to_string(found) + " states for " + std::to_string(stream_slots_.size()));
  return results;
}

namespace {

Shape state_shape(const LiveModel::StreamSlot& slot, std::int64_t rows) {
  Shape shape = slot.row;
  shape.insert(0, rows);
  return shape;
}

/// The state's arrays in the order of the slots.
std::vector<Array> checked_states(const LiveModel& model, const std::vector<LiveModel::StreamSlot>& slots,
                                  const StreamState& state, std::int64_t rows) {
  if (state.empty())
    throw ValueError("predict: an empty StreamState has no states. Make one with model.initial_state()");
  std::vector<std::string> names;
  for (const LiveModel::StreamSlot& slot : slots) names.push_back(slot.name);
  for (const auto& [name, array] : state.arrays())
    if (std::ranges::find(names, name) == names.end())
      throw KeyError("predict: the state is another model's. The states of '" + model.name() + "' are " +
                     core::listed(names, "'") + ". Received: '" + name + "'");
  std::vector<Array> arrays;
  for (const LiveModel::StreamSlot& slot : slots) {
    const Array& array = state.arrays().at(slot.name);
    const Shape wanted = state_shape(slot, rows);
    if (array.shape() != wanted)
      throw ShapeError(
          "predict: x has " + std::to_string(rows) + (rows == 1 ? " row" : " rows") + ", so the state '" + slot.name +
          "' must have the shape " + to_string(wanted) +
          "; model.initial_state(rows) makes one for another number of rows. Received: " + to_string(array.shape()));
    arrays.push_back(array.astype(slot.dtype));
  }
  return arrays;
}

}  // namespace
}  // namespace training

using training::LiveModel;

StreamState Model::initial_state(std::optional<std::int64_t> batch_size) const {
  LiveModel& model = live();
  const session::Core::Entry entry(model.core());
  if (batch_size && *batch_size < 1)
    throw ValueError("initial_state: batch_size must be 1 or more. Received: " + std::to_string(*batch_size));
  const std::vector<LiveModel::StreamSlot>& slots = model.stream_slots();
  const std::int64_t fixed = model.inputs().front().shape().front();
  const std::int64_t rows = batch_size.value_or(fixed > 0 ? fixed : 1);
  std::vector<NamedArrays::Entry> arrays;
  for (const LiveModel::StreamSlot& slot : slots)
    arrays.emplace_back(slot.name, Array::zeros(training::state_shape(slot, rows), slot.dtype));
  return StreamState(NamedArrays(std::move(arrays)));
}

Outputs Model::predict(const Data& x, StreamState& state, std::source_location where) try {
  LiveModel& model = live();
  const session::Core::Entry entry(model.core());
  const std::vector<LiveModel::StreamSlot>& slots = model.stream_slots();
  const training::Columns columns = model.input_columns(x, true);
  const std::int64_t rows = columns.arrays.front().shape().front();
  std::vector<Array> given;
  for (std::size_t i = 0; i < columns.arrays.size(); ++i) given.push_back(columns.arrays[i].astype(columns.dtypes[i]));
  for (Array& array : training::checked_states(model, slots, state, rows)) given.push_back(std::move(array));
  std::vector<Array> results = model.stream_function().call(given);
  const auto outputs = results.end() - static_cast<std::ptrdiff_t>(slots.size());
  std::vector<NamedArrays::Entry> after;
  for (std::size_t i = 0; i < slots.size(); ++i)
    after.emplace_back(slots[i].name, outputs[static_cast<std::ptrdiff_t>(i)]);
  Outputs named = training::named(model, {results.begin(), outputs});
  state = StreamState(NamedArrays(std::move(after)));
  return named;
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("predict", where);
}

}  // namespace keratin::inline v0

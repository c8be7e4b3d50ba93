#include "diagnostics/row_mixing.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "core/element_convert.h"
#include "layers/call_observer.h"
#include "layers/call_stack.h"
#include "layers/network.h"

namespace keratin::inline v0::diagnostics {
namespace {

/// Below this share of the largest number, a difference is rounding.
constexpr double rounding = 1e-5;

/// Every row a copy of the first one; of arrays that aren't rows of the batch, the array.
Array copies_of_first_row(const Array& array, std::int64_t rows) {
  if (array.shape().empty() || array.shape().front() != rows) return array;
  Array copies = array.copy();
  core::visit_element_type(copies.dtype(), [&]<class T>(std::type_identity<T>) {
    const std::span<T> all = copies.mutable_data<T>();
    const std::size_t each = all.size() / static_cast<std::size_t>(rows);
    for (std::size_t i = each; i < all.size(); ++i) all[i] = all[i % each];
  });
  return copies;
}

std::vector<Array> copies_of_first_row(const std::vector<Array>& arrays, std::int64_t rows) {
  std::vector<Array> copies;
  copies.reserve(arrays.size());
  for (const Array& array : arrays) copies.push_back(copies_of_first_row(array, rows));
  return copies;
}

/// How much more than by rounding the first row differs.
double first_row_shift(const std::vector<Array>& a, const std::vector<Array>& b, std::int64_t rows) {
  double most = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].shape().empty() || a[i].shape().front() != rows) continue;
    const double shift = max_abs_difference(a[i].rows(0, 1), b[i].rows(0, 1));
    if (!(shift <= rounding * std::max(1.0, largest({a[i]})))) most = std::max(most, shift);
  }
  return most;
}

/// A layer's call in the model: what it was given, in a row.
struct Call {
  Layer* layer = nullptr;
  std::size_t inputs = 0;
  std::vector<bool> masks = {};  ///< of the inputs: whether there is one
  std::size_t states = 0;
  bool attention_mask = false;
  bool count_weights = false;
  CallOptions flags = {};
  std::size_t tensors = 0;
};

/// Notes the first call of each layer that isn't a network of others.
class Calls final : public layers::CallObserver {
 public:
  explicit Calls(training::LiveModel& model) { add_units(model); }

  void called(Layer& layer, std::span<const Tensor> inputs, const CallContext& context) override {
    const auto unit = std::ranges::find(units_, &layer);
    if (unit == units_.end()) return;
    units_.erase(unit);
    const std::size_t before = tensors.size();
    Call call{.layer = &layer, .inputs = inputs.size(), .states = context.initial_state.size()};
    tensors.insert(tensors.end(), inputs.begin(), inputs.end());
    for (const Tensor& mask : context.masks) {
      call.masks.push_back(!mask.is_empty());
      if (!mask.is_empty()) tensors.push_back(mask);
    }
    tensors.insert(tensors.end(), context.initial_state.begin(), context.initial_state.end());
    call.attention_mask = !context.attention_mask.is_empty();
    if (call.attention_mask) tensors.push_back(context.attention_mask);
    call.count_weights = !context.count_weights.is_empty();
    if (call.count_weights) tensors.push_back(context.count_weights);
    call.flags.use_causal_mask = context.use_causal_mask;
    call.flags.return_attention_scores = context.return_attention_scores;
    call.flags.reverse = context.reverse;
    call.tensors = tensors.size() - before;
    calls.push_back(std::move(call));
  }

  std::vector<Call> calls;
  std::vector<Tensor> tensors;  ///< of all calls

 private:
  void add_units(const layers::Network& network) {
    for (Layer* const layer : network.layers()) {
      const auto* const below = dynamic_cast<const layers::Network*>(layer);
      if (below != nullptr) {
        add_units(*below);
      } else {
        units_.push_back(layer);
      }
    }
  }

  std::vector<const Layer*> units_;
};

std::vector<Tensor> repeated(const Call& call, std::span<const Tensor> tensors, bool training) {
  CallOptions options = call.flags;
  options.training = training;
  std::size_t next = call.inputs;
  options.masks.resize(call.inputs);
  for (std::size_t i = 0; i < call.masks.size(); ++i)
    if (call.masks[i]) options.masks[i] = tensors[next++];
  for (std::size_t i = 0; i < call.states; ++i) options.initial_state.push_back(tensors[next++]);
  if (call.attention_mask) options.attention_mask = tensors[next++];
  if (call.count_weights) options.count_weights = tensors[next++];
  const layers::LossScope dropped;
  return call.layer->invoke_all(tensors.first(call.inputs), options);
}

double shift_of(Probe& probe, const Call& call, const std::vector<Array>& given, std::int64_t rows, bool training) {
  const ScratchFunction function(
      probe.model(), [&call, training](std::span<const Tensor> tensors) { return repeated(call, tensors, training); });
  probe.reset();
  const std::vector<Array> before = function(given);
  probe.reset();
  return first_row_shift(before, function(copies_of_first_row(given, rows)), rows);
}

double model_shift(Probe& probe, const std::vector<Array>& batch, std::int64_t rows, bool training) {
  probe.reset();
  const std::vector<Array> before = probe.run(batch, training);
  probe.reset();
  return first_row_shift(before, probe.run(copies_of_first_row(batch, rows), training), rows);
}

}  // namespace

void find_mixing(Probe& probe, const std::vector<Array>& batch, ContaminationReport& report) {
  const std::int64_t rows = report.batch_size;
  report.rows_shift = model_shift(probe, batch, rows, false);
  report.rows_shift_in_training = model_shift(probe, batch, rows, true);
  training::LiveModel& model = probe.model();
  std::vector<Call> calls;
  const ScratchFunction capture(model, [&](std::span<const Tensor> x) {
    Calls seen(model);
    static_cast<void>(model.replay(x, false));
    calls = std::move(seen.calls);
    return std::move(seen.tensors);
  });
  probe.reset();
  const std::vector<Array> tensors = capture(batch);
  auto next = tensors.begin();
  for (const Call& call : calls) {
    const std::vector<Array> given(next, next + static_cast<std::ptrdiff_t>(call.tensors));
    next += static_cast<std::ptrdiff_t>(call.tensors);
    for (const bool training : {false, true}) {
      const double shift = shift_of(probe, call, given, rows, training);
      if (shift == 0.0) continue;
      report.mixing.push_back({training::name_within(model, *call.layer), call.layer->class_name(), training, shift});
      break;
    }
  }
}

}  // namespace keratin::inline v0::diagnostics

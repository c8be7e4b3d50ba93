#include "diagnostics/probe.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <exception>
#include <span>
#include <string>
#include <utility>

#include "keratin/core/error.h"
#include "layers/layer_states.h"
#include "session/core.h"
#include "training/states.h"

namespace keratin::inline v0::diagnostics {
namespace {

std::vector<Variable> states_of(const std::vector<Layer*>& layers) {
  std::vector<Variable> all;
  for (const Layer* const layer : layers)
    for (const Variable& state : layer->states()) all.push_back(state);
  return all;
}

/// What a call may write: anything but what is trained.
std::vector<Variable> written_by_calls(const std::vector<Layer*>& layers) {
  std::vector<Variable> all;
  for (const Layer* const layer : layers)
    for (const Variable& variable : session::Inner::own_variables(*layer))
      if (!variable.trainable()) all.push_back(variable);
  return all;
}

FunctionBody replaying(training::LiveModel& model, bool training) {
  return [&model, training](std::span<const Tensor> x) { return model.replay(x, training); };
}

bool equal_bytes(const Array& a, const Array& b) {
  return std::memcmp(a.raw(), b.raw(), static_cast<std::size_t>(a.nbytes())) == 0;
}

}  // namespace

double difference(const std::vector<Array>& a, const std::vector<Array>& b) {
  double most = 0.0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) most = std::max(most, max_abs_difference(a[i], b[i]));
  return most;
}

double largest(const std::vector<Array>& arrays) {
  double most = 0.0;
  for (const Array& array : arrays)
    most = std::max(most, max_abs_difference(array, Array::zeros(array.shape(), array.dtype())));
  return most;
}

ScratchFunction::ScratchFunction(training::LiveModel& model, FunctionBody body) : core_(model.core()) {
  const bool is_eager = model.is_compiled() && model.compiled("contamination").runs_eagerly();
  function_ = core_.make_function(
      std::move(body), {.name = "contamination", .mode = is_eager ? ExecutionMode::eager : ExecutionMode::graph},
      model);
}

ScratchFunction::~ScratchFunction() { core_.remove(*function_, "the end of a search for contamination"); }

Probe::Probe(training::LiveModel& model)
    : model_(model),
      layers_(layers::all_layers(model)),
      states_(states_of(layers_)),
      variables_(written_by_calls(layers_)),
      kept_(model.core(), variables_, model.path() + "/contamination", model.where()),
      infer_(model, replaying(model, false)) {
  kept_.take();
}

Probe::~Probe() {
  try {
    kept_.put_back();
  } catch (const std::exception&) {  // the model has ended, or this is a fork() of its process
  }
}

void Probe::reset() {
  kept_.put_back();
  for (const Variable& state : states_) layers::set_state_rows(state, {}, nullptr);
}

std::vector<Array> Probe::run(const std::vector<Array>& x, bool training) {
  if (!training) return infer_(x);
  if (train_ == nullptr) train_ = std::make_unique<ScratchFunction>(model_, replaying(model_, true));
  return (*train_)(x);
}

std::vector<Probe::Changed> Probe::changed() const {
  const std::vector<Array> before = kept_.arrays();
  const auto is_changed = [&](const Variable& variable) {
    if (std::ranges::find(states_, variable) != states_.end()) return true;
    const auto at = std::ranges::find(variables_, variable) - variables_.begin();
    return !equal_bytes(training::content_of(variable), before[static_cast<std::size_t>(at)]);
  };
  std::vector<Changed> all;
  for (Layer* const layer : layers_) {
    Changed each{.layer = layer, .variables = {}};
    for (const Variable& variable : session::Inner::own_variables(*layer))
      if (!variable.trainable() && is_changed(variable)) each.variables.push_back(variable);
    if (!each.variables.empty()) all.push_back(std::move(each));
  }
  return all;
}

}  // namespace keratin::inline v0::diagnostics

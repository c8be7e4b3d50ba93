// What a layer says of its weights, and what is done with them.
#include <algorithm>
#include <string>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/layers/layer.h"
#include "session/core.h"

namespace keratin::inline v0 {

using session::Inner;

std::vector<Layer*> Layer::sublayers() const {
  std::vector<Layer*> layers;
  for (Component* const child : Inner::children(*this))
    if (auto* const layer = dynamic_cast<Layer*>(child)) layers.push_back(layer);
  return layers;
}

std::vector<std::pair<std::string, Layer*>> Layer::saved_sublayers() const {
  std::vector<std::pair<std::string, Layer*>> named;
  for (Layer* const layer : sublayers()) {
    const auto listed = std::find_if(live_.saved_names.begin(), live_.saved_names.end(),
                                     [&](const auto& each) { return each.first == layer; });
    named.emplace_back(listed == live_.saved_names.end() ? layer->name() : listed->second, layer);
  }
  return named;
}

std::vector<Variable> Layer::own_weights() const {
  std::vector<Variable> own = live_.trainable;
  own.insert(own.end(), live_.other.begin(), live_.other.end());
  return own;
}

void Layer::share_weight(const Layer& owner, const Variable& weight) {
  const std::vector<Variable>& theirs = owner.live_.trainable;
  const bool made_trainable = std::find(theirs.begin(), theirs.end(), weight) != theirs.end();
  (made_trainable ? live_.trainable : live_.other).push_back(weight);
  live_.shared.push_back(weight);
}

/// This layer, then those below it, each once.
template <class F>
void Layer::for_each_layer(std::vector<const Layer*>& seen, const F& f) const {
  if (std::find(seen.begin(), seen.end(), this) != seen.end()) return;
  seen.push_back(this);
  f(*this);
  for (const Layer* const layer : sublayers()) layer->for_each_layer(seen, f);
}

std::vector<Variable> Layer::weights() const {
  std::vector<const Layer*> seen;
  std::vector<Variable> all;
  std::vector<Variable> shared;
  for_each_layer(seen, [&](const Layer& layer) {
    if (!layer.live_.built)
      throw NotBuiltError("Layer '" + layer.path() + "' has no weights yet: it is built when it is called first. " +
                              "Call it, or give the model's input shape, with an Input or build()",
                          layer.path(), layer.where());
    for (const Variable& variable : layer.own_weights())
      if (std::find(shared.begin(), shared.end(), variable) == shared.end()) all.push_back(variable);
    shared.insert(shared.end(), layer.live_.shared.begin(), layer.live_.shared.end());
  });
  return all;
}

std::vector<Tensor> Layer::regularization_losses() const {
  std::vector<const Layer*> seen;
  std::vector<Tensor> losses;
  for_each_layer(seen, [&](const Layer& layer) {
    for (const auto& [variable, regularizer] : layer.live_.regularized)
      if (variable.trainable()) losses.push_back(regularizer(variable));
  });
  return losses;
}

std::vector<std::pair<Variable, ConstraintSpec>> Layer::constraints() const {
  std::vector<const Layer*> seen;
  std::vector<std::pair<Variable, ConstraintSpec>> all;
  for_each_layer(seen, [&](const Layer& layer) {
    all.insert(all.end(), layer.live_.constrained.begin(), layer.live_.constrained.end());
  });
  return all;
}

std::vector<Variable> Layer::trainable_variables() const {
  std::vector<Variable> all = weights();
  if (!trainable_) return {};
  std::erase_if(all, [](const Variable& variable) { return !variable.trainable(); });
  return all;
}

std::vector<Variable> Layer::non_trainable_variables() const {
  std::vector<Variable> all = weights();
  if (trainable_) std::erase_if(all, [](const Variable& variable) { return variable.trainable(); });
  return all;
}

void Layer::set_trainable(bool trainable) {
  trainable_ = trainable;
  for (Variable& variable : live_.trainable) variable.set_trainable(trainable);
  for (Layer* const layer : sublayers()) layer->set_trainable(trainable);
  if (is_live()) Inner::core(*this).structure_changed(*this);
}

std::vector<Array> Layer::get_weights() const {
  std::vector<Array> arrays;
  for (const Variable& variable : weights()) arrays.push_back(variable.value());
  return arrays;
}

void Layer::set_weights(const std::vector<Array>& weights) {
  std::vector<Variable> variables = this->weights();
  if (weights.size() != variables.size())
    throw ShapeError("Layer '" + path() + "' has " + std::to_string(variables.size()) +
                     " weights. Received: " + std::to_string(weights.size()));
  for (std::size_t i = 0; i < variables.size(); ++i)
    if (weights[i].shape() != variables[i].shape())
      throw ShapeError("The weight '" + variables[i].path() + "' has the shape " + to_string(variables[i].shape()) +
                       ". Received: " + to_string(weights[i].shape()));
  for (std::size_t i = 0; i < variables.size(); ++i) variables[i].assign(weights[i].astype(variables[i].dtype()));
}

std::int64_t Layer::count_params() const {
  std::int64_t count = 0;
  for (const Variable& variable : weights()) count += variable.shape().elements();
  return count;
}

}  // namespace keratin::inline v0

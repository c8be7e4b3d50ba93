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

void Layer::gather_weights(std::vector<const Layer*>& seen, std::vector<Variable>& weights) const {
  if (std::find(seen.begin(), seen.end(), this) != seen.end()) return;
  seen.push_back(this);
  if (!live_.built)
    throw NotBuiltError("Layer '" + path() + "' has no weights yet: it is built when it is called first. Call it, or " +
                            "give the model's input shape, with an Input or build()",
                        path(), where());
  weights.insert(weights.end(), live_.trainable.begin(), live_.trainable.end());
  weights.insert(weights.end(), live_.other.begin(), live_.other.end());
  for (const Layer* const layer : sublayers()) layer->gather_weights(seen, weights);
}

std::vector<Variable> Layer::weights() const {
  std::vector<const Layer*> seen;
  std::vector<Variable> all;
  gather_weights(seen, all);
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

#include "layers/saved_weights.h"

#include <algorithm>

namespace keratin::inline v0::layers {
namespace {

void collect(const Layer& layer, const std::string& place, std::vector<SavedLayer>& all) {
  if (std::any_of(all.begin(), all.end(), [&](const SavedLayer& each) { return each.layer == &layer; })) return;
  all.push_back({place + "vars", &layer, layer.own_weights()});
  for (const auto& [name, sublayer] : layer.saved_sublayers()) collect(*sublayer, place + name + "/", all);
}

}  // namespace

std::vector<SavedLayer> saved_layers(const Layer& model) {
  std::vector<SavedLayer> all;
  collect(model, "", all);
  return all;
}

}  // namespace keratin::inline v0::layers

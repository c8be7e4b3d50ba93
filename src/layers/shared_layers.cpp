#include "layers/shared_layers.h"

#include "keratin/layers/layer.h"
#include "layers/network.h"

namespace keratin::inline v0::layers {
namespace {

thread_local SharedLayers* made = nullptr;
thread_local SharedLayerIds* described = nullptr;

}  // namespace

std::optional<std::int64_t> shared_id_in(const Config& object) {
  if (!object.contains("shared_object_id")) return std::nullopt;
  return object.get<std::int64_t>("shared_object_id");
}

SharedLayers::SharedLayers() noexcept : before_(std::exchange(made, this)) {}

SharedLayers::~SharedLayers() { made = before_; }

Layer* SharedLayers::find(std::int64_t id) noexcept {
  for (const SharedLayers* scope = made; scope != nullptr; scope = scope->before_)
    for (const auto& [each, layer] : scope->layers_)
      if (each == id) return layer;
  return nullptr;
}

void SharedLayers::add(std::int64_t id, Layer& layer) {
  if (made == nullptr) return;
  SharedLayers* outermost = made;  // a model beside this one may have the layer too
  while (outermost->before_ != nullptr) outermost = outermost->before_;
  outermost->layers_.emplace_back(id, &layer);
}

SharedLayerIds::SharedLayerIds(const Network& network) : before_(described) {
  if (before_ != nullptr) return;
  count(network);
  described = this;
}

SharedLayerIds::~SharedLayerIds() { described = before_; }

void SharedLayerIds::count(const Layer& layer) {
  for (const Layer* const each : layer.sublayers()) {
    const auto [place, is_new] = ids_.try_emplace(each, 0);
    if (is_new) {
      count(*each);
    } else if (place->second == 0) {
      place->second = ++last_;
    }
  }
}

std::optional<std::int64_t> SharedLayerIds::find(const Layer& layer) noexcept {
  if (described == nullptr) return std::nullopt;
  const auto found = described->ids_.find(&layer);
  if (found == described->ids_.end() || found->second == 0) return std::nullopt;
  return found->second;
}

}  // namespace keratin::inline v0::layers

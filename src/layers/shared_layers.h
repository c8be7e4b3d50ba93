#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "keratin/core/config.h"

namespace keratin::inline v0 {
class Layer;
}

namespace keratin::inline v0::layers {

class Network;

/// The number that a description has for an object that occurs in several places.
std::optional<std::int64_t> shared_id_in(const Config& object);

/// Layers that occur in several places of a description and are one: those made on this thread while it lives.
class SharedLayers {
 public:
  SharedLayers() noexcept;
  ~SharedLayers();
  SharedLayers(const SharedLayers&) = delete;
  SharedLayers& operator=(const SharedLayers&) = delete;

  static Layer* find(std::int64_t id) noexcept;
  static void add(std::int64_t id, Layer& layer);

 private:
  SharedLayers* before_;
  std::vector<std::pair<std::int64_t, Layer*>> layers_;
};

/// The other way round: numbers for the layers that occur in several places below a network, while that is described.
/// Of networks within one another, the outermost one's count.
class SharedLayerIds {
 public:
  explicit SharedLayerIds(const Network& network);
  ~SharedLayerIds();
  SharedLayerIds(const SharedLayerIds&) = delete;
  SharedLayerIds& operator=(const SharedLayerIds&) = delete;

  /// None where the layer occurs once.
  static std::optional<std::int64_t> find(const Layer& layer) noexcept;

 private:
  void count(const Layer& layer);

  SharedLayerIds* before_;
  std::unordered_map<const Layer*, std::int64_t> ids_;  ///< 0: occurs once
  std::int64_t last_ = 0;
};

}  // namespace keratin::inline v0::layers

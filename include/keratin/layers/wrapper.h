#pragma once

#include <string>
#include <utility>
#include <vector>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/layers/layer.h"

namespace keratin::inline v0::layers {

/// Base of layers around one other layer, which they make live in build(). A derived class calls wrapped(), and writes
/// a from_config of its own with LayerSpec::from_config(config.at("layer")). `keras.layers.Wrapper`.
class KERATIN_API Wrapper : public Layer {
 public:
  /// Makes the layer live, and builds it for the same input.
  void build(const Shape& input) override;
  /// The layer's description, as "layer"; derived classes add theirs.
  Config config() const override;
  std::vector<std::pair<std::string, Layer*>> saved_sublayers() const override;

 protected:
  explicit Wrapper(LayerSpec layer, std::string name = {}) : Layer(std::move(name)), layer_(std::move(layer)) {}

  const LayerSpec& layer_spec() const noexcept { return layer_; }
  /// The live layer: after build() alone.
  Layer& wrapped() const;

 private:
  LayerSpec layer_;
};

}  // namespace keratin::inline v0::layers

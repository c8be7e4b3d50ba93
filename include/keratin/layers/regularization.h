#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/layers/layer.h"

namespace keratin::inline v0::layers {

struct DropoutOptions {
  /// Sizes of 1 where one draw serves the whole axis, −1 (or the axis' size) elsewhere; without it, a draw an element.
  std::optional<Shape> noise_shape = std::nullopt;
  std::optional<std::uint64_t> seed = std::nullopt;
  std::string name = {};
};

/// In training, a share `rate` of the elements becomes 0, and the others are divided by 1 − rate; otherwise nothing
/// happens. `keras.layers.Dropout`.
///
/// Out: in's shape. The draws depend on the session's seed, the layer's path and how often it was called in training
/// alone: not on threads, nor on what else is random.
///
///     layers::Dropout(0.2)
class KERATIN_API Dropout : public CallableLayer<Dropout> {
 public:
  /// Throws ValueError for a rate outside of [0, 1).
  explicit Dropout(double rate, DropoutOptions options = {});

  void build(const Shape& input) override;
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static Dropout from_config(const Config& config);

 private:
  double rate_;
  DropoutOptions options_;
  Variable calls_;  ///< in training so far: the step of the stream
};

}  // namespace keratin::inline v0::layers

#pragma once

#include <string>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/layers/layer.h"
#include "keratin/ops/axes.h"

namespace keratin::inline v0::layers {

struct RescalingOptions {
  double offset = 0.0;
  std::string name = {};
};
/// x · scale + offset, in float32 for integers. Out: in's shape. `keras.layers.Rescaling`; scale and offset are
/// numbers.
///
///     layers::Rescaling(1.0 / 255)
class KERATIN_API Rescaling : public CallableLayer<Rescaling> {
 public:
  explicit Rescaling(double scale, RescalingOptions options = {});
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static Rescaling from_config(const Config& config);

 private:
  double scale_;
  double offset_;
};

struct NormalizationOptions {
  /// Axes that have statistics of their own; {} means none: one mean and one variance for all.
  Axes axis = -1;
  /// Both or neither: one number, or one for each index along the axes. Without them, adapt() finds them.
  std::vector<double> mean = {};
  std::vector<double> variance = {};
  bool invert = false;
  std::string name = {};
};
/// (x − mean) / max(√variance, 1e-7), or back again if inverted. `keras.layers.Normalization`.
///
/// Out: in's shape. Weights, none of them trained, where the numbers aren't given: mean and variance (of the axes'
/// sizes), count.
///
///     auto normalization = session.add(layers::Normalization());
///     normalization->adapt(train.x);
class KERATIN_API Normalization : public CallableLayer<Normalization> {
 public:
  /// Throws ValueError unless mean and variance have the same number of elements.
  explicit Normalization(NormalizationOptions options = {});

  /// Takes mean and variance from data, a batch of inputs; builds the layer if need be. Throws ValueError if they were
  /// given, ShapeError if data doesn't fit what the layer was built for.
  void adapt(const Array& data);

  void build(const Shape& input) override;
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static Normalization from_config(const Config& config);

 private:
  Tensor statistic(const Variable& adapted, const std::vector<double>& given) const;

  NormalizationOptions options_;
  Shape kept_;       ///< sizes along the axes that are kept
  Shape broadcast_;  ///< the input's rank, with 1 for the others
  Variable mean_;
  Variable variance_;
  Variable count_;
};

}  // namespace keratin::inline v0::layers

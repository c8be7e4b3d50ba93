#pragma once

#include <initializer_list>
#include <string>
#include <type_traits>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/layers/layer.h"
#include "keratin/ops/axes.h"

namespace keratin::inline v0::layers {

/// An option that is a number, a list `{1, 2, 3}` or an array of them. Empty: not given.
class KERATIN_API Numbers {
 public:
  Numbers() = default;
  template <class T>
    requires std::is_arithmetic_v<T>
  Numbers(T number) : Numbers(scalar(static_cast<double>(number))) {}
  Numbers(std::initializer_list<double> numbers);
  Numbers(const std::vector<double>& numbers);
  Numbers(const Array& numbers);

  bool is_empty() const noexcept { return !given_; }
  const Array& array() const noexcept { return array_; }  ///< float64; of shape () for a number
  /// In the graph at work: a weak scalar for a number, else of this dtype and shape.
  Tensor tensor(DType dtype, const Shape& shape) const;
  /// A number, nested lists, or None; from Keras's serialized arrays too.
  ConfigValue config() const;
  static Numbers from_config(const ConfigValue& config);

 private:
  static Array scalar(double number);

  Array array_;
  bool given_ = false;
};

struct RescalingOptions {
  Numbers offset = 0.0;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// x · scale + offset, in the layer's dtype (float32 for integers too). Arrays broadcast. Out: in's shape.
/// `keras.layers.Rescaling`.
///
///     layers::Rescaling(1.0 / 255)
class KERATIN_API Rescaling : public CallableLayer<Rescaling> {
 public:
  explicit Rescaling(Numbers scale, RescalingOptions options = {});
  bool supports_masking() const override { return true; }
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static Rescaling from_config(const Config& config);

 private:
  Numbers scale_;
  Numbers offset_;
};

struct NormalizationOptions {
  /// Axes that have statistics of their own; {} means none: one mean and one variance for all.
  Axes axis = -1;
  /// Both or neither, of one shape: numbers for the axes, the last ones if they have fewer dimensions. Without them,
  /// adapt() finds them.
  Numbers mean = {};
  Numbers variance = {};
  bool invert = false;
  bool trainable = true;
  DTypePolicy dtype = {};
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
  /// Throws ValueError unless mean and variance have one shape, of no more dimensions than there are axes.
  explicit Normalization(NormalizationOptions options = {});

  /// Takes mean and variance from data, a batch of inputs; builds the layer if need be. Throws ValueError if they were
  /// given, ShapeError if data doesn't fit what the layer was built for.
  void adapt(const Array& data);

  bool supports_masking() const override { return true; }
  void build(const Shape& input) override;
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static Normalization from_config(const Config& config);

 private:
  Shape given_shape(const Shape& input) const;
  Tensor statistic(const Variable& adapted, const Numbers& given) const;

  NormalizationOptions options_;
  Shape kept_axes_;  ///< from 0 on, sorted
  Shape kept_;       ///< sizes along them
  Shape broadcast_;  ///< the input's rank, with 1 for the others
  Shape given_;      ///< the input's rank, with the sizes of the numbers given
  Variable mean_;
  Variable variance_;
  Variable count_;
};

}  // namespace keratin::inline v0::layers

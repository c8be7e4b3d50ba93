#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/layers/layer.h"
#include "keratin/ops/data_format.h"
#include "keratin/regularizers/regularizer.h"

/// Layers that disturb their input in training, and leave it alone otherwise. Out: in's shape; masks pass. The draws
/// depend on the session's seed and the layer's path (or on the layer's own seed) and on how often it was called in
/// training: not on threads, nor on what else is random. A rate is in [0, 1], else ValueError; 1 works outside of
/// training alone.
namespace keratin::inline v0::layers {

/// Base of these layers.
class KERATIN_API RandomLayer : public Layer {
 public:
  using Layer::build;
  bool supports_masking() const override { return true; }
  void build(const Shape& input) override;
  using Layer::call;
  Tensor call(const Tensor& x, const CallContext& context) override;

 protected:
  /// What the next draw depends on.
  struct Draw;
  RandomLayer(double amount, std::optional<std::uint64_t> seed, std::string name);
  /// x disturbed: in training, where amount isn't 0.
  virtual Tensor disturbed(const Tensor& x, const Draw& draw) = 0;

  double amount_;  ///< the rate, or the noise's deviation

 private:
  std::optional<std::uint64_t> seed_;
  Variable calls_;  ///< in training so far: the step of the stream
};

struct DropoutOptions {
  /// Sizes of 1 where one draw serves the whole axis, −1 (or the axis' size) elsewhere; without it, a draw an element.
  std::optional<Shape> noise_shape = std::nullopt;
  std::optional<std::uint64_t> seed = std::nullopt;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// A share `rate` of the elements becomes 0, and the others are divided by 1 − rate. `keras.layers.Dropout`.
///
///     layers::Dropout(0.2)
class KERATIN_API Dropout : public CallableLayer<Dropout, RandomLayer> {
 public:
  explicit Dropout(double rate, DropoutOptions options = {});
  Config config() const override;
  static Dropout from_config(const Config& config);

 protected:
  Tensor disturbed(const Tensor& x, const Draw& draw) override;

 private:
  DropoutOptions options_;
};

struct SpatialDropout1DOptions {
  std::optional<std::uint64_t> seed = std::nullopt;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// Dropout of whole channels. In: (batch, steps, channels). `keras.layers.SpatialDropout1D`.
class KERATIN_API SpatialDropout1D : public CallableLayer<SpatialDropout1D, RandomLayer> {
 public:
  explicit SpatialDropout1D(double rate, SpatialDropout1DOptions options = {});
  Config config() const override;
  static SpatialDropout1D from_config(const Config& config);

 protected:
  Tensor disturbed(const Tensor& x, const Draw& draw) override;

 private:
  SpatialDropout1DOptions options_;
};

struct SpatialDropoutOptions {
  DataFormat data_format = DataFormat::channels_last;
  std::optional<std::uint64_t> seed = std::nullopt;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// Dropout of whole channels. In: (batch, rows, columns, channels), or (batch, channels, rows, columns) with
/// channels_first. `keras.layers.SpatialDropout2D`.
class KERATIN_API SpatialDropout2D : public CallableLayer<SpatialDropout2D, RandomLayer> {
 public:
  explicit SpatialDropout2D(double rate, SpatialDropoutOptions options = {});
  Config config() const override;
  static SpatialDropout2D from_config(const Config& config);

 protected:
  Tensor disturbed(const Tensor& x, const Draw& draw) override;

 private:
  SpatialDropoutOptions options_;
};
/// The same of volumes, of rank 5. `keras.layers.SpatialDropout3D`.
class KERATIN_API SpatialDropout3D : public CallableLayer<SpatialDropout3D, RandomLayer> {
 public:
  explicit SpatialDropout3D(double rate, SpatialDropoutOptions options = {});
  Config config() const override;
  static SpatialDropout3D from_config(const Config& config);

 protected:
  Tensor disturbed(const Tensor& x, const Draw& draw) override;

 private:
  SpatialDropoutOptions options_;
};

struct NoiseOptions {
  std::optional<std::uint64_t> seed = std::nullopt;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// x times normal numbers of mean 1 and deviation √(rate / (1 − rate)). `keras.layers.GaussianDropout`.
class KERATIN_API GaussianDropout : public CallableLayer<GaussianDropout, RandomLayer> {
 public:
  explicit GaussianDropout(double rate, NoiseOptions options = {});
  Config config() const override;
  static GaussianDropout from_config(const Config& config);

 protected:
  Tensor disturbed(const Tensor& x, const Draw& draw) override;

 private:
  NoiseOptions options_;
};
/// x plus normal numbers of mean 0 and this deviation, in [0, 1] as in Keras. `keras.layers.GaussianNoise`.
class KERATIN_API GaussianNoise : public CallableLayer<GaussianNoise, RandomLayer> {
 public:
  explicit GaussianNoise(double stddev, NoiseOptions options = {});
  Config config() const override;
  static GaussianNoise from_config(const Config& config);

 protected:
  Tensor disturbed(const Tensor& x, const Draw& draw) override;

 private:
  NoiseOptions options_;
};
/// A share `rate` of the elements becomes selu's negative limit; then all are scaled and shifted, so that mean and
/// variance stay. `keras.layers.AlphaDropout`.
class KERATIN_API AlphaDropout : public CallableLayer<AlphaDropout, RandomLayer> {
 public:
  explicit AlphaDropout(double rate, DropoutOptions options = {});
  Config config() const override;
  static AlphaDropout from_config(const Config& config);

 protected:
  Tensor disturbed(const Tensor& x, const Draw& draw) override;

 private:
  DropoutOptions options_;
};

struct ActivityRegularizationOptions {
  double l1 = 0.0;
  double l2 = 0.0;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// x itself; l1 · sum(|x|) + l2 · sum(x²), divided by the batch's size, is added to the loss.
/// `keras.layers.ActivityRegularization`.
class KERATIN_API ActivityRegularization : public CallableLayer<ActivityRegularization> {
 public:
  explicit ActivityRegularization(ActivityRegularizationOptions options = {});
  bool supports_masking() const override { return true; }
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static ActivityRegularization from_config(const Config& config);

 private:
  ActivityRegularizationOptions options_;
  RegularizerSpec penalty_;
};

}  // namespace keratin::inline v0::layers

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keratin/constraints/constraint.h"
#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/initializers/initializer.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/wrapper.h"
#include "keratin/ops/axes.h"
#include "keratin/regularizers/regularizer.h"

/// Normalisations compute in float32 at least, whatever the layer's dtype, and give the layer's dtype. An epsilon that
/// isn't positive is a ValueError, an input that doesn't fit the weights a ShapeError.
namespace keratin::inline v0::layers {

/// Bounds of batch renormalization's corrections; what isn't given has none.
struct RenormClipping {
  std::optional<double> rmax = std::nullopt;
  std::optional<double> rmin = std::nullopt;
  std::optional<double> dmax = std::nullopt;
};

struct BatchNormalizationOptions {
  std::int64_t axis = -1;
  double momentum = 0.99;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  InitializerSpec beta_initializer = {detail::Known{}, "zeros"};
  InitializerSpec gamma_initializer = {detail::Known{}, "ones"};
  InitializerSpec moving_mean_initializer = {detail::Known{}, "zeros"};
  InitializerSpec moving_variance_initializer = {detail::Known{}, "ones"};
  RegularizerSpec beta_regularizer = {};
  RegularizerSpec gamma_regularizer = {};
  ConstraintSpec beta_constraint = {};
  ConstraintSpec gamma_constraint = {};
  bool renorm = false;
  std::optional<RenormClipping> renorm_clipping = std::nullopt;
  double renorm_momentum = 0.99;
  bool synchronized = false;  ///< between devices: with one it changes nothing
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// gamma · (x − mean) / √(variance + epsilon) + beta, with a mean and a variance for each index along `axis`.
/// `keras.layers.BatchNormalization`.
///
/// In training they are those of the batch (the variance divides by n), and the moving ones become
/// moving · momentum + batch · (1 − momentum); otherwise, and while the layer isn't trainable, they are the moving
/// ones. Out: in's shape. Weights of shape (n,): gamma, beta, moving_mean, moving_variance, with renorm moving_stddev,
/// renorm_mean, renorm_stddev. With a mask (x's shape without the last axis), masked rows don't count.
class KERATIN_API BatchNormalization : public CallableLayer<BatchNormalization> {
 public:
  /// Throws ValueError for a momentum outside of [0, 1] or clipping bounds that exclude one another.
  explicit BatchNormalization(BatchNormalizationOptions options = {});
  bool supports_masking() const override { return true; }
  void build(const Shape& input) override;
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static BatchNormalization from_config(const Config& config);

 private:
  struct Moments;
  struct Affine;
  Moments batch_moments(const Tensor& x, const Tensor& mask) const;
  Affine renormalized(const Moments& batch, const Affine& given) const;
  void update_moving(const Moments& batch);
  Shape along_axis() const;

  BatchNormalizationOptions options_;
  std::int64_t rank_ = 0;
  std::int64_t axis_ = 0;  ///< from 0 on
  std::int64_t size_ = 0;  ///< along it
  Variable gamma_, beta_, moving_mean_, moving_variance_, moving_stddev_, renorm_mean_, renorm_stddev_;
};

struct LayerNormalizationOptions {
  Axes axis = -1;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  InitializerSpec beta_initializer = {detail::Known{}, "zeros"};
  InitializerSpec gamma_initializer = {detail::Known{}, "ones"};
  RegularizerSpec beta_regularizer = {};
  RegularizerSpec gamma_regularizer = {};
  ConstraintSpec beta_constraint = {};
  ConstraintSpec gamma_constraint = {};
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// gamma · (x − mean) / √(variance + epsilon) + beta, with the mean and the variance of each example along the axes.
/// `keras.layers.LayerNormalization`.
///
/// Out: in's shape. Weights of the axes' sizes: gamma, beta.
class KERATIN_API LayerNormalization : public CallableLayer<LayerNormalization> {
 public:
  explicit LayerNormalization(LayerNormalizationOptions options = {});
  bool supports_masking() const override { return true; }
  void build(const Shape& input) override;
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static LayerNormalization from_config(const Config& config);

 private:
  LayerNormalizationOptions options_;
  Shape axes_;       ///< from 0 on, sorted
  Shape broadcast_;  ///< the input's rank, with 1 off the axes
  Variable gamma_, beta_;
};

struct GroupNormalizationOptions {
  std::int64_t groups = 32;  ///< −1: as many as channels
  std::int64_t axis = -1;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  InitializerSpec beta_initializer = {detail::Known{}, "zeros"};
  InitializerSpec gamma_initializer = {detail::Known{}, "ones"};
  RegularizerSpec beta_regularizer = {};
  RegularizerSpec gamma_regularizer = {};
  ConstraintSpec beta_constraint = {};
  ConstraintSpec gamma_constraint = {};
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// gamma · (x − mean) / √(variance + epsilon) + beta, with the mean and the variance of each example's groups of
/// neighbouring channels (`axis`), over all other axes. `keras.layers.GroupNormalization`.
///
/// Out: in's shape. Weights, one for each channel: gamma, beta.
class KERATIN_API GroupNormalization : public CallableLayer<GroupNormalization> {
 public:
  /// Throws ValueError for groups that aren't positive or −1; in build(), for channels that they don't divide.
  explicit GroupNormalization(GroupNormalizationOptions options = {});
  bool supports_masking() const override { return true; }
  void build(const Shape& input) override;
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static GroupNormalization from_config(const Config& config);

 private:
  Tensor group_mean(const Tensor& x) const;
  Shape along_axis(std::int64_t batch) const;

  GroupNormalizationOptions options_;
  std::int64_t rank_ = 0, axis_ = 0, size_ = 0, groups_ = 0;
  Variable gamma_, beta_;
};

struct RMSNormalizationOptions {
  Axes axis = -1;
  double epsilon = 1e-6;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// scale · x / √(mean(x²) + epsilon), with the mean along the axes. `keras.layers.RMSNormalization`.
///
/// Out: in's shape. Weight of the axes' sizes: scale. Like Keras's it broadcasts along the last axes: ShapeError where
/// it doesn't fit there.
class KERATIN_API RMSNormalization : public CallableLayer<RMSNormalization> {
 public:
  explicit RMSNormalization(RMSNormalizationOptions options = {});
  void build(const Shape& input) override;
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static RMSNormalization from_config(const Config& config);

 private:
  RMSNormalizationOptions options_;
  Variable scale_;
};

struct UnitNormalizationOptions {
  Axes axis = -1;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// x / √(sum(x²)), with the sum along the axes: of length 1. Zeros stay. `keras.layers.UnitNormalization`.
class KERATIN_API UnitNormalization : public CallableLayer<UnitNormalization> {
 public:
  explicit UnitNormalization(UnitNormalizationOptions options = {});
  bool supports_masking() const override { return true; }
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static UnitNormalization from_config(const Config& config);

 private:
  Axes axis_;
};

struct SpectralNormalizationOptions {
  std::int64_t power_iterations = 1;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// Keeps the kernel (or embeddings) of another layer at a largest singular value of about 1: each call in training
/// first divides the kernel, which keeps the quotient, by an estimate from power iteration.
/// `keras.layers.SpectralNormalization`.
///
/// In and out: the layer's. Weights: the layer's kernel, vector_u (1, the kernel's last size), then the layer's others.
///
///     layers::SpectralNormalization(layers::Conv2D(8, 3))
class KERATIN_API SpectralNormalization : public CallableLayer<SpectralNormalization, Wrapper> {
 public:
  /// Throws ValueError if power_iterations isn't positive; in build(), for a layer without kernel and embeddings.
  explicit SpectralNormalization(LayerSpec layer, SpectralNormalizationOptions options = {});
  using Layer::build;
  void build(const Shape& input) override;
  using Layer::call;
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static SpectralNormalization from_config(const Config& config);

 private:
  void normalize_kernel();

  std::int64_t power_iterations_;
  Variable kernel_, vector_u_;
};

}  // namespace keratin::inline v0::layers

#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/initializers/initializer.h"
#include "keratin/layers/layer.h"
#include "keratin/ops/axes.h"

namespace keratin::inline v0::layers {

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
  bool trainable = true;
  std::string name = {};
};
/// gamma · (x − mean) / √(variance + epsilon) + beta, with a mean and a variance for each index along `axis`.
/// `keras.layers.BatchNormalization`.
///
/// In training they are those of the batch (the variance divides by n), and the moving ones become
/// moving · momentum + batch · (1 − momentum); otherwise, and while the layer isn't trainable, they are the moving
/// ones. Out: in's shape. Weights of shape (n,): gamma, beta, moving_mean, moving_variance. With a mask (x's shape
/// without the last axis), masked rows don't count.
class KERATIN_API BatchNormalization : public CallableLayer<BatchNormalization> {
 public:
  /// Throws ValueError for a momentum outside of [0, 1] or an epsilon that isn't positive.
  explicit BatchNormalization(BatchNormalizationOptions options = {});

  void build(const Shape& input) override;
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static BatchNormalization from_config(const Config& config);

 private:
  std::pair<Tensor, Tensor> batch_moments(const Tensor& x, const Tensor& mask) const;
  void update_moving(const Tensor& mean, const Tensor& variance);

  BatchNormalizationOptions options_;
  std::size_t rank_ = 0;
  std::int64_t axis_ = 0;  ///< from 0 on
  std::int64_t size_ = 0;  ///< along it
  Variable gamma_;
  Variable beta_;
  Variable moving_mean_;
  Variable moving_variance_;
};

struct LayerNormalizationOptions {
  Axes axis = -1;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  InitializerSpec beta_initializer = {detail::Known{}, "zeros"};
  InitializerSpec gamma_initializer = {detail::Known{}, "ones"};
  bool trainable = true;
  std::string name = {};
};
/// gamma · (x − mean) / √(variance + epsilon) + beta, with the mean and the variance of each example along the axes.
/// `keras.layers.LayerNormalization`.
///
/// Out: in's shape. Weights of the axes' sizes: gamma, beta.
class KERATIN_API LayerNormalization : public CallableLayer<LayerNormalization> {
 public:
  /// Throws ValueError for an epsilon that isn't positive.
  explicit LayerNormalization(LayerNormalizationOptions options = {});

  void build(const Shape& input) override;
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static LayerNormalization from_config(const Config& config);

 private:
  LayerNormalizationOptions options_;
  Shape axes_;       ///< from 0 on, sorted
  Shape broadcast_;  ///< the input's rank, with 1 off the axes
  Variable gamma_;
  Variable beta_;
};

}  // namespace keratin::inline v0::layers

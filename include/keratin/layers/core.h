#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "keratin/activations/activation.h"
#include "keratin/constraints/constraint.h"
#include "keratin/core/config.h"
#include "keratin/core/dtype.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/initializers/initializer.h"
#include "keratin/layers/layer.h"
#include "keratin/regularizers/regularizer.h"
#include "keratin/session/session.h"

namespace keratin::inline v0::layers {

/// What goes into a Sequential model: its first element, so that the model is built at once. `keras.Input`; for the
/// functional API there is Session::input.
///
///     kt::Sequential(session, {layers::Input({64}), layers::Dense(10)});
class KERATIN_API Input : public Layer {
 public:
  /// `shape` is without the batch; −1 marks an unknown size. Throws ValueError for a batch_size that isn't positive.
  explicit Input(const Shape& shape, InputOptions options = {});

  /// With the batch, −1 where it isn't given.
  Shape batch_shape() const;
  DType dtype() const noexcept { return options_.dtype; }

  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  Config get_config() const override;
  static Input from_config(const Config& config);
  std::string class_name() const override { return "InputLayer"; }

 private:
  Shape shape_;
  InputOptions options_;
};

struct DenseOptions {
  keratin::Activation activation = {};
  bool use_bias = true;
  InitializerSpec kernel_initializer = {detail::Known{}, "glorot_uniform"};
  InitializerSpec bias_initializer = {detail::Known{}, "zeros"};
  RegularizerSpec kernel_regularizer = {};
  RegularizerSpec bias_regularizer = {};
  RegularizerSpec activity_regularizer = {};
  ConstraintSpec kernel_constraint = {};
  ConstraintSpec bias_constraint = {};
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};

/// activation(x · kernel + bias), along the last axis. `keras.layers.Dense`.
///
/// In: (batch, …, n), rank 2 at least. Out: (batch, …, units). Weights: kernel (n, units), bias (units,).
///
///     layers::Dense(128, {.activation = "relu"})
class KERATIN_API Dense : public CallableLayer<Dense> {
 public:
  /// Throws ValueError if units isn't positive.
  explicit Dense(std::int64_t units, DenseOptions options = {});

  std::int64_t units() const noexcept { return units_; }

  bool supports_masking() const override { return true; }
  void build(const Shape& input) override;
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static Dense from_config(const Config& config);

 private:
  std::int64_t units_;
  DenseOptions options_;
  std::int64_t inputs_ = 0;
  Variable kernel_;
  Variable bias_;
};

struct ActivationOptions {
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};

/// A function of each element, or of the tensor: a name of `keras.activations` or a function of one's own. Out: in's
/// shape. `keras.layers.Activation`.
///
///     layers::Activation("relu")
///     layers::Activation([](const kt::Tensor& x) { return x * ops::sigmoid(2.0 * x); })
class KERATIN_API Activation : public CallableLayer<Activation> {
 public:
  explicit Activation(keratin::Activation activation, ActivationOptions options = {});

  bool supports_masking() const override { return true; }
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static Activation from_config(const Config& config);

 private:
  keratin::Activation activation_;
};

struct IdentityOptions {
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// x itself. `keras.layers.Identity`.
class KERATIN_API Identity : public CallableLayer<Identity> {
 public:
  explicit Identity(IdentityOptions options = {});
  bool supports_masking() const override { return true; }
  Tensor call(const Tensor& x, const CallContext& context) override;
  static Identity from_config(const Config& config);
};

struct MaskingOptions {
  double mask_value = 0.0;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// Gives its result a mask: false where all features of a step are mask_value. Those steps become 0.
/// `keras.layers.Masking`.
///
/// In: (…, steps, features). Out: in's shape, with a mask (…, steps).
class KERATIN_API Masking : public CallableLayer<Masking> {
 public:
  explicit Masking(MaskingOptions options = {});
  bool supports_masking() const override { return true; }
  Tensor call(const Tensor& x, const CallContext& context) override;
  std::vector<Tensor> compute_mask(std::span<const Tensor> inputs, const CallContext& context) override;
  Config config() const override;
  static Masking from_config(const Config& config);

 private:
  Tensor any_different(const Tensor& x, bool keepdims) const;

  double mask_value_;
};

}  // namespace keratin::inline v0::layers

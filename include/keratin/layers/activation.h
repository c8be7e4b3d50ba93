#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keratin/layers/layer.h"
#include "keratin/ops/axes.h"

/// Activations with options or weights as layers. Out: in's shape. Masks go through.
namespace keratin::inline v0::layers {

struct ReLUOptions {
  std::optional<double> max_value = std::nullopt;
  double negative_slope = 0.0;
  double threshold = 0.0;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// max_value where x reaches it, x above the threshold, else negative_slope · (x − threshold). `keras.layers.ReLU`.
class KERATIN_API ReLU : public CallableLayer<ReLU> {
 public:
  /// Throws ValueError for a negative option.
  explicit ReLU(ReLUOptions options = {});
  bool supports_masking() const override { return true; }
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static ReLU from_config(const Config& config);

 private:
  ReLUOptions options_;
};

struct LeakyReLUOptions {
  double negative_slope = 0.3;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// x, or negative_slope · x where that is negative. `keras.layers.LeakyReLU`.
class KERATIN_API LeakyReLU : public CallableLayer<LeakyReLU> {
 public:
  /// Throws ValueError for a negative slope.
  explicit LeakyReLU(LeakyReLUOptions options = {});
  bool supports_masking() const override { return true; }
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static LeakyReLU from_config(const Config& config);

 private:
  LeakyReLUOptions options_;
};

struct ELUOptions {
  double alpha = 1.0;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// x, or alpha · (exp(x) − 1) where x is negative. `keras.layers.ELU`.
class KERATIN_API ELU : public CallableLayer<ELU> {
 public:
  explicit ELU(ELUOptions options = {});
  bool supports_masking() const override { return true; }
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static ELU from_config(const Config& config);

 private:
  ELUOptions options_;
};

struct PReLUOptions {
  InitializerSpec alpha_initializer = {detail::Known{}, "zeros"};
  RegularizerSpec alpha_regularizer = {};
  ConstraintSpec alpha_constraint = {};
  std::vector<std::int64_t> shared_axes = {};
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// x, or alpha · x where x is negative. Weight: alpha, of the input's shape without the batch, of size 1 along
/// shared_axes (the batch is axis 0). Sizes along the other axes must be known, else ShapeError. `keras.layers.PReLU`.
class KERATIN_API PReLU : public CallableLayer<PReLU> {
 public:
  /// Throws ValueError for a shared axis below 1.
  explicit PReLU(PReLUOptions options = {});
  bool supports_masking() const override { return true; }
  void build(const Shape& input) override;
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static PReLU from_config(const Config& config);

 private:
  PReLUOptions options_;
  Variable alpha_;
};

struct SoftmaxOptions {
  Axes axis = -1;  ///< or several
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// exp(x) over its sum along the axis. Where a mask of the call is false, 0; it broadcasts to x, else ShapeError.
/// `keras.layers.Softmax`.
class KERATIN_API Softmax : public CallableLayer<Softmax> {
 public:
  explicit Softmax(SoftmaxOptions options = {});
  bool supports_masking() const override { return true; }
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static Softmax from_config(const Config& config);

 private:
  SoftmaxOptions options_;
};

}  // namespace keratin::inline v0::layers

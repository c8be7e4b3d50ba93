#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/layers/layer.h"
#include "keratin/ops/windows.h"

/// Pooling of inputs (batch, space…, channels), or (batch, channels, space…) with data_format "channels_first", of 1 to
/// 3 spatial dimensions. Sizes are one number, or one for each of them. All throw ValueError for sizes that aren't
/// positive, and ShapeError for inputs of another rank, or smaller than the window.
namespace keratin::inline v0::layers {

enum class PoolMode : std::uint8_t { max, average };

struct PoolingOptions {
  Sizes strides = {};  ///< empty: pool_size
  Padding padding = Padding::valid;
  DataFormat data_format = DataFormat::channels_last;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};

/// What layers with moving windows have in common; see ops::max_pool and ops::average_pool.
class KERATIN_API BasePooling : public Layer {
 public:
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;

 protected:
  BasePooling(PoolMode mode, std::size_t rank, const Sizes& pool_size, PoolingOptions options);

 private:
  PoolMode mode_;
  std::size_t rank_;
  Sizes pool_size_;
  PoolingOptions options_;
};

struct GlobalPoolingOptions {
  DataFormat data_format = DataFormat::channels_last;
  bool keepdims = false;  ///< the spatial dimensions stay, with size 1
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};

/// What layers over the whole space have in common. Out: (batch, channels).
class KERATIN_API BaseGlobalPooling : public Layer {
 public:
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;

 protected:
  BaseGlobalPooling(PoolMode mode, std::size_t rank, GlobalPoolingOptions options);
  const GlobalPoolingOptions& options() const noexcept { return options_; }

 private:
  PoolMode mode_;
  std::size_t rank_;
  GlobalPoolingOptions options_;
};

struct AdaptivePoolingOptions {
  DataFormat data_format = DataFormat::channels_last;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};

/// What layers of a given result size have in common; see ops::adaptive_max_pool.
class KERATIN_API BaseAdaptivePooling : public Layer {
 public:
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;

 protected:
  BaseAdaptivePooling(PoolMode mode, std::size_t rank, const Sizes& output_size, AdaptivePoolingOptions options);

 private:
  PoolMode mode_;
  std::size_t rank_;
  Sizes output_size_;
  AdaptivePoolingOptions options_;
};

using MaxPooling1DOptions = PoolingOptions;
/// `keras.layers.MaxPooling1D`.
class KERATIN_API MaxPooling1D : public CallableLayer<MaxPooling1D, BasePooling> {
 public:
  explicit MaxPooling1D(const Sizes& pool_size = 2, MaxPooling1DOptions options = {});
  static MaxPooling1D from_config(const Config& config);
};
using MaxPooling2DOptions = PoolingOptions;
/// `keras.layers.MaxPooling2D`.
class KERATIN_API MaxPooling2D : public CallableLayer<MaxPooling2D, BasePooling> {
 public:
  explicit MaxPooling2D(const Sizes& pool_size = 2, MaxPooling2DOptions options = {});
  static MaxPooling2D from_config(const Config& config);
};
using MaxPooling3DOptions = PoolingOptions;
/// `keras.layers.MaxPooling3D`.
class KERATIN_API MaxPooling3D : public CallableLayer<MaxPooling3D, BasePooling> {
 public:
  explicit MaxPooling3D(const Sizes& pool_size = 2, MaxPooling3DOptions options = {});
  static MaxPooling3D from_config(const Config& config);
};
using MaxPool1D = MaxPooling1D;
using MaxPool2D = MaxPooling2D;
using MaxPool3D = MaxPooling3D;

using AveragePooling1DOptions = PoolingOptions;
/// `keras.layers.AveragePooling1D`.
class KERATIN_API AveragePooling1D : public CallableLayer<AveragePooling1D, BasePooling> {
 public:
  explicit AveragePooling1D(const Sizes& pool_size, AveragePooling1DOptions options = {});
  static AveragePooling1D from_config(const Config& config);
};
using AveragePooling2DOptions = PoolingOptions;
/// `keras.layers.AveragePooling2D`.
class KERATIN_API AveragePooling2D : public CallableLayer<AveragePooling2D, BasePooling> {
 public:
  explicit AveragePooling2D(const Sizes& pool_size, AveragePooling2DOptions options = {});
  static AveragePooling2D from_config(const Config& config);
};
using AveragePooling3DOptions = PoolingOptions;
/// `keras.layers.AveragePooling3D`.
class KERATIN_API AveragePooling3D : public CallableLayer<AveragePooling3D, BasePooling> {
 public:
  explicit AveragePooling3D(const Sizes& pool_size, AveragePooling3DOptions options = {});
  static AveragePooling3D from_config(const Config& config);
};
using AvgPool1D = AveragePooling1D;
using AvgPool2D = AveragePooling2D;
using AvgPool3D = AveragePooling3D;

using GlobalMaxPooling1DOptions = GlobalPoolingOptions;
/// `keras.layers.GlobalMaxPooling1D`.
class KERATIN_API GlobalMaxPooling1D : public CallableLayer<GlobalMaxPooling1D, BaseGlobalPooling> {
 public:
  explicit GlobalMaxPooling1D(GlobalMaxPooling1DOptions options = {});
  static GlobalMaxPooling1D from_config(const Config& config);
};
using GlobalMaxPooling2DOptions = GlobalPoolingOptions;
/// `keras.layers.GlobalMaxPooling2D`.
class KERATIN_API GlobalMaxPooling2D : public CallableLayer<GlobalMaxPooling2D, BaseGlobalPooling> {
 public:
  explicit GlobalMaxPooling2D(GlobalMaxPooling2DOptions options = {});
  static GlobalMaxPooling2D from_config(const Config& config);
};
using GlobalMaxPooling3DOptions = GlobalPoolingOptions;
/// `keras.layers.GlobalMaxPooling3D`.
class KERATIN_API GlobalMaxPooling3D : public CallableLayer<GlobalMaxPooling3D, BaseGlobalPooling> {
 public:
  explicit GlobalMaxPooling3D(GlobalMaxPooling3DOptions options = {});
  static GlobalMaxPooling3D from_config(const Config& config);
};
using GlobalMaxPool1D = GlobalMaxPooling1D;
using GlobalMaxPool2D = GlobalMaxPooling2D;
using GlobalMaxPool3D = GlobalMaxPooling3D;

using GlobalAveragePooling1DOptions = GlobalPoolingOptions;
/// `keras.layers.GlobalAveragePooling1D`. With a mask (batch, steps), the mean of the steps that it lets through; NaN
/// where there is none. The mask ends here.
class KERATIN_API GlobalAveragePooling1D : public CallableLayer<GlobalAveragePooling1D, BaseGlobalPooling> {
 public:
  explicit GlobalAveragePooling1D(GlobalAveragePooling1DOptions options = {});
  bool supports_masking() const override { return true; }
  Tensor call(const Tensor& x, const CallContext& context) override;
  std::vector<Tensor> compute_mask(std::span<const Tensor> inputs, const CallContext& context) override;
  static GlobalAveragePooling1D from_config(const Config& config);
};
using GlobalAveragePooling2DOptions = GlobalPoolingOptions;
/// `keras.layers.GlobalAveragePooling2D`.
class KERATIN_API GlobalAveragePooling2D : public CallableLayer<GlobalAveragePooling2D, BaseGlobalPooling> {
 public:
  explicit GlobalAveragePooling2D(GlobalAveragePooling2DOptions options = {});
  static GlobalAveragePooling2D from_config(const Config& config);
};
using GlobalAveragePooling3DOptions = GlobalPoolingOptions;
/// `keras.layers.GlobalAveragePooling3D`.
class KERATIN_API GlobalAveragePooling3D : public CallableLayer<GlobalAveragePooling3D, BaseGlobalPooling> {
 public:
  explicit GlobalAveragePooling3D(GlobalAveragePooling3DOptions options = {});
  static GlobalAveragePooling3D from_config(const Config& config);
};
using GlobalAvgPool1D = GlobalAveragePooling1D;
using GlobalAvgPool2D = GlobalAveragePooling2D;
using GlobalAvgPool3D = GlobalAveragePooling3D;

using AdaptiveMaxPooling1DOptions = AdaptivePoolingOptions;
/// `keras.layers.AdaptiveMaxPooling1D`.
class KERATIN_API AdaptiveMaxPooling1D : public CallableLayer<AdaptiveMaxPooling1D, BaseAdaptivePooling> {
 public:
  explicit AdaptiveMaxPooling1D(const Sizes& output_size, AdaptiveMaxPooling1DOptions options = {});
  static AdaptiveMaxPooling1D from_config(const Config& config);
};
using AdaptiveMaxPooling2DOptions = AdaptivePoolingOptions;
/// `keras.layers.AdaptiveMaxPooling2D`.
class KERATIN_API AdaptiveMaxPooling2D : public CallableLayer<AdaptiveMaxPooling2D, BaseAdaptivePooling> {
 public:
  explicit AdaptiveMaxPooling2D(const Sizes& output_size, AdaptiveMaxPooling2DOptions options = {});
  static AdaptiveMaxPooling2D from_config(const Config& config);
};
using AdaptiveMaxPooling3DOptions = AdaptivePoolingOptions;
/// `keras.layers.AdaptiveMaxPooling3D`.
class KERATIN_API AdaptiveMaxPooling3D : public CallableLayer<AdaptiveMaxPooling3D, BaseAdaptivePooling> {
 public:
  explicit AdaptiveMaxPooling3D(const Sizes& output_size, AdaptiveMaxPooling3DOptions options = {});
  static AdaptiveMaxPooling3D from_config(const Config& config);
};
using AdaptiveAveragePooling1DOptions = AdaptivePoolingOptions;
/// `keras.layers.AdaptiveAveragePooling1D`.
class KERATIN_API AdaptiveAveragePooling1D : public CallableLayer<AdaptiveAveragePooling1D, BaseAdaptivePooling> {
 public:
  explicit AdaptiveAveragePooling1D(const Sizes& output_size, AdaptiveAveragePooling1DOptions options = {});
  static AdaptiveAveragePooling1D from_config(const Config& config);
};
using AdaptiveAveragePooling2DOptions = AdaptivePoolingOptions;
/// `keras.layers.AdaptiveAveragePooling2D`.
class KERATIN_API AdaptiveAveragePooling2D : public CallableLayer<AdaptiveAveragePooling2D, BaseAdaptivePooling> {
 public:
  explicit AdaptiveAveragePooling2D(const Sizes& output_size, AdaptiveAveragePooling2DOptions options = {});
  static AdaptiveAveragePooling2D from_config(const Config& config);
};
using AdaptiveAveragePooling3DOptions = AdaptivePoolingOptions;
/// `keras.layers.AdaptiveAveragePooling3D`.
class KERATIN_API AdaptiveAveragePooling3D : public CallableLayer<AdaptiveAveragePooling3D, BaseAdaptivePooling> {
 public:
  explicit AdaptiveAveragePooling3D(const Sizes& output_size, AdaptiveAveragePooling3DOptions options = {});
  static AdaptiveAveragePooling3D from_config(const Config& config);
};

}  // namespace keratin::inline v0::layers

#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/layers/layer.h"
#include "keratin/ops/interpolation.h"
#include "keratin/ops/windows.h"

/// Space put around inputs, taken away, or made larger. Inputs are (batch, space…, channels), or (batch, channels,
/// space…) with data_format "channels_first". All throw ValueError for negative sizes, and ShapeError for inputs of
/// another rank.
///
///     layers::ZeroPadding2D(1)                   one pixel on each side
///     layers::ZeroPadding2D({1, 2})              one above and below, two left and right
///     layers::ZeroPadding2D({{0, 1}, {2, 3}})    below; two left, three right
namespace keratin::inline v0::layers {

/// Elements before and after, along one axis: one number for both, or two.
struct Margin {
  constexpr Margin(std::integral auto both) noexcept : before(both), after(both) {}
  constexpr Margin(std::integral auto first, std::integral auto last) noexcept : before(first), after(last) {}
  std::int64_t before;
  std::int64_t after;
};

/// A margin for all spatial dimensions, or one for each.
class KERATIN_API Margins {
 public:
  Margins(std::integral auto all) : Margins({Margin(all)}) {}
  Margins(std::initializer_list<Margin> margins);
  explicit Margins(std::vector<Margin> margins);
  const std::vector<Margin>& values() const noexcept { return margins_; }

 private:
  std::vector<Margin> margins_;
};

struct ZeroPaddingOptions {
  DataFormat data_format = DataFormat::channels_last;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
using ZeroPadding1DOptions = ZeroPaddingOptions;
using ZeroPadding2DOptions = ZeroPaddingOptions;
using ZeroPadding3DOptions = ZeroPaddingOptions;

class KERATIN_API BaseZeroPadding : public Layer {
 public:
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;

 protected:
  BaseZeroPadding(std::size_t rank, const Margins& padding, ZeroPaddingOptions options);

 private:
  std::size_t rank_;
  Margins padding_;
  ZeroPaddingOptions options_;
};

/// `keras.layers.ZeroPadding1D`. One number, or {before, after}.
class KERATIN_API ZeroPadding1D : public CallableLayer<ZeroPadding1D, BaseZeroPadding> {
 public:
  explicit ZeroPadding1D(const Margin& padding = 1, ZeroPadding1DOptions options = {});
  static ZeroPadding1D from_config(const Config& config);
};
/// `keras.layers.ZeroPadding2D`.
class KERATIN_API ZeroPadding2D : public CallableLayer<ZeroPadding2D, BaseZeroPadding> {
 public:
  explicit ZeroPadding2D(const Margins& padding = 1, ZeroPadding2DOptions options = {});
  static ZeroPadding2D from_config(const Config& config);
};
/// `keras.layers.ZeroPadding3D`.
class KERATIN_API ZeroPadding3D : public CallableLayer<ZeroPadding3D, BaseZeroPadding> {
 public:
  explicit ZeroPadding3D(const Margins& padding = 1, ZeroPadding3DOptions options = {});
  static ZeroPadding3D from_config(const Config& config);
};

struct Cropping1DOptions {
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
struct CroppingOptions {
  DataFormat data_format = DataFormat::channels_last;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
using Cropping2DOptions = CroppingOptions;
using Cropping3DOptions = CroppingOptions;

/// Throws ShapeError for inputs of which nothing would be left.
class KERATIN_API BaseCropping : public Layer {
 public:
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;

 protected:
  BaseCropping(std::size_t rank, const Margins& cropping, CroppingOptions options);

 private:
  std::size_t rank_;
  Margins cropping_;
  CroppingOptions options_;
};

/// `keras.layers.Cropping1D`. One number, or {before, after}.
class KERATIN_API Cropping1D : public CallableLayer<Cropping1D, BaseCropping> {
 public:
  explicit Cropping1D(const Margin& cropping = 1, Cropping1DOptions options = {});
  static Cropping1D from_config(const Config& config);
};
/// `keras.layers.Cropping2D`.
class KERATIN_API Cropping2D : public CallableLayer<Cropping2D, BaseCropping> {
 public:
  explicit Cropping2D(const Margins& cropping = 0, Cropping2DOptions options = {});
  static Cropping2D from_config(const Config& config);
};
/// `keras.layers.Cropping3D`.
class KERATIN_API Cropping3D : public CallableLayer<Cropping3D, BaseCropping> {
 public:
  explicit Cropping3D(const Margins& cropping = 1, Cropping3DOptions options = {});
  static Cropping3D from_config(const Config& config);
};

struct UpSampling1DOptions {
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// Each step `size` times. `keras.layers.UpSampling1D`.
class KERATIN_API UpSampling1D : public CallableLayer<UpSampling1D> {
 public:
  explicit UpSampling1D(std::int64_t size = 2, UpSampling1DOptions options = {});
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static UpSampling1D from_config(const Config& config);

 private:
  std::int64_t size_;
};

struct UpSampling2DOptions {
  DataFormat data_format = DataFormat::channels_last;
  Interpolation interpolation = Interpolation::nearest;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// Images `size` times as large: each pixel repeated, or interpolated between. `keras.layers.UpSampling2D`.
class KERATIN_API UpSampling2D : public CallableLayer<UpSampling2D> {
 public:
  explicit UpSampling2D(const Sizes& size = 2, UpSampling2DOptions options = {});
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static UpSampling2D from_config(const Config& config);

 private:
  Sizes size_;
  UpSampling2DOptions options_;
};

struct UpSampling3DOptions {
  DataFormat data_format = DataFormat::channels_last;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// Each element `size` times along each spatial dimension. `keras.layers.UpSampling3D`.
class KERATIN_API UpSampling3D : public CallableLayer<UpSampling3D> {
 public:
  explicit UpSampling3D(const Sizes& size = 2, UpSampling3DOptions options = {});
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static UpSampling3D from_config(const Config& config);

 private:
  Sizes size_;
  UpSampling3DOptions options_;
};

}  // namespace keratin::inline v0::layers

#include "keratin/layers/spatial.h"

#include <string>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"
#include "layers/windows.h"
#include "ops/movement.h"
#include "ops/resize.h"

namespace keratin::inline v0 {

template <>
struct core::OptionKind<layers::Margin> {
  static ConfigValue written(const layers::Margin& margin) { return ConfigValue::List{margin.before, margin.after}; }
  static layers::Margin read(const ConfigValue& config) {
    if (config.is_number()) return config.as_integer();
    const auto sizes = config.as<std::vector<std::int64_t>>();
    if (sizes.size() != 2) throw ValueError("It must be one number or two. Received: " + to_string(config));
    return {sizes[0], sizes[1]};
  }
};

template <>
struct core::OptionKind<layers::Margins> {
  static ConfigValue written(const layers::Margins& margins) {
    ConfigValue::List list;
    for (const layers::Margin& margin : margins.values()) list.push_back(OptionKind<layers::Margin>::written(margin));
    return list;
  }
  static layers::Margins read(const ConfigValue& config) {
    if (config.is_number()) return config.as_integer();
    std::vector<layers::Margin> margins;
    for (const ConfigValue& each : config.as_list()) margins.push_back(OptionKind<layers::Margin>::read(each));
    return layers::Margins(std::move(margins));
  }
};

namespace layers {

Margins::Margins(std::initializer_list<Margin> margins) : margins_(margins) {}
Margins::Margins(std::vector<Margin> margins) : margins_(std::move(margins)) {}

namespace {

constexpr auto padding_options = [](auto& option, auto& padding, auto& options) {
  option("padding", padding);
  option("data_format", options.data_format);
};
constexpr auto cropping_1d_options = [](auto& option, auto& cropping) { option("cropping", cropping); };
constexpr auto cropping_options = [](auto& option, auto& cropping, auto& options) {
  option("cropping", cropping);
  option("data_format", options.data_format);
};
constexpr auto up_sampling_1d_options = [](auto& option, auto& size) { option("size", size); };
constexpr auto up_sampling_2d_options = [](auto& option, auto& size, auto& options) {
  option("size", size);
  option("data_format", options.data_format);
  option("interpolation", options.interpolation);
};
constexpr auto up_sampling_3d_options = [](auto& option, auto& size, auto& options) {
  option("size", size);
  option("data_format", options.data_format);
};

/// One margin for each dimension. Throws ValueError for another number of them, or negative sizes.
Margins spread_margins(const Margins& margins, std::size_t rank, const std::string& layer, std::string_view option) {
  std::vector<Margin> all = margins.values();
  if (all.size() == 1) all.assign(rank, all.front());
  const auto fail = [&](const std::string& problem) {
    throw ValueError(layer + ": `" + std::string(option) + "` must " + problem + ". Received: " + std::string(option) +
                     "=" + to_string(core::OptionKind<Margins>::written(margins)));
  };
  if (all.size() != rank)
    fail("be one number, or one or two for each of " + std::to_string(rank) + " spatial dimensions");
  for (const Margin& margin : all)
    if (margin.before < 0 || margin.after < 0) fail("not be negative");
  return Margins(std::move(all));
}

std::int64_t first_spatial_axis(DataFormat format) noexcept { return format == DataFormat::channels_last ? 1 : 2; }

template <class T, class Options>
T padding_from(const Config& config, std::string_view layer) {
  Margins padding = 1;
  Options options;
  read(config, layer, padding_options, padding, options);
  return T(padding, std::move(options));
}

template <class T>
T cropping_from(const Config& config, std::string_view layer, const Margins& fallback) {
  Margins cropping = fallback;
  CroppingOptions options;
  read(config, layer, cropping_options, cropping, options);
  return T(cropping, std::move(options));
}

/// Each element of each spatial axis so many times.
Tensor repeated(Tensor x, const Sizes& size, DataFormat format) {
  std::int64_t axis = first_spatial_axis(format);
  for (const std::int64_t times : size.values()) x = ops::repeat(x, times, axis++);
  return x;
}

}  // namespace

BaseZeroPadding::BaseZeroPadding(std::size_t rank, const Margins& padding, ZeroPaddingOptions options)
    : Layer(options.name),
      rank_(rank),
      padding_(spread_margins(padding, rank, with_rank("ZeroPadding", rank), "padding")),
      options_(std::move(options)) {
  set_common(options_.trainable, options_.dtype);
}

Tensor BaseZeroPadding::call(const Tensor& x, const CallContext& /*context*/) {
  check_spatial(*this, x.shape(), rank_);
  ops::PadWidth width(rank_ + 2);
  auto axis = static_cast<std::size_t>(first_spatial_axis(options_.data_format));
  for (const Margin& margin : padding_.values()) width[axis++] = {margin.before, margin.after};
  return ops::pad(x, width);
}

Config BaseZeroPadding::config() const {
  if (rank_ == 1) return written(padding_options, padding_.values().front(), options_);
  return written(padding_options, padding_, options_);
}

ZeroPadding1D::ZeroPadding1D(const Margin& padding, ZeroPadding1DOptions options)
    : CallableLayer(1, Margins{padding}, std::move(options)) {}
ZeroPadding1D ZeroPadding1D::from_config(const Config& config) {
  Margin padding = 1;
  ZeroPadding1DOptions options;
  read(config, "ZeroPadding1D", padding_options, padding, options);
  return ZeroPadding1D(padding, std::move(options));
}

ZeroPadding2D::ZeroPadding2D(const Margins& padding, ZeroPadding2DOptions options)
    : CallableLayer(2, padding, std::move(options)) {}
ZeroPadding2D ZeroPadding2D::from_config(const Config& config) {
  return padding_from<ZeroPadding2D, ZeroPadding2DOptions>(config, "ZeroPadding2D");
}

ZeroPadding3D::ZeroPadding3D(const Margins& padding, ZeroPadding3DOptions options)
    : CallableLayer(3, padding, std::move(options)) {}
ZeroPadding3D ZeroPadding3D::from_config(const Config& config) {
  return padding_from<ZeroPadding3D, ZeroPadding3DOptions>(config, "ZeroPadding3D");
}

BaseCropping::BaseCropping(std::size_t rank, const Margins& cropping, CroppingOptions options)
    : Layer(options.name),
      rank_(rank),
      cropping_(spread_margins(cropping, rank, with_rank("Cropping", rank), "cropping")),
      options_(std::move(options)) {
  set_common(options_.trainable, options_.dtype);
}

Tensor BaseCropping::call(const Tensor& x, const CallContext& /*context*/) {
  check_spatial(*this, x.shape(), rank_);
  Tensor y = x;
  std::int64_t axis = first_spatial_axis(options_.data_format);
  for (const Margin& margin : cropping_.values()) {
    const std::int64_t size = x.shape()[axis];
    if (size >= 0 && margin.before + margin.after >= size)
      throw ShapeError(title(*this) + ": `cropping` must leave something of each dimension. Received: cropping=" +
                       to_string(core::OptionKind<Margins>::written(cropping_)) + ", inputs of shape " +
                       to_string(x.shape()));
    y = ops::detail::slice_axis(y, axis++, margin.before, margin.after == 0 ? ops::slice_end : -margin.after);
  }
  return y;
}

Config BaseCropping::config() const {
  if (rank_ == 1) return written(cropping_1d_options, cropping_.values().front());
  return written(cropping_options, cropping_, options_);
}

Cropping1D::Cropping1D(const Margin& cropping, Cropping1DOptions options)
    : CallableLayer(
          1, Margins{cropping},
          CroppingOptions{.trainable = options.trainable, .dtype = options.dtype, .name = std::move(options.name)}) {}
Cropping1D Cropping1D::from_config(const Config& config) {
  Margin cropping = 1;
  read(config, "Cropping1D", cropping_1d_options, cropping);
  return Cropping1D(cropping);
}

Cropping2D::Cropping2D(const Margins& cropping, Cropping2DOptions options)
    : CallableLayer(2, cropping, std::move(options)) {}
Cropping2D Cropping2D::from_config(const Config& config) { return cropping_from<Cropping2D>(config, "Cropping2D", 0); }

Cropping3D::Cropping3D(const Margins& cropping, Cropping3DOptions options)
    : CallableLayer(3, cropping, std::move(options)) {}
Cropping3D Cropping3D::from_config(const Config& config) { return cropping_from<Cropping3D>(config, "Cropping3D", 1); }

UpSampling1D::UpSampling1D(std::int64_t size, UpSampling1DOptions options)
    : CallableLayer(options.name), size_(checked_positive(size, "UpSampling1D", "size")) {
  set_common(options.trainable, options.dtype);
}

Tensor UpSampling1D::call(const Tensor& x, const CallContext& /*context*/) {
  check_spatial(*this, x.shape(), 1);
  return ops::repeat(x, size_, 1);
}

Config UpSampling1D::config() const { return written(up_sampling_1d_options, size_); }

UpSampling1D UpSampling1D::from_config(const Config& config) {
  std::int64_t size = 2;
  read(config, "UpSampling1D", up_sampling_1d_options, size);
  return UpSampling1D(size);
}

UpSampling2D::UpSampling2D(const Sizes& size, UpSampling2DOptions options)
    : CallableLayer(options.name), size_(spread(size, 2, "UpSampling2D", "size")), options_(std::move(options)) {
  set_common(options_.trainable, options_.dtype);
}

Tensor UpSampling2D::call(const Tensor& x, const CallContext& /*context*/) {
  check_spatial(*this, x.shape(), 2);
  if (options_.interpolation == Interpolation::nearest) return repeated(x, size_, options_.data_format);
  Tensor y = x;
  std::int64_t axis = first_spatial_axis(options_.data_format);
  for (const std::int64_t factor : size_.values()) y = ops::detail::enlarge(y, axis++, factor, options_.interpolation);
  return y;
}

Config UpSampling2D::config() const { return written(up_sampling_2d_options, size_, options_); }

UpSampling2D UpSampling2D::from_config(const Config& config) {
  Sizes size = 2;
  UpSampling2DOptions options;
  read(config, "UpSampling2D", up_sampling_2d_options, size, options);
  return UpSampling2D(size, std::move(options));
}

UpSampling3D::UpSampling3D(const Sizes& size, UpSampling3DOptions options)
    : CallableLayer(options.name), size_(spread(size, 3, "UpSampling3D", "size")), options_(std::move(options)) {
  set_common(options_.trainable, options_.dtype);
}

Tensor UpSampling3D::call(const Tensor& x, const CallContext& /*context*/) {
  check_spatial(*this, x.shape(), 3);
  return repeated(x, size_, options_.data_format);
}

Config UpSampling3D::config() const { return written(up_sampling_3d_options, size_, options_); }

UpSampling3D UpSampling3D::from_config(const Config& config) {
  Sizes size = 2;
  UpSampling3DOptions options;
  read(config, "UpSampling3D", up_sampling_3d_options, size, options);
  return UpSampling3D(size, std::move(options));
}

}  // namespace layers
}  // namespace keratin::inline v0

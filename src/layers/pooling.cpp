#include "keratin/layers/pooling.h"

#include <utility>

#include "keratin/ops/conv.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "layers/windows.h"

namespace keratin::inline v0::layers {
namespace {

constexpr auto pooling_options = [](auto& option, auto& pool_size, auto& options) {
  option("pool_size", pool_size);
  option("padding", options.padding);
  option("strides", options.strides);
  option("data_format", options.data_format);
};

constexpr auto global_options = [](auto& option, auto& options) {
  option("data_format", options.data_format);
  option("keepdims", options.keepdims);
};

constexpr auto adaptive_options = [](auto& option, auto& output_size, auto& options) {
  option.required("output_size", output_size);
  option("data_format", options.data_format);
};

template <class T>
T pooling_from(const Config& config, std::string_view layer) {
  Sizes pool_size = 2;
  PoolingOptions options;
  read(config, layer, pooling_options, pool_size, options);
  return T(pool_size, std::move(options));
}

template <class T>
T global_from(const Config& config, std::string_view layer) {
  GlobalPoolingOptions options;
  read(config, layer, global_options, options);
  return T(std::move(options));
}

template <class T>
T adaptive_from(const Config& config, std::string_view layer) {
  Sizes output_size;
  AdaptivePoolingOptions options;
  read(config, layer, adaptive_options, output_size, options);
  return T(output_size, std::move(options));
}

std::string class_of(std::string_view start, PoolMode mode, std::size_t rank) {
  return with_rank(std::string(start) + (mode == PoolMode::max ? "MaxPooling" : "AveragePooling"), rank);
}

Axes spatial_axes(DataFormat format, std::size_t rank) {
  std::vector<std::int64_t> axes;
  for (std::size_t i = 0; i < rank; ++i)
    axes.push_back(static_cast<std::int64_t>(i) + (format == DataFormat::channels_last ? 1 : 2));
  return Axes(std::span<const std::int64_t>(axes));
}

}  // namespace

BasePooling::BasePooling(PoolMode mode, std::size_t rank, const Sizes& pool_size, PoolingOptions options)
    : Layer(options.name), mode_(mode), rank_(rank), options_(std::move(options)) {
  const std::string layer = class_of("", mode, rank);
  pool_size_ = spread(pool_size, rank, layer, "pool_size");
  options_.strides = options_.strides.empty() ? pool_size_ : spread(options_.strides, rank, layer, "strides");
  refuse_causal(layer, options_.padding);
  set_common(options_.trainable, options_.dtype);
}

Tensor BasePooling::call(const Tensor& x, const CallContext& /*context*/) {
  check_spatial(*this, x.shape(), rank_);
  auto* const pool = mode_ == PoolMode::max ? ops::max_pool : ops::average_pool;
  return pool(x, pool_size_, options_.strides, options_.padding, options_.data_format);
}

Config BasePooling::config() const { return written(pooling_options, pool_size_, options_); }

BaseGlobalPooling::BaseGlobalPooling(PoolMode mode, std::size_t rank, GlobalPoolingOptions options)
    : Layer(options.name), mode_(mode), rank_(rank), options_(std::move(options)) {
  set_common(options_.trainable, options_.dtype);
}

Tensor BaseGlobalPooling::call(const Tensor& x, const CallContext& /*context*/) {
  check_spatial(*this, x.shape(), rank_);
  const Axes axes = spatial_axes(options_.data_format, rank_);
  return mode_ == PoolMode::max ? ops::max(x, axes, options_.keepdims) : ops::mean(x, axes, options_.keepdims);
}

Config BaseGlobalPooling::config() const { return written(global_options, options_); }

BaseAdaptivePooling::BaseAdaptivePooling(PoolMode mode, std::size_t rank, const Sizes& output_size,
                                         AdaptivePoolingOptions options)
    : Layer(options.name),
      mode_(mode),
      rank_(rank),
      output_size_(spread(output_size, rank, class_of("Adaptive", mode, rank), "output_size")),
      options_(std::move(options)) {
  set_common(options_.trainable, options_.dtype);
}

Tensor BaseAdaptivePooling::call(const Tensor& x, const CallContext& /*context*/) {
  check_spatial(*this, x.shape(), rank_);
  auto* const pool = mode_ == PoolMode::max ? ops::adaptive_max_pool : ops::adaptive_average_pool;
  return pool(x, output_size_, options_.data_format);
}

Config BaseAdaptivePooling::config() const { return written(adaptive_options, output_size_, options_); }

Tensor GlobalAveragePooling1D::call(const Tensor& x, const CallContext& context) {
  if (context.mask.is_empty()) return BaseGlobalPooling::call(x, context);
  check_spatial(*this, x.shape(), 1);
  const bool is_last = options().data_format == DataFormat::channels_last;
  const Tensor counts = ops::cast(ops::expand_dims(ops::cast(context.mask, boolean), is_last ? 2 : 1), x.dtype());
  const Tensor kept = ops::where(ops::cast(counts, boolean), x, 0.0);
  const std::int64_t steps = is_last ? 1 : 2;
  return ops::sum(kept, steps, options().keepdims) / ops::sum(counts, steps, options().keepdims);
}

std::vector<Tensor> GlobalAveragePooling1D::compute_mask(std::span<const Tensor> /*inputs*/,
                                                         const CallContext& /*context*/) {
  return {};
}

MaxPooling1D::MaxPooling1D(const Sizes& pool_size, MaxPooling1DOptions options)
    : CallableLayer(PoolMode::max, 1, pool_size, std::move(options)) {}
MaxPooling1D MaxPooling1D::from_config(const Config& config) {
  return pooling_from<MaxPooling1D>(config, "MaxPooling1D");
}

MaxPooling2D::MaxPooling2D(const Sizes& pool_size, MaxPooling2DOptions options)
    : CallableLayer(PoolMode::max, 2, pool_size, std::move(options)) {}
MaxPooling2D MaxPooling2D::from_config(const Config& config) {
  return pooling_from<MaxPooling2D>(config, "MaxPooling2D");
}

MaxPooling3D::MaxPooling3D(const Sizes& pool_size, MaxPooling3DOptions options)
    : CallableLayer(PoolMode::max, 3, pool_size, std::move(options)) {}
MaxPooling3D MaxPooling3D::from_config(const Config& config) {
  return pooling_from<MaxPooling3D>(config, "MaxPooling3D");
}

AveragePooling1D::AveragePooling1D(const Sizes& pool_size, AveragePooling1DOptions options)
    : CallableLayer(PoolMode::average, 1, pool_size, std::move(options)) {}
AveragePooling1D AveragePooling1D::from_config(const Config& config) {
  return pooling_from<AveragePooling1D>(config, "AveragePooling1D");
}

AveragePooling2D::AveragePooling2D(const Sizes& pool_size, AveragePooling2DOptions options)
    : CallableLayer(PoolMode::average, 2, pool_size, std::move(options)) {}
AveragePooling2D AveragePooling2D::from_config(const Config& config) {
  return pooling_from<AveragePooling2D>(config, "AveragePooling2D");
}

AveragePooling3D::AveragePooling3D(const Sizes& pool_size, AveragePooling3DOptions options)
    : CallableLayer(PoolMode::average, 3, pool_size, std::move(options)) {}
AveragePooling3D AveragePooling3D::from_config(const Config& config) {
  return pooling_from<AveragePooling3D>(config, "AveragePooling3D");
}

GlobalMaxPooling1D::GlobalMaxPooling1D(GlobalMaxPooling1DOptions options)
    : CallableLayer(PoolMode::max, 1, std::move(options)) {}
GlobalMaxPooling1D GlobalMaxPooling1D::from_config(const Config& config) {
  return global_from<GlobalMaxPooling1D>(config, "GlobalMaxPooling1D");
}

GlobalMaxPooling2D::GlobalMaxPooling2D(GlobalMaxPooling2DOptions options)
    : CallableLayer(PoolMode::max, 2, std::move(options)) {}
GlobalMaxPooling2D GlobalMaxPooling2D::from_config(const Config& config) {
  return global_from<GlobalMaxPooling2D>(config, "GlobalMaxPooling2D");
}

GlobalMaxPooling3D::GlobalMaxPooling3D(GlobalMaxPooling3DOptions options)
    : CallableLayer(PoolMode::max, 3, std::move(options)) {}
GlobalMaxPooling3D GlobalMaxPooling3D::from_config(const Config& config) {
  return global_from<GlobalMaxPooling3D>(config, "GlobalMaxPooling3D");
}

GlobalAveragePooling1D::GlobalAveragePooling1D(GlobalAveragePooling1DOptions options)
    : CallableLayer(PoolMode::average, 1, std::move(options)) {}
GlobalAveragePooling1D GlobalAveragePooling1D::from_config(const Config& config) {
  return global_from<GlobalAveragePooling1D>(config, "GlobalAveragePooling1D");
}

GlobalAveragePooling2D::GlobalAveragePooling2D(GlobalAveragePooling2DOptions options)
    : CallableLayer(PoolMode::average, 2, std::move(options)) {}
GlobalAveragePooling2D GlobalAveragePooling2D::from_config(const Config& config) {
  return global_from<GlobalAveragePooling2D>(config, "GlobalAveragePooling2D");
}

GlobalAveragePooling3D::GlobalAveragePooling3D(GlobalAveragePooling3DOptions options)
    : CallableLayer(PoolMode::average, 3, std::move(options)) {}
GlobalAveragePooling3D GlobalAveragePooling3D::from_config(const Config& config) {
  return global_from<GlobalAveragePooling3D>(config, "GlobalAveragePooling3D");
}

AdaptiveMaxPooling1D::AdaptiveMaxPooling1D(const Sizes& output_size, AdaptiveMaxPooling1DOptions options)
    : CallableLayer(PoolMode::max, 1, output_size, std::move(options)) {}
AdaptiveMaxPooling1D AdaptiveMaxPooling1D::from_config(const Config& config) {
  return adaptive_from<AdaptiveMaxPooling1D>(config, "AdaptiveMaxPooling1D");
}

AdaptiveMaxPooling2D::AdaptiveMaxPooling2D(const Sizes& output_size, AdaptiveMaxPooling2DOptions options)
    : CallableLayer(PoolMode::max, 2, output_size, std::move(options)) {}
AdaptiveMaxPooling2D AdaptiveMaxPooling2D::from_config(const Config& config) {
  return adaptive_from<AdaptiveMaxPooling2D>(config, "AdaptiveMaxPooling2D");
}

AdaptiveMaxPooling3D::AdaptiveMaxPooling3D(const Sizes& output_size, AdaptiveMaxPooling3DOptions options)
    : CallableLayer(PoolMode::max, 3, output_size, std::move(options)) {}
AdaptiveMaxPooling3D AdaptiveMaxPooling3D::from_config(const Config& config) {
  return adaptive_from<AdaptiveMaxPooling3D>(config, "AdaptiveMaxPooling3D");
}

AdaptiveAveragePooling1D::AdaptiveAveragePooling1D(const Sizes& output_size, AdaptiveAveragePooling1DOptions options)
    : CallableLayer(PoolMode::average, 1, output_size, std::move(options)) {}
AdaptiveAveragePooling1D AdaptiveAveragePooling1D::from_config(const Config& config) {
  return adaptive_from<AdaptiveAveragePooling1D>(config, "AdaptiveAveragePooling1D");
}

AdaptiveAveragePooling2D::AdaptiveAveragePooling2D(const Sizes& output_size, AdaptiveAveragePooling2DOptions options)
    : CallableLayer(PoolMode::average, 2, output_size, std::move(options)) {}
AdaptiveAveragePooling2D AdaptiveAveragePooling2D::from_config(const Config& config) {
  return adaptive_from<AdaptiveAveragePooling2D>(config, "AdaptiveAveragePooling2D");
}

AdaptiveAveragePooling3D::AdaptiveAveragePooling3D(const Sizes& output_size, AdaptiveAveragePooling3DOptions options)
    : CallableLayer(PoolMode::average, 3, output_size, std::move(options)) {}
AdaptiveAveragePooling3D AdaptiveAveragePooling3D::from_config(const Config& config) {
  return adaptive_from<AdaptiveAveragePooling3D>(config, "AdaptiveAveragePooling3D");
}

}  // namespace keratin::inline v0::layers

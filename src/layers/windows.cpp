#include "layers/windows.h"

#include <algorithm>
#include <cctype>

#include "keratin/core/error.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"
#include "ops/windows.h"

namespace keratin::inline v0 {

ConfigValue core::OptionKind<Sizes>::written(const Sizes& sizes) {
  if (sizes.empty()) return {};
  return config_of(Shape(sizes.values()));
}

Sizes core::OptionKind<Sizes>::read(const ConfigValue& config) {
  if (config.is_none()) return {};
  if (config.is_number()) return config.as_integer();
  return Sizes(std::span<const std::int64_t>(config.as<std::vector<std::int64_t>>()));
}

Padding core::OptionKind<Padding>::read(const ConfigValue& config) {
  std::string text = config.as_text();
  for (char& letter : text) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return keratin::name(std::move(text));
}

namespace layers {

std::string with_rank(std::string_view start, std::size_t rank, std::string_view end) {
  return std::string(start) + std::to_string(rank) + 'D' + std::string(end);
}

Sizes spread(const Sizes& sizes, std::size_t rank, std::string_view layer, std::string_view option,
             std::int64_t least) {
  const graph::Ints all = ops::detail::spread(sizes, rank, layer, option, least);
  return Sizes(std::span(all.begin(), all.size()));
}

std::int64_t channel_axis(DataFormat format) noexcept { return format == DataFormat::channels_last ? -1 : 1; }

void check_spatial(const Layer& layer, const Shape& input, std::size_t rank) {
  if (input.rank() == rank + 2) return;
  throw ShapeError(title(layer) + " takes inputs of rank " + std::to_string(rank + 2) + ": a batch, " +
                   std::to_string(rank) + " spatial dimension" + (rank > 1 ? "s" : "") +
                   " and channels. Received: inputs of shape " + to_string(input));
}

std::int64_t known_channels(const Layer& layer, const Shape& input, std::size_t rank, DataFormat format) {
  check_spatial(layer, input, rank);
  return known_size(layer, input, channel_axis(format));
}

void check_channels(const Layer& layer, const Shape& input, std::size_t rank, DataFormat format, std::int64_t built) {
  check_spatial(layer, input, rank);
  check_size(layer, input, channel_axis(format), built);
}

void refuse_strides_with_dilation(const std::string& layer, const Sizes& strides, const Sizes& dilation_rate) {
  const auto is_above_one = [](std::int64_t size) { return size > 1; };
  const auto any = [&](const Sizes& sizes) { return std::ranges::any_of(sizes.values(), is_above_one); };
  if (!any(strides) || !any(dilation_rate)) return;
  throw ValueError(layer + ": `strides` and `dilation_rate` can't both be above 1. Received: strides=" +
                   to_string(Shape(strides.values())) + ", dilation_rate=" + to_string(Shape(dilation_rate.values())));
}

void refuse_causal(const std::string& layer, Padding padding) {
  if (padding == Padding::causal)
    throw ValueError(layer + ": `padding` must be valid or same; causal is Conv1D's. Received: padding=causal");
}

Tensor with_bias(const Tensor& y, const Tensor& bias, std::size_t rank, DataFormat format) {
  const bool is_last = format == DataFormat::channels_last || y.shape().back() == bias.shape().back();
  if (is_last) return y + bias;
  Shape shape = bias.shape();
  for (std::size_t i = 0; i < rank; ++i) shape.push_back(1);
  return y + ops::reshape(bias, shape);
}

Shape kernel_shape(const Sizes& window, std::int64_t in, std::int64_t out) {
  Shape shape(window.values());
  shape.push_back(in);
  shape.push_back(out);
  return shape;
}

}  // namespace layers
}  // namespace keratin::inline v0

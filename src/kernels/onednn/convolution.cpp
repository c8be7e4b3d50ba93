#include "kernels/onednn/convolution.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/parallel.h"
#include "core/refusal.h"
#include "kernels/onednn/runner.h"

namespace keratin::inline v0::kernels::onednn {
namespace {

using Sizes = std::vector<std::int64_t>;

/// Spatial dimensions that oneDNN is told of: depth only where there is one.
std::size_t first_axis(const ConvGeometry& g) noexcept {
  return g.src[0] == 1 && g.dst[0] == 1 && g.kernel[0] == 1 ? 1 : 0;
}

Sizes spatial(const ConvGeometry& g, const Extent& extent) {
  return {extent.begin() + static_cast<std::ptrdiff_t>(first_axis(g)), extent.end()};
}

Sizes joined(Sizes head, const Sizes& tail) {
  head.insert(head.end(), tail.begin(), tail.end());
  return head;
}

/// Strides of dimensions in row-major order, where one step in the last of them skips `step` elements.
Sizes row_major(const Sizes& sizes, std::int64_t step) {
  Sizes strides(sizes.size());
  for (std::size_t i = sizes.size(); i-- > 0; step *= sizes[i]) strides[i] = step;
  return strides;
}

/// [batch, …space, channels], as oneDNN names it: batch, channels, space.
MemoryDesc values(const ConvGeometry& g, const Extent& extent, std::int64_t channels) {
  const Sizes space = spatial(g, extent);
  return {joined({g.batch, channels}, space),
          joined({extent[0] * extent[1] * extent[2] * channels, 1}, row_major(space, channels))};
}

Sizes weight_sizes(const ConvGeometry& g) {
  const Sizes space = spatial(g, g.kernel);
  return g.groups == 1 ? joined({g.out, g.in}, space) : joined({g.groups, g.group_out(), g.group_in()}, space);
}

/// [space, in / groups, out], as oneDNN names it: groups, out, in, space.
MemoryDesc plain_weights(const ConvGeometry& g) {
  const Sizes space = row_major(spatial(g, g.kernel), g.group_in() * g.out);
  return {weight_sizes(g), g.groups == 1 ? joined({1, g.out}, space) : joined({g.group_out(), 1, g.out}, space)};
}

/// What was made; empty where oneDNN can't, or can only by its reference code.
PrimitiveDesc usable(dnnl_status_t status, const dnnl_primitive_desc_t& raw) {
  if (status != dnnl_success) return nullptr;
  PrimitiveDesc desc(raw);
  const char* name = nullptr;
  check(dnnl_primitive_desc_query(raw, dnnl_query_impl_info_str, 0, static_cast<void*>(&name)), "name a kernel");
  return std::string_view(name).starts_with("ref") ? nullptr : std::move(desc);
}

/// What a convolution reads and writes, but for its weights.
struct Values {
  MemoryDesc src;
  MemoryDesc dst;
  MemoryDesc bias;

  explicit Values(const ConvGeometry& g)
      : src(values(g, g.src, g.in)), dst(values(g, g.dst, g.out)), bias({g.out}, {std::int64_t{1}}) {}
};

PrimitiveDesc describe(const Engine& engine, const ConvGeometry& g, ConvDirection direction, const Values& values,
                       DescPointer weights, const ConvEpilogue& epilogue) {
  const PrimitiveAttributes attributes = make_attributes(epilogue.activation);
  Sizes dilates = spatial(g, g.dilation);
  for (std::int64_t& dilation : dilates) --dilation;
  const Sizes strides = spatial(g, g.stride);
  const Sizes before = spatial(g, g.before);
  const Sizes after = spatial(g, g.after);
  const ConvolutionDescs descs{values.src.get(), weights,        epilogue.bias ? values.bias.get() : nullptr,
                               values.dst.get(), strides.data(), dilates.data(),
                               before.data(),    after.data()};
  dnnl_primitive_desc_t raw = nullptr;
  if (direction == ConvDirection::forward)
    return usable(create_convolution(&raw, engine.get(), descs, attributes.get()), raw);
  const MemoryDesc any(weight_sizes(g));
  ConvolutionDescs hint = descs;
  hint.weights = any.get();
  if (create_convolution(&raw, engine.get(), hint, attributes.get()) != dnnl_success) return nullptr;
  const PrimitiveDesc forward(std::exchange(raw, nullptr));
  const dnnl_status_t status =
      direction == ConvDirection::data_gradient
          ? create_convolution_data_gradient(&raw, engine.get(), descs, attributes.get(), forward.get())
          : create_convolution_weights_gradient(&raw, engine.get(), descs, attributes.get(), forward.get());
  return usable(status, raw);
}

DescPointer weights_of(const PrimitiveDesc& desc, ConvDirection direction) noexcept {
  const dnnl_query_t query =
      direction == ConvDirection::weights_gradient ? dnnl_query_diff_weights_md : dnnl_query_weights_md;
  return dnnl_primitive_desc_query_md(desc.get(), query, 0);
}

std::vector<Runner::Argument> arguments_of(ConvDirection direction, const Values& values, DescPointer weights,
                                           bool bias) {
  const bool data = direction == ConvDirection::data_gradient;
  const bool forward = direction == ConvDirection::forward;
  const bool kernel = direction == ConvDirection::weights_gradient;
  std::vector<Runner::Argument> arguments{{data ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC, values.src.get()},
                                          {kernel ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS, weights},
                                          {forward ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST, values.dst.get()}};
  if (bias) arguments.push_back({DNNL_ARG_BIAS, values.bias.get()});
  return arguments;
}

PrimitiveDesc describe_reorder(const Engine& engine, DescPointer from, DescPointer to) {
  const PrimitiveAttributes attributes = make_attributes(Activation::none);
  const core::HeapSpared spared;
  dnnl_primitive_desc_t raw = nullptr;
  check(dnnl_reorder_primitive_desc_create(&raw, from, engine.get(), to, engine.get(), attributes.get()),
        "make a change of layout");
  return PrimitiveDesc(raw);
}

/// The bytes that a primitive writes of its scratchpad. Where the kernel is a point and there are strides, 2.6 gathers
/// the pixels that count first, by whole vectors of channels, and asks for no more than the channels take.
std::size_t scratchpad_of(const ConvGeometry& g, std::size_t asked) {
  constexpr std::int64_t widest = 16;
  const bool strides = g.stride[0] > 1 || g.stride[1] > 1 || g.stride[2] > 1;
  if (g.taps() > 1 || !strides || (g.in % widest == 0 && g.out % widest == 0)) return asked;
  const std::int64_t fewest = std::min(g.group_in(), g.group_out());
  return (asked / static_cast<std::size_t>(fewest) + 1) * static_cast<std::size_t>(fewest + 2 * widest);
}

}  // namespace

struct Convolution::Impl {
  // The order matters: an engine outlives what was made on it, and descriptions what was made of them.
  Engine engine = make_engine();
  Values values;
  MemoryDesc plain;
  std::optional<Runner> convolution;
  std::optional<Runner> reorder;
  std::size_t weights_bytes = 0;
  std::size_t scratchpad_bytes = 0;
  bool bias;

  Impl(const ConvGeometry& g, bool with_bias) : values(g), plain(plain_weights(g)), bias(with_bias) {}

  DescPointer weights(ConvDirection direction) const noexcept { return weights_of(convolution->desc(), direction); }
};

std::unique_ptr<Convolution> Convolution::make(const ConvGeometry& geometry, ConvDirection direction,
                                               const ConvEpilogue& epilogue, int slots, const Convolution* like) {
  const core::OpenMpThreads one(1);
  auto impl = std::make_unique<Impl>(geometry, epilogue.bias);
  const MemoryDesc any(weight_sizes(geometry));
  PrimitiveDesc desc = describe(impl->engine, geometry, direction, impl->values,
                                like == nullptr ? any.get() : like->impl_->weights(direction), epilogue);
  if (desc == nullptr) return nullptr;
  const DescPointer weights = weights_of(desc, direction);
  impl->convolution.emplace(impl->engine, std::move(desc),
                            arguments_of(direction, impl->values, weights, epilogue.bias), slots);
  if (!are_equal(weights, impl->plain.get())) {
    const bool back = direction == ConvDirection::weights_gradient;
    const DescPointer from = back ? weights : impl->plain.get();
    const DescPointer to = back ? impl->plain.get() : weights;
    impl->reorder.emplace(impl->engine, describe_reorder(impl->engine, from, to),
                          std::vector<Runner::Argument>{{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}}, 1);
  }
  impl->weights_bytes = size_of(weights);
  impl->scratchpad_bytes = scratchpad_of(geometry, impl->convolution->scratchpad_bytes());
  return std::unique_ptr<Convolution>(new Convolution(std::move(impl)));
}

Convolution::Convolution(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Convolution::~Convolution() = default;

std::size_t Convolution::scratchpad_bytes() const noexcept { return impl_->scratchpad_bytes; }

void Convolution::run(int slot, const ConvolutionPointers& pointers) const {
  const std::array<const void*, 4> data{pointers.src, pointers.weights, pointers.dst, pointers.bias};
  impl_->convolution->run(slot, std::span(data).first(impl_->bias ? 4 : 3), pointers.scratchpad);
}

bool Convolution::reorders() const noexcept { return impl_->reorder.has_value(); }
std::size_t Convolution::weights_bytes() const noexcept { return impl_->weights_bytes; }
std::size_t Convolution::reorder_scratchpad_bytes() const noexcept {
  return reorders() ? impl_->reorder->scratchpad_bytes() : 0;
}

// NOLINTNEXTLINE(readability-non-const-parameter): oneDNN writes there
void Convolution::reorder(const float* from, float* to, std::byte* scratchpad) const {
  impl_->reorder->run(0, std::array<const void*, 2>{from, to}, scratchpad);
}

}  // namespace keratin::inline v0::kernels::onednn

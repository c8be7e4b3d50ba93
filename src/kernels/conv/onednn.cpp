#include "kernels/conv/onednn.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/rounded_up.h"
#include "kernels/conv/parts.h"
#include "kernels/onednn/convolution.h"

namespace keratin::inline v0::kernels {
namespace {

using onednn::Convolution;

std::size_t aligned(std::size_t bytes) noexcept { return core::rounded_up<std::size_t>(bytes, 64); }

struct Part {
  const Convolution* convolution = nullptr;
  int slot = 0;
  std::int64_t src = 0;
  std::int64_t dst = 0;
};

/// One primitive for each different part; all with the weights in the same layout.
struct Parts {
  std::vector<std::unique_ptr<Convolution>> convolutions;
  std::vector<Part> parts;

  /// Nothing if oneDNN has no fast kernel for one of them.
  static std::optional<Parts> make(const std::vector<ConvPart>& all, ConvDirection direction,
                                   const ConvEpilogue& epilogue) {
    Parts result;
    result.parts.resize(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (result.parts[i].convolution != nullptr) continue;
      const auto count = std::count_if(all.begin(), all.end(),
                                       [&](const ConvPart& other) { return other.geometry == all[i].geometry; });
      const Convolution* const like = i == 0 ? nullptr : result.convolutions.front().get();
      auto made = Convolution::make(all[i].geometry, direction, epilogue, static_cast<int>(count), like);
      if (made == nullptr) return std::nullopt;
      int slot = 0;
      for (std::size_t j = i; j < all.size(); ++j)
        if (all[j].geometry == all[i].geometry) result.parts[j] = {made.get(), slot++, all[j].src, all[j].dst};
      result.convolutions.push_back(std::move(made));
    }
    return result;
  }
};

/// Its workspace: weights in the primitives' layout (for their gradient one set a part, which are added up), then the
/// scratchpads of the parts, of which the first also serves the change of layout, then weights that were scaled.
class OneDnnConv final : public graph::Kernel {
 public:
  OneDnnConv(Parts parts, const ConvGeometry& geometry, ConvDirection direction, const ConvEpilogue& epilogue)
      : parts_(std::move(parts)),
        direction_(direction),
        bias_(epilogue.bias),
        scaled_(epilogue.scale ? geometry.weights() : 0),
        channels_(geometry.out) {
    const Convolution& first = *parts_.convolutions.front();
    gradient_of_weights_ = direction == ConvDirection::weights_gradient;
    separate_ = first.reorders() || (gradient_of_weights_ && parts_.parts.size() > 1);
    set_bytes_ = separate_ ? aligned(first.weights_bytes()) : 0;
    sets_ = gradient_of_weights_ ? parts_.parts.size() : 1;
    scratchpad_bytes_ = aligned(first.reorder_scratchpad_bytes());
    for (const auto& convolution : parts_.convolutions)
      scratchpad_bytes_ = std::max(scratchpad_bytes_, aligned(convolution->scratchpad_bytes()));
  }

  std::size_t workspace_bytes() const noexcept override {
    return sets_ * set_bytes_ + parts_.parts.size() * scratchpad_bytes_ +
           aligned(static_cast<std::size_t>(scaled_) * sizeof(float));
  }

  void run(const graph::KernelArguments& arguments) const override {
    gradient_of_weights_ ? run_weights_gradient(arguments) : run_values(arguments);
  }

 private:
  std::byte* scratchpad(const graph::KernelArguments& arguments, std::size_t part) const noexcept {
    return arguments.workspace + sets_ * set_bytes_ + part * scratchpad_bytes_;
  }
  float* weights(const graph::KernelArguments& arguments, std::size_t part) const noexcept {
    return reinterpret_cast<float*>(arguments.workspace + part * set_bytes_);
  }

  template <class F>
  void for_parts(const graph::KernelArguments& arguments, F&& f) const {
    arguments.parallel(static_cast<std::int64_t>(parts_.parts.size()), 1, [&](std::int64_t first, std::int64_t last) {
      for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(last); ++i) f(parts_.parts[i], i);
    });
  }

  /// The weights times the scale of their channel.
  const float* scaled(const graph::KernelArguments& arguments) const noexcept {
    const auto* const kernel = arguments.input<float>(1);
    const auto* const scale = arguments.input<float>(3);
    auto* const to = reinterpret_cast<float*>(scratchpad(arguments, parts_.parts.size()));
    arguments.parallel(scaled_ / channels_, std::max<std::int64_t>(1, (1 << 14) / channels_),
                       [&](std::int64_t first, std::int64_t last) {
                         for (std::int64_t row = first * channels_; row < last * channels_; row += channels_)
                           for (std::int64_t i = 0; i < channels_; ++i) to[row + i] = kernel[row + i] * scale[i];
                       });
    return to;
  }

  /// y, or the gradient of x.
  void run_values(const graph::KernelArguments& arguments) const {
    const auto* kernel = scaled_ > 0 ? scaled(arguments) : arguments.input<float>(1);
    if (separate_) {
      parts_.convolutions.front()->reorder(kernel, weights(arguments, 0), scratchpad(arguments, 0));
      kernel = weights(arguments, 0);
    }
    const bool forward = direction_ == ConvDirection::forward;
    const float* const x = forward ? arguments.input<float>(0) : arguments.output<float>();
    const float* const y = forward ? arguments.output<float>() : arguments.input<float>(0);
    const float* const bias = bias_ ? arguments.input<float>(2) : nullptr;
    for_parts(arguments, [&](const Part& part, std::size_t i) {
      part.convolution->run(part.slot, {x + part.src, kernel, y + part.dst, scratchpad(arguments, i), bias});
    });
  }

  void run_weights_gradient(const graph::KernelArguments& arguments) const {
    float* const gradient = arguments.output<float>();
    const auto target = [&](std::size_t i) { return separate_ ? weights(arguments, i) : gradient; };
    for_parts(arguments, [&](const Part& part, std::size_t i) {
      part.convolution->run(part.slot, {arguments.input<float>(0) + part.src, target(i),
                                        arguments.input<float>(1) + part.dst, scratchpad(arguments, i)});
    });
    if (!separate_) return;
    const Convolution& first = *parts_.convolutions.front();
    float* const total = first.reorders() ? weights(arguments, 0) : gradient;
    add_sets(arguments, total, static_cast<std::int64_t>(first.weights_bytes() / sizeof(float)));
    if (first.reorders()) first.reorder(total, gradient, scratchpad(arguments, 0));
  }

  /// total = the sum of all parts' gradients; it may be the first of them.
  void add_sets(const graph::KernelArguments& arguments, float* total, std::int64_t size) const {
    if (sets_ == 1) return;
    arguments.parallel(size, 1 << 14, [&](std::int64_t begin, std::int64_t end) {
      const float* const first = weights(arguments, 0);
      const float* const second = weights(arguments, 1);
      for (std::int64_t i = begin; i < end; ++i) total[i] = first[i] + second[i];
      for (std::size_t set = 2; set < sets_; ++set) {
        const float* const other = weights(arguments, set);
        for (std::int64_t i = begin; i < end; ++i) total[i] += other[i];
      }
    });
  }

  Parts parts_;
  ConvDirection direction_;
  bool bias_ = false;
  std::int64_t scaled_ = 0;  ///< weights that are scaled first
  std::int64_t channels_ = 0;
  bool gradient_of_weights_ = false;
  bool separate_ = false;  ///< the weights lie in the workspace
  std::size_t sets_ = 1;
  std::size_t set_bytes_ = 0;
  std::size_t scratchpad_bytes_ = 0;
};

}  // namespace

graph::KernelPtr onednn_conv_kernel(const graph::KernelRequest& request, const ConvGeometry& geometry,
                                    ConvDirection direction, const ConvEpilogue& epilogue) {
  std::optional<Parts> parts = Parts::make(conv_parts(geometry, direction, request.threads), direction, epilogue);
  if (!parts) return {};
  return graph::make_kernel<OneDnnConv>(request, std::move(*parts), geometry, direction, epilogue);
}

}  // namespace keratin::inline v0::kernels

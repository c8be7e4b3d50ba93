#include "kernels/conv/tall.h"

#include <algorithm>

#include "core/rounded_up.h"
#include "kernels/matmul_parts.h"
#include "kernels/tall_product.h"

namespace keratin::inline v0::kernels {
namespace {

/// The elements of a window of a kernel that is a line, in its order. Where they lie in one piece inside of x, that is
/// where they are; else they are copied together.
class Windows {
 public:
  Windows(const ConvGeometry& g, const float* x) noexcept : g_(g), x_(x) {}

  /// Of place `place` of the result, counted through the batch; `room` is of a window's size.
  const float* at(std::int64_t place, float* room) const noexcept {
    const std::int64_t line = place / g_.dst[2];
    const std::int64_t height = line % g_.dst[1] * g_.stride[1];
    const std::int64_t slice = line / g_.dst[1];
    const std::int64_t depth = slice % g_.dst[0] * g_.stride[0];
    const float* const from = x_ + ((slice / g_.dst[0] * g_.src[0] + depth) * g_.src[1] + height) * g_.src[2] * g_.in;
    const std::int64_t width = place % g_.dst[2] * g_.stride[2] - g_.before[2];
    const bool is_whole = g_.dilation[2] == 1 || g_.kernel[2] == 1;
    if (is_whole && width >= 0 && width + g_.kernel[2] <= g_.src[2]) return from + width * g_.in;
    copy(from, width, room);
    return room;
  }

 private:
  void copy(const float* from, std::int64_t width, float* to) const noexcept {
    for (std::int64_t i = 0; i < g_.kernel[2]; ++i, width += g_.dilation[2], to += g_.in) {
      if (width < 0 || width >= g_.src[2]) {
        std::fill(to, to + g_.in, 0.0f);
      } else {
        copy_few(from + width * g_.in, g_.in, to);
      }
    }
  }

  const ConvGeometry& g_;
  const float* x_;
};

/// Parts have places of their own, and sums that are added up.
class TallConv final : public graph::Kernel {
 public:
  TallConv(const ConvGeometry& g, int threads)
      : g_(g),
        window_(g.taps() * g.in),
        parts_(g.batch * g.dst_pixels(), 64, g.operations() >= 1e6 ? threads : 1),
        sums_floats_(core::rounded_up(window_ * g.out, std::int64_t{16})),
        part_floats_(core::rounded_up(window_, std::int64_t{16}) +
                     static_cast<std::int64_t>(TallProduct{parts_.each, window_, g.out}.floats())) {}

  std::size_t workspace_bytes() const noexcept override {
    return static_cast<std::size_t>(parts_.parts * part_floats_ + (parts_.parts - 1) * sums_floats_) * sizeof(float);
  }

  void run(const graph::KernelArguments& arguments) const override {
    arguments.parallel(parts_.parts, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t part = first; part < last; ++part) run_part(arguments, part);
    });
    if (parts_.parts == 1) return;
    arguments.parallel(window_ * g_.out, 1 << 14, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t part = 1; part < parts_.parts; ++part) {
        float* const total = arguments.output<float>();
        const float* const other = sums(arguments, part);
        for (std::int64_t i = first; i < last; ++i) total[i] += other[i];
      }
    });
  }

 private:
  /// The first part's are the result.
  float* sums(const graph::KernelArguments& arguments, std::int64_t part) const noexcept {
    if (part == 0) return arguments.output<float>();
    return reinterpret_cast<float*>(arguments.workspace) + parts_.parts * part_floats_ + (part - 1) * sums_floats_;
  }

  void run_part(const graph::KernelArguments& arguments, std::int64_t part) const noexcept {
    float* const room = reinterpret_cast<float*>(arguments.workspace) + part * part_floats_;
    float* const workspace = room + core::rounded_up(window_, std::int64_t{16});
    const std::int64_t first = parts_.first(part);
    const Windows windows(g_, arguments.input<float>(0));
    const float* const dy = arguments.input<float>(1) + first * g_.out;
    const TallProduct product{parts_.last(part) - first, window_, g_.out};
    product.run([&](std::int64_t row) { return windows.at(first + row, room); },
                [&](std::int64_t row, std::int64_t begin, std::int64_t count, float* to) {
                  copy_few(dy + row * g_.out + begin, count, to);
                },
                workspace, sums(arguments, part), g_.out, nullptr);
  }

  ConvGeometry g_;
  std::int64_t window_;
  MatmulParts parts_;  ///< of the places of y
  std::int64_t sums_floats_;
  std::int64_t part_floats_;
};

}  // namespace

bool prefers_tall_conv(const ConvGeometry& g) noexcept {
  const bool is_line = g.kernel[0] == 1 && g.kernel[1] == 1;  // and so without padding across
  if (!is_line || g.groups != 1 || g.out < 32 || g.batch * g.dst_pixels() < 512) return false;
  return g.taps() > 1 ? g.in >= 8 : g.in * g.out >= 1 << 13;
}

graph::KernelPtr tall_conv_kernel(const graph::KernelRequest& request, const ConvGeometry& geometry) {
  return graph::make_kernel<TallConv>(request, geometry, request.threads);
}

}  // namespace keratin::inline v0::kernels

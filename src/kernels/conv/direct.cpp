#include "kernels/conv/direct.h"

#include <algorithm>
#include <cstring>

#include "core/cpu.h"
#include "core/rounded_up.h"
#include "kernels/matmul_parts.h"
#include "kernels/small_matmul.h"

namespace keratin::inline v0::kernels {
namespace {

/// A kernel shorter than this ends before the loops have paid for their start.
constexpr std::int64_t shortest_window = 16;
/// A panel of longer ones leaves the caches no room for x.
constexpr std::int64_t longest_window = 2500;
/// Of one item of x: it is read again for each panel.
constexpr std::int64_t largest_image = 1 << 16;
/// Places of the result, in the whole batch, up to which oneDNN's loops for AVX-512 don't make up for the change of
/// layout.
constexpr std::int64_t few_places = 512;
/// Additions and multiplications that are done sooner than another thread is awake.
constexpr double of_one_thread = 1e6;
/// Parts for each thread, where panels are shared out: who is late leaves some to the others.
constexpr std::int64_t parts_of_a_thread = 4;

std::int64_t whole_vectors(std::int64_t floats) noexcept { return core::rounded_up<std::int64_t>(floats, 16); }

bool pads(const ConvGeometry& g) noexcept {
  return g.before[1] != 0 || g.after[1] != 0 || g.before[2] != 0 || g.after[2] != 0;
}

/// A row of y is a product: the windows of its places, which lie in x as runs of kernel width · channels, times the
/// kernel, whose rows are the channels of y. A panel of the kernel is copied together first, so that it stays in the
/// nearest cache for all rows; where there is padding, the rows of x are copied with it.
class DirectConv final : public graph::Kernel {
 public:
  DirectConv(const ConvGeometry& geometry, const ConvEpilogue& epilogue, int threads)
      : g_(geometry), epilogue_(epilogue), columns_(std::min(geometry.out, loops_.columns_at(geometry.dst[2]))) {
    const std::int64_t panels = (g_.out + columns_ - 1) / columns_;
    const std::int64_t rows = g_.batch * g_.dst[1];
    const std::int64_t useful = g_.operations() >= of_one_thread ? threads : 1;
    const bool share_panels = panels % useful == 0 || panels >= parts_of_a_thread * useful;
    const auto cut = static_cast<int>(share_panels ? useful * (useful > 1 ? parts_of_a_thread : 1) : 1);
    panels_ = MatmulParts(panels, 1, cut);
    rows_ = MatmulParts(rows, 1, share_panels ? 1 : static_cast<int>(useful));
    packs_ = columns_ < g_.out || epilogue_.scale;
    panel_floats_ = packs_ ? whole_vectors(g_.taps() * g_.in * columns_) : 0;
    const std::int64_t most_rows = std::min(g_.dst[1], rows_.each);
    padded_floats_ = pads(g_) ? whole_vectors(source_rows(most_rows) * padded_row()) : 0;
  }

  std::size_t workspace_bytes() const noexcept override {
    return static_cast<std::size_t>(parts() * part_floats()) * sizeof(float);
  }

  void run(const graph::KernelArguments& arguments) const override {
    arguments.parallel(parts(), 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t part = first; part < last; ++part) run_part(arguments, part);
    });
  }

 private:
  /// Rows of x, or of a copy with padding.
  struct Image {
    const float* first;
    std::int64_t row;  ///< from one to the next
  };

  std::int64_t parts() const noexcept { return std::int64_t{panels_.parts} * rows_.parts; }
  std::int64_t part_floats() const noexcept { return panel_floats_ + padded_floats_; }
  std::int64_t padded_row() const noexcept { return (g_.before[2] + g_.src[2] + g_.after[2]) * g_.in; }
  /// Rows that so many rows of y see.
  std::int64_t source_rows(std::int64_t rows) const noexcept {
    return (rows - 1) * g_.stride[1] + (g_.kernel[1] - 1) * g_.dilation[1] + 1;
  }

  void run_part(const graph::KernelArguments& arguments, std::int64_t part) const noexcept {
    auto* const panel = reinterpret_cast<float*>(arguments.workspace) + part * part_floats();
    const std::int64_t first = rows_.first(part / panels_.parts);
    const std::int64_t last = rows_.last(part / panels_.parts);
    for (std::int64_t i = panels_.first(part % panels_.parts); i < panels_.last(part % panels_.parts); ++i) {
      SmallMatmul job = job_of(arguments, i * columns_, panel);
      for (std::int64_t row = first; row < last;) {
        const std::int64_t item = row / g_.dst[1];
        const std::int64_t end = std::min(last, (item + 1) * g_.dst[1]);
        const Image image = image_of(arguments, item, row % g_.dst[1], end - row, panel + panel_floats_);
        job.a_run = g_.dilation[1] * image.row;
        for (std::int64_t step = 0; row < end; ++row, ++step) {
          job.a = image.first + step * g_.stride[1] * image.row;
          job.c = arguments.output<float>() + row * g_.dst[2] * g_.out + i * columns_;
          loops_.product(job);
        }
      }
    }
  }

  /// All but the places of a and c. Brings the panel that begins at this column together.
  SmallMatmul job_of(const graph::KernelArguments& arguments, std::int64_t column, float* panel) const noexcept {
    SmallMatmul job;
    job.m = g_.dst[2];
    job.n = std::min(columns_, g_.out - column);
    job.k = g_.kernel[2] * g_.in;
    job.runs = g_.kernel[1];
    job.a_row = g_.stride[2] * g_.in;
    job.b = arguments.input<float>(1) + column;
    job.b_row = g_.out;
    job.c_row = g_.out;
    if (epilogue_.bias) job.bias = arguments.input<float>(2) + column;
    job.relu = epilogue_.activation == Activation::relu;
    if (!packs_) return job;
    const float* const scale = epilogue_.scale ? arguments.input<float>(3) + column : nullptr;
    for (std::int64_t k = 0; k < job.runs * job.k; ++k) {
      const float* const from = job.b + k * g_.out;
      float* const to = panel + k * columns_;
      if (scale == nullptr) {
        std::memcpy(to, from, static_cast<std::size_t>(job.n) * sizeof(float));
      } else {
        for (std::int64_t i = 0; i < job.n; ++i) to[i] = from[i] * scale[i];
      }
    }
    job.b = panel;
    job.b_row = columns_;
    return job;
  }

  /// What `rows` rows of y from `first` see of an item.
  Image image_of(const graph::KernelArguments& arguments, std::int64_t item, std::int64_t first, std::int64_t rows,
                 float* padded) const noexcept {
    const std::int64_t row = g_.src[2] * g_.in;
    const float* const x = arguments.input<float>(0) + item * g_.src[1] * row;
    if (padded_floats_ == 0) return {x + first * g_.stride[1] * row, row};
    const std::int64_t before = g_.before[2] * g_.in;
    float* to = padded;
    for (std::int64_t i = 0; i < source_rows(rows); ++i, to += padded_row()) {
      const std::int64_t at = first * g_.stride[1] - g_.before[1] + i;
      std::fill(to, to + padded_row(), 0.0f);
      if (at >= 0 && at < g_.src[1])
        std::memcpy(to + before, x + at * row, static_cast<std::size_t>(row) * sizeof(float));
    }
    return {padded, padded_row()};
  }

  ConvGeometry g_;
  ConvEpilogue epilogue_;
  const SmallMatmulLoops& loops_ = small_matmul_loops();
  std::int64_t columns_;  ///< of a panel
  bool packs_ = false;
  MatmulParts panels_;
  MatmulParts rows_;  ///< of the whole batch
  std::int64_t panel_floats_ = 0;
  std::int64_t padded_floats_ = 0;
};

}  // namespace

bool prefers_direct_conv(const ConvGeometry& g, const ConvEpilogue& epilogue) noexcept {
  if (epilogue.activation != Activation::none && epilogue.activation != Activation::relu) return false;
  const bool is_flat = g.src[0] == 1 && g.dst[0] == 1 && g.kernel[0] == 1;
  const bool has_runs = g.dilation[2] == 1 || g.kernel[2] == 1;
  if (g.groups != 1 || !is_flat || !has_runs || g.src_pixels() * g.in > largest_image) return false;
  const std::int64_t window = g.taps() * g.in;
  if (window < shortest_window || window > longest_window) return false;
  return core::cpu_level() != core::CpuLevel::avx512 || g.batch * g.dst_pixels() <= few_places;
}

graph::KernelPtr direct_conv_kernel(const graph::KernelRequest& request, const ConvGeometry& geometry,
                                    const ConvEpilogue& epilogue) {
  return graph::make_kernel<DirectConv>(request, geometry, epilogue, request.threads);
}

}  // namespace keratin::inline v0::kernels

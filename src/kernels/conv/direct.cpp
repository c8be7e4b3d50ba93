#include "kernels/conv/direct.h"

#include <algorithm>
#include <cstring>

#include "core/cpu.h"
#include "core/parts_of_a_thread.h"
#include "core/rounded_up.h"
#include "kernels/elementwise/loops.h"
#include "kernels/matmul_parts.h"
#include "kernels/small_matmul.h"
#include "kernels/workspace_slots.h"

namespace keratin::inline v0::kernels {
namespace {

/// A kernel shorter than this ends before the loops have paid for their start.
constexpr std::int64_t shortest_window = 16;
/// A panel of longer ones leaves the caches no room for x.
constexpr std::int64_t longest_window = 2500;
/// Of one item of x: it is read again for each panel.
constexpr std::int64_t largest_image = 1 << 16;
/// Places of the result, in the whole batch, up to which oneDNN's best loops don't make up for the change of layout:
/// those for AVX-512, for kernels of one element and for strides.
constexpr std::int64_t few_places = 512;
/// Places that make up for bringing the panels together for them alone.
constexpr std::int64_t worth_a_panel = 64;
/// Additions and multiplications that are done sooner than another thread is awake.
constexpr double of_one_thread = 1e6;

std::int64_t whole_vectors(std::int64_t floats) noexcept { return core::rounded_up<std::int64_t>(floats, 16); }

bool pads(const ConvGeometry& g) noexcept {
  return g.before[1] != 0 || g.after[1] != 0 || g.before[2] != 0 || g.after[2] != 0;
}

/// What becomes of a row of results when it is there; nullptr for what the product itself does.
Loop loop_of(Activation activation) noexcept {
  if (activation == Activation::tanh) return find_loop(core::cpu_level(), graph::ScalarOp::tanh, float32, float32);
  if (activation == Activation::sigmoid)
    return find_loop(core::cpu_level(), graph::ScalarOp::sigmoid, float32, float32);
  return nullptr;
}

/// A kernel of one element that is everywhere sees the places of an item as one row. A few items are shared out by
/// rows.
ConvGeometry with_long_rows(ConvGeometry g) noexcept {
  if (g.taps() != 1 || g.stride != Extent{1, 1, 1} || g.batch < 4) return g;
  g.src = g.dst = {1, 1, g.dst_pixels()};
  return g;
}

/// A row of y is a product: the windows of its places, which lie in x as runs of kernel width · channels, times the
/// kernel, whose rows are the channels of y. A panel of the kernel is copied together first, so that it stays in the
/// nearest cache for all rows; where there is padding, the rows of x are copied with it.
class DirectConv final : public graph::Kernel {
 public:
  DirectConv(const ConvGeometry& geometry, const ConvEpilogue& epilogue, int threads)
      : g_(with_long_rows(geometry)),
        epilogue_(epilogue),
        activation_(loop_of(epilogue.activation)),
        columns_(std::min(g_.out, loops_.columns_at(g_.dst[2]))) {
    const std::int64_t panels = (g_.out + columns_ - 1) / columns_;
    const std::int64_t rows = g_.batch * g_.dst[1];
    const int useful = g_.operations() >= of_one_thread ? threads : 1;
    const bool is_small = g_.batch * g_.dst_pixels() <= few_places;
    const bool share_panels = is_small && (panels % useful == 0 || panels >= core::parts_of_a_thread * useful);
    const std::int64_t fewest_rows = (worth_a_panel + g_.dst[2] - 1) / g_.dst[2];
    panels_ = MatmulParts(panels, 1, share_panels ? WorkspaceSlots::parts_for(useful) : 1);
    rows_ = MatmulParts(rows, fewest_rows, share_panels ? 1 : WorkspaceSlots::parts_for(useful));
    rooms_ = WorkspaceSlots::rooms_for(parts(), useful);
    packs_ = columns_ < g_.out || epilogue_.scale;
    items_outside_ = g_.dst_pixels() >= worth_a_panel;
    panel_floats_ = packs_ ? whole_vectors(g_.taps() * g_.in * columns_) : 0;
    const std::int64_t most_rows = std::min(g_.dst[1], rows_.each);
    padded_floats_ = pads(g_) ? whole_vectors(source_rows(most_rows) * padded_row()) : 0;
  }

  std::size_t workspace_bytes() const noexcept override {
    return WorkspaceSlots::bytes + static_cast<std::size_t>(rooms_ * room_floats()) * sizeof(float);
  }

  void run(const graph::KernelArguments& arguments) const override {
    WorkspaceSlots slots(arguments.workspace);
    auto* const rooms = reinterpret_cast<float*>(arguments.workspace + WorkspaceSlots::bytes);
    arguments.parallel(parts(), 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t part = first; part < last; ++part)
        slots.with_room([&](std::int64_t number) { run_part(arguments, part, rooms + number * room_floats()); });
    });
  }

 private:
  /// Rows of x, or of a copy with padding, that some rows of y see, which are those of one item.
  struct Image {
    std::int64_t first;  ///< of y's
    std::int64_t last;
    const float* pixels;
    std::int64_t row;  ///< from one of x's to the next
  };

  std::int64_t parts() const noexcept { return std::int64_t{panels_.parts} * rows_.parts; }
  std::int64_t room_floats() const noexcept { return panel_floats_ + padded_floats_; }
  std::int64_t padded_row() const noexcept { return (g_.before[2] + g_.src[2] + g_.after[2]) * g_.in; }
  /// Rows that so many rows of y see.
  std::int64_t source_rows(std::int64_t rows) const noexcept {
    return (rows - 1) * g_.stride[1] + (g_.kernel[1] - 1) * g_.dilation[1] + 1;
  }

  void run_part(const graph::KernelArguments& arguments, std::int64_t part, float* panel) const noexcept {
    const std::int64_t first = rows_.first(part / panels_.parts);
    const std::int64_t last = rows_.last(part / panels_.parts);
    const std::int64_t first_panel = panels_.first(part % panels_.parts);
    const std::int64_t last_panel = panels_.last(part % panels_.parts);
    if (items_outside_) {
      for (std::int64_t row = first; row < last;) {
        const Image image = image_of(arguments, row, last, panel + panel_floats_);
        for (std::int64_t i = first_panel; i < last_panel; ++i) run_rows(image, job_of(arguments, i, panel));
        row = image.last;
      }
    } else {
      for (std::int64_t i = first_panel; i < last_panel; ++i) {
        const SmallMatmul job = job_of(arguments, i, panel);
        for (std::int64_t row = first; row < last;) {
          const Image image = image_of(arguments, row, last, panel + panel_floats_);
          run_rows(image, job);
          row = image.last;
        }
      }
    }
  }

  void run_rows(const Image& image, SmallMatmul job) const noexcept {
    const std::int64_t row = g_.dst[2] * g_.out;
    const float* x = image.pixels;
    job.a_run = g_.dilation[1] * image.row;
    job.c += image.first * row;
    for (std::int64_t i = image.first; i < image.last; ++i) {
      job.a = x;
      multiply(job);
      if (activation_ != nullptr) activate_row(job);
      x += g_.stride[1] * image.row;
      job.c += row;
    }
  }

  void multiply(const SmallMatmul& job) const noexcept {
    if (g_.out > 1) return loops_.product(job);
    // A single column would leave a vector of columns empty: the kernel times each window.
    loops_.dots({.m = 1,
                 .n = job.m,
                 .k = job.k,
                 .runs = job.runs,
                 .a_run = job.k,
                 .a = job.b,
                 .b = job.a,
                 .b_row = job.a_row,
                 .b_run = job.a_run,
                 .c = job.c,
                 .bias = job.bias,
                 .scalar_bias = true,
                 .relu = job.relu});
  }

  void activate_row(const SmallMatmul& job) const noexcept {
    const bool is_dense = job.n == job.c_row;
    const std::int64_t pieces = is_dense ? 1 : job.m;
    for (std::int64_t i = 0; i < pieces; ++i) {
      float* const c = job.c + i * job.c_row;
      activation_(c, c, nullptr, nullptr, is_dense ? job.m * job.n : job.n);
    }
  }

  /// Of the first row of y, but for the place of a. Brings the panel together.
  SmallMatmul job_of(const graph::KernelArguments& arguments, std::int64_t number, float* panel) const noexcept {
    const std::int64_t column = number * columns_;
    SmallMatmul job;
    job.m = g_.dst[2];
    job.n = std::min(columns_, g_.out - column);
    job.k = g_.kernel[2] * g_.in;
    job.runs = g_.kernel[1];
    job.a_row = g_.stride[2] * g_.in;
    job.b = arguments.input<float>(1) + column;
    job.b_row = g_.out;
    job.c = arguments.output<float>() + column;
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

  /// What rows of y from `first` see, up to `last` or to the end of the item.
  Image image_of(const graph::KernelArguments& arguments, std::int64_t first, std::int64_t last,
                 float* padded) const noexcept {
    const std::int64_t item = first / g_.dst[1];
    const std::int64_t row = g_.src[2] * g_.in;
    const std::int64_t first_seen = first % g_.dst[1] * g_.stride[1] - g_.before[1];
    const float* const x = arguments.input<float>(0) + item * g_.src[1] * row;
    Image image{first, std::min(last, (item + 1) * g_.dst[1]), nullptr, row};
    if (padded_floats_ == 0) {
      image.pixels = x + first_seen * row;
      return image;
    }
    const std::int64_t before = g_.before[2] * g_.in;
    float* to = padded;
    for (std::int64_t i = 0; i < source_rows(image.last - image.first); ++i, to += padded_row()) {
      const std::int64_t at = first_seen + i;
      std::fill(to, to + padded_row(), 0.0f);
      if (at >= 0 && at < g_.src[1])
        std::memcpy(to + before, x + at * row, static_cast<std::size_t>(row) * sizeof(float));
    }
    image.pixels = padded;
    image.row = padded_row();
    return image;
  }

  ConvGeometry g_;
  ConvEpilogue epilogue_;
  Loop activation_;
  const SmallMatmulLoops& loops_ = small_matmul_loops();
  std::int64_t columns_;  ///< of a panel
  bool packs_ = false;
  bool items_outside_ = false;  ///< of the loop over panels
  MatmulParts panels_;
  MatmulParts rows_;  ///< of the whole batch
  std::int64_t rooms_ = 1;
  std::int64_t panel_floats_ = 0;
  std::int64_t padded_floats_ = 0;
};

}  // namespace

bool prefers_direct_conv(const ConvGeometry& g, const ConvEpilogue& epilogue) noexcept {
  const bool is_plain = epilogue.activation == Activation::none || epilogue.activation == Activation::relu;
  if (!is_plain && loop_of(epilogue.activation) == nullptr) return false;
  const bool is_flat = g.src[0] == 1 && g.dst[0] == 1 && g.kernel[0] == 1;
  const bool has_runs = g.dilation[2] == 1 || g.kernel[2] == 1;
  if (g.groups != 1 || !is_flat || !has_runs || g.src_pixels() * g.in > largest_image) return false;
  const std::int64_t window = g.taps() * g.in;
  if (window < shortest_window || window > longest_window) return false;
  if (g.batch * g.dst_pixels() <= few_places) return true;
  const bool suits_onednn = g.taps() == 1 || g.stride != Extent{1, 1, 1};
  return core::cpu_level() != core::CpuLevel::avx512 && !suits_onednn;
}

graph::KernelPtr direct_conv_kernel(const graph::KernelRequest& request, const ConvGeometry& geometry,
                                    const ConvEpilogue& epilogue) {
  return graph::make_kernel<DirectConv>(request, geometry, epilogue, request.threads);
}

}  // namespace keratin::inline v0::kernels

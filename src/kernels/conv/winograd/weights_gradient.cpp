#include <algorithm>

#include "core/rounded_up.h"
#include "kernels/conv/winograd/block.h"
#include "kernels/conv/winograd/images.h"
#include "kernels/conv/winograd/kernels.h"
#include "kernels/matmul_parts.h"
#include "kernels/small_matmul.h"

namespace keratin::inline v0::kernels {
namespace {

/// Of a block: with fewer the sums are read and written more often.
constexpr std::int64_t most_tiles = 96;

/// Its workspace, of each part: sixteen sums [in, out] over its tiles, the matrices of x and of y's gradient, of which
/// columns lie together as the loops for products take them, and a pixel of zeros.
class WinogradWeightsGradient final : public graph::Kernel {
 public:
  WinogradWeightsGradient(const ConvGeometry& g, int threads)
      : in_(g.in),
        out_(g.out),
        tiles_(WinogradTiles::of_result(g)),
        block_(tiles_, most_tiles, g.in + g.out),
        parts_(tiles_.count(), 1, g.operations() >= 1e6 ? threads : 1),
        matrix_(core::rounded_up<std::int64_t>(in_ * out_, 16)) {
    part_floats_ = 16 * matrix_ + block_.floats(in_) + block_.floats(out_) +
                   core::rounded_up<std::int64_t>(std::max(in_, out_), 16);
  }

  std::size_t workspace_bytes() const noexcept override {
    return static_cast<std::size_t>(parts_.parts * part_floats_) * sizeof(float);
  }

  void run(const graph::KernelArguments& arguments) const override {
    arguments.parallel(parts_.parts, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t part = first; part < last; ++part)
        for (std::int64_t tile = parts_.first(part); tile < parts_.last(part); tile += block_.tiles)
          run_block(arguments, tile, std::min(parts_.last(part), tile + block_.tiles), part);
    });
    arguments.parallel(in_, std::max<std::int64_t>(1, (1 << 12) / out_), [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t row = first; row < last; ++row) finish_row(arguments, row);
    });
  }

 private:
  float* sums(const graph::KernelArguments& arguments, std::int64_t part) const noexcept {
    return reinterpret_cast<float*>(arguments.workspace) + part * part_floats_;
  }

  void run_block(const graph::KernelArguments& arguments, std::int64_t first, std::int64_t last,
                 std::int64_t part) const noexcept {
    float* const to = sums(arguments, part);
    float* const room = to + 16 * matrix_;
    float* const zeros = room + block_.floats(in_) + block_.floats(out_);
    std::fill(zeros, zeros + std::max(in_, out_), 0.0f);
    const std::int64_t count = last - first;
    const WinogradMatrices x = block_.matrices(room, in_, loops_.columns, count);
    const WinogradMatrices dy = block_.matrices(room + block_.floats(in_), out_, loops_.columns, count);
    read_winograd_tiles(tiles_, arguments.input<float>(0), first, last, zeros, x);
    read_winograd_gradient(tiles_, arguments.input<float>(1), first, last, zeros, dy);
    const std::int64_t next = std::min(last + block_.tiles, parts_.last(part));
    const WinogradSpan next_x = winograd_span_seen(tiles_, last, next);
    const WinogradSpan next_dy = winograd_span_of_results(tiles_, last, next);
    for (int i = 0; i < 16; ++i) {
      next_x.prefetch(arguments.input<float>(0), i);
      next_dy.prefetch(arguments.input<float>(1), i);
      multiply(x.first + i * x.matrix, dy.first + i * dy.matrix, count, to + i * matrix_, first > parts_.first(part));
    }
  }

  /// sums (+)= xᵀ·dy over `count` tiles.
  void multiply(const float* x, const float* dy, std::int64_t count, float* sums, bool adds) const noexcept {
    SmallMatmul job{.k = count, .a_row = 1, .c_row = out_, .adds = adds};
    for (std::int64_t row = 0; row < in_; row += job.m) {
      job.m = std::min<std::int64_t>(loops_.columns, in_ - row);
      job.a = x + row * count;
      job.a_column = job.m;
      for (std::int64_t column = 0; column < out_; column += job.n) {
        job.n = std::min<std::int64_t>(loops_.columns, out_ - column);
        job.b = dy + column * count;
        job.b_row = job.n;
        job.c = sums + row * out_ + column;
        loops_.product(job);
      }
    }
  }

  /// Adds the other parts' sums of a row to the first part's, and makes the gradient of them.
  void finish_row(const graph::KernelArguments& arguments, std::int64_t row) const noexcept {
    float* const total = sums(arguments, 0) + row * out_;
    for (std::int64_t part = 1; part < parts_.parts; ++part) {
      const float* const other = sums(arguments, part) + row * out_;
      for (int i = 0; i < 16; ++i)
        for (std::int64_t column = 0; column < out_; ++column)
          total[i * matrix_ + column] += other[i * matrix_ + column];
    }
    winograd_transforms().weights_gradient(total, matrix_, out_, arguments.output<float>() + row * out_, in_ * out_);
  }

  std::int64_t in_;
  std::int64_t out_;
  WinogradTiles tiles_;
  WinogradBlock block_;
  MatmulParts parts_;    ///< of the tiles
  std::int64_t matrix_;  ///< from one of the sums to the next
  const SmallMatmulLoops& loops_ = small_matmul_loops();
  std::int64_t part_floats_ = 0;
};

}  // namespace

graph::KernelPtr winograd_weights_gradient_kernel(const graph::KernelRequest& request, const ConvGeometry& geometry) {
  return graph::make_kernel<WinogradWeightsGradient>(request, geometry, request.threads);
}

}  // namespace keratin::inline v0::kernels

#include <algorithm>

#include "core/rounded_up.h"
#include "kernels/conv/winograd/block.h"
#include "kernels/conv/winograd/images.h"
#include "kernels/conv/winograd/kernels.h"
#include "kernels/conv/winograd/weights.h"
#include "kernels/matmul_parts.h"
#include "kernels/small_matmul.h"
#include "kernels/workspace_slots.h"

namespace keratin::inline v0::kernels {
namespace {

/// Weights that one thread transforms sooner than another is awake.
constexpr std::int64_t few_weights = 1 << 12;
/// Of a block: more of them leave the nearest cache, for no gain.
constexpr std::int64_t most_tiles = 48;
/// Of a part: with fewer the products' loops are short.
constexpr std::int64_t fewest_tiles = most_tiles / 2;

/// Its workspace: which rooms are taken, and the transformed weights; then in each room the matrices of what its tiles
/// see and of their results, where the weights' transform has its room before, a pixel of zeros and one that is written
/// in vain.
class WinogradValues final : public graph::Kernel {
 public:
  WinogradValues(const ConvGeometry& g, ConvDirection direction, const ConvEpilogue& epilogue, int threads)
      : epilogue_(epilogue),
        weights_(g, direction == ConvDirection::data_gradient),
        tiles_(direction == ConvDirection::forward ? WinogradTiles::of_result(g) : WinogradTiles::of_source(g)),
        block_(tiles_, most_tiles, g.in + g.out),
        threads_(g.operations() >= 1e6 ? threads : 1),
        parts_(tiles_.count(), fewest_tiles, WorkspaceSlots::parts_for(threads_)),
        rooms_(WorkspaceSlots::rooms_for(parts_.parts, threads_)),
        pieces_(weights_.pieces(), 1, g.in * g.out > few_weights ? static_cast<int>(rooms_) : 1) {
    matrices_floats_ = std::max(block_.floats(g.in) + block_.floats(g.out),
                                core::rounded_up<std::int64_t>(weights_.scratch_floats(), 16));
    pixel_floats_ = core::rounded_up<std::int64_t>(std::max(g.in, g.out), 16);
    room_floats_ = matrices_floats_ + 2 * pixel_floats_;
  }

  std::size_t workspace_bytes() const noexcept override {
    return WorkspaceSlots::bytes + static_cast<std::size_t>(weights_.floats() + rooms_ * room_floats_) * sizeof(float);
  }

  void run(const graph::KernelArguments& arguments) const override {
    const float* const scale = epilogue_.scale ? arguments.input<float>(3) : nullptr;
    arguments.parallel(pieces_.parts, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t part = first; part < last; ++part)
        weights_.transform(arguments.input<float>(1), scale, pieces_.first(part), pieces_.last(part),
                           room(arguments, part), weights(arguments));
    });
    WorkspaceSlots slots(arguments.workspace);
    arguments.parallel(parts_.parts, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t part = first; part < last; ++part)
        slots.with_room([&](std::int64_t number) { run_part(arguments, part, room(arguments, number)); });
    });
  }

 private:
  float* weights(const graph::KernelArguments& arguments) const noexcept {
    return reinterpret_cast<float*>(arguments.workspace + WorkspaceSlots::bytes);
  }
  float* room(const graph::KernelArguments& arguments, std::int64_t number) const noexcept {
    return weights(arguments) + weights_.floats() + number * room_floats_;
  }

  void run_part(const graph::KernelArguments& arguments, std::int64_t part, float* room) const noexcept {
    const std::int64_t end = parts_.last(part);
    for (std::int64_t tile = parts_.first(part); tile < end; tile += block_.tiles)
      run_block(arguments, tile, std::min(end, tile + block_.tiles), end, room);
  }

  /// Tiles [first, last) of a part that ends with `end`.
  void run_block(const graph::KernelArguments& arguments, std::int64_t first, std::int64_t last, std::int64_t end,
                 float* room) const noexcept {
    const WinogradMatrices seen = block_.matrices(room, weights_.rows(), weights_.rows(), last - first);
    const WinogradMatrices results =
        block_.matrices(room + block_.floats(weights_.rows()), weights_.columns(), weights_.columns(), last - first);
    float* const zeros = room + matrices_floats_;
    std::fill(zeros, zeros + pixel_floats_, 0.0f);
    read_winograd_tiles(tiles_, arguments.input<float>(0), first, last, zeros, seen);
    const WinogradSpan read_next = winograd_span_seen(tiles_, last, std::min(last + block_.tiles, end));
    const WinogradSpan written_next = winograd_span_of_results(tiles_, first, last);
    for (int i = 0; i < 16; ++i) {
      read_next.prefetch(arguments.input<float>(0), i);
      written_next.prefetch(arguments.output<float>(), i);
      multiply(weights(arguments) + i * weights_.matrix(), seen.first + i * seen.matrix, last - first,
               results.first + i * results.matrix);
    }
    const WinogradEpilogue epilogue{epilogue_.bias ? arguments.input<float>(2) : nullptr,
                                    epilogue_.activation == Activation::relu};
    write_winograd_tiles(tiles_, results, epilogue, first, last, zeros + pixel_floats_, arguments.output<float>());
  }

  void multiply(const float* weights, const float* seen, std::int64_t count, float* results) const noexcept {
    SmallMatmul job{.m = count, .k = weights_.rows(), .a = seen, .a_row = weights_.rows(), .c_row = weights_.columns()};
    for (std::int64_t column = 0; column < weights_.columns(); column += weights_.panel()) {
      job.n = std::min(weights_.panel(), weights_.columns() - column);
      job.b = weights + column * weights_.rows();
      job.b_row = job.n;
      job.c = results + column;
      loops_.product(job);
    }
  }

  ConvEpilogue epilogue_;
  WinogradWeights weights_;
  WinogradTiles tiles_;
  WinogradBlock block_;
  int threads_;
  MatmulParts parts_;  ///< of the tiles
  std::int64_t rooms_;
  MatmulParts pieces_;  ///< of the weights
  const SmallMatmulLoops& loops_ = small_matmul_loops();
  std::int64_t matrices_floats_ = 0;
  std::int64_t pixel_floats_ = 0;
  std::int64_t room_floats_ = 0;
};

}  // namespace

graph::KernelPtr winograd_values_kernel(const graph::KernelRequest& request, const ConvGeometry& geometry,
                                        ConvDirection direction, const ConvEpilogue& epilogue) {
  return graph::make_kernel<WinogradValues>(request, geometry, direction, epilogue, request.threads);
}

}  // namespace keratin::inline v0::kernels

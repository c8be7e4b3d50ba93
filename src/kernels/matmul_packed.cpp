#include "kernels/matmul_packed.h"

#include <algorithm>

#include "core/cpu.h"
#include "core/parts_of_a_thread.h"
#include "core/rounded_up.h"
#include "graph/flag.h"
#include "kernels/matmul_parts.h"
#include "kernels/small_matmul.h"
#include "kernels/tall_product.h"

namespace keratin::inline v0::kernels {
namespace {

/// Summands at a time: panels of b with so many rows stay in a core's second cache.
constexpr std::int64_t most_k = 256;
/// Rows of a transposed a that lie copied at a time.
constexpr std::int64_t most_m = 96;
/// Columns of b that lie copied at a time, about.
constexpr std::int64_t usual_n = 512;
/// Rows or columns of a part, at least, if there are as many for each thread: each part reads the whole of b or a.
constexpr std::int64_t many = 256;
/// Columns of a part, at least; parts have rows of their own otherwise.
constexpr std::int64_t fewest_columns = 64;

/// `total` in the fewest pieces that are no longer than `most`; all but the last are as long as this.
std::int64_t piece_of(std::int64_t total, std::int64_t most) noexcept {
  const std::int64_t pieces = (total + most - 1) / most;
  return core::rounded_up<std::int64_t>((total + pieces - 1) / pieces, 8);
}

/// `total` in pieces of about `usual`: a short one at the end would have all of a's rows read once more.
std::int64_t usual_piece_of(std::int64_t total, std::int64_t usual) noexcept {
  const std::int64_t pieces = std::max<std::int64_t>(1, (total + usual / 2) / usual);
  return (total + pieces - 1) / pieces;
}

/// What a part has of an item: its own rows and columns.
struct PackedPart {
  std::int64_t first_m;
  std::int64_t last_m;
  std::int64_t first_n;
  std::int64_t last_n;
};

/// Some of a part's summands and columns of b.
struct PackedBlock {
  std::int64_t first_k;
  std::int64_t k;
  std::int64_t first_n;
  std::int64_t n;
};

/// A part copies some rows and columns of b into panels, as the loops read them, and multiplies all of its rows with
/// them. Only a transposed a is copied as well.
class PackedMatmul final : public graph::Kernel {
 public:
  /// `packed`: b comes as pack() leaves it.
  PackedMatmul(const MatmulGeometry& geometry, int threads, bool packed)
      : g_(geometry),
        packed_(packed),
        most_{piece_of(geometry.m, most_m), 0, piece_of(geometry.k, most_k)},
        items_(geometry.items, 1, 1),
        rows_(geometry.m, 1, 1),
        columns_(geometry.n, 1, 1) {
    const int useful = matmul_threads(g_, threads);
    const auto parts = [useful](std::int64_t total, std::int64_t fewest) {
      if (useful == 1) return 1;
      const std::int64_t for_each = std::clamp<std::int64_t>(total / (fewest * useful), 1, core::parts_of_a_thread);
      return static_cast<int>(for_each) * useful;
    };
    if (g_.items > 1) {
      items_ = MatmulParts(g_.items, 1, parts(g_.items, 1));
    } else if (g_.m >= many * useful || g_.n < fewest_columns * useful) {
      rows_ = MatmulParts(g_.m, loops_.rows, parts(g_.m, many));
    } else {
      columns_ = MatmulParts(g_.n, loops_.columns, parts(g_.n, many));
    }
    most_.n = core::rounded_up<std::int64_t>(usual_piece_of(columns_.each, usual_n), loops_.columns);
    a_floats_ = g_.transpose_a ? whole_lines(most_.m * most_.k) : 0;
    part_floats_ = a_floats_ + (packed_ ? 0 : whole_lines(most_.n * most_.k));
  }

  std::size_t workspace_bytes() const noexcept override {
    return static_cast<std::size_t>(parts() * part_floats_) * sizeof(float);
  }

  /// All panels of one b: those of some summands after one another, by columns. Which these are doesn't depend on a.
  void pack(const float* b, float* to) const noexcept {
    for (PackedBlock block{.first_k = 0, .k = 0, .first_n = 0, .n = g_.n}; block.first_k < g_.k;
         block.first_k += most_.k) {
      block.k = std::min(most_.k, g_.k - block.first_k);
      copy_panels(b, block, to + block.first_k * g_.n);
    }
  }

  void run(const graph::KernelArguments& arguments) const override {
    arguments.parallel(parts(), 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t part = first; part < last; ++part) run_part(arguments, part);
    });
  }

 private:
  /// Rows, columns and summands that are worked on at a time.
  struct Most {
    std::int64_t m;
    std::int64_t n;
    std::int64_t k;
  };
  static std::int64_t whole_lines(std::int64_t floats) noexcept { return core::rounded_up<std::int64_t>(floats, 16); }
  std::int64_t parts() const noexcept { return std::int64_t{items_.parts} * rows_.parts * columns_.parts; }

  void run_part(const graph::KernelArguments& arguments, std::int64_t part) const noexcept {
    float* const workspace = reinterpret_cast<float*>(arguments.workspace) + part * part_floats_;
    const std::int64_t items = items_.parts > 1 ? part : 0;
    const std::int64_t rows = rows_.parts > 1 ? part : 0;
    const std::int64_t columns = columns_.parts > 1 ? part : 0;
    for (std::int64_t item = items_.first(items); item < items_.last(items); ++item)
      run_item(arguments, g_.offsets(item),
               {rows_.first(rows), rows_.last(rows), columns_.first(columns), columns_.last(columns)}, workspace);
  }

  void run_item(const graph::KernelArguments& arguments, const MatmulGeometry::Offsets& at, const PackedPart& part,
                float* workspace) const noexcept {
    const float* const a = arguments.input<float>(0) + at.a;
    const float* const b = arguments.input<float>(1) + at.b;
    const float* const bias = g_.bias ? arguments.input<float>(2) : nullptr;
    float* const c = arguments.output<float>() + at.c;
    for (PackedBlock block{}; block.first_k < g_.k; block.first_k += most_.k) {
      block.k = std::min(most_.k, g_.k - block.first_k);
      for (block.first_n = part.first_n; block.first_n < part.last_n; block.first_n += most_.n) {
        block.n = std::min(most_.n, part.last_n - block.first_n);
        const float* const panels =
            packed_ ? b + block.first_k * g_.n + block.first_n * block.k : copied(b, block, workspace + a_floats_);
        for (std::int64_t m = part.first_m; m < part.last_m; m += most_.m) {
          SmallMatmul job = job_of(a, block, m, std::min(most_.m, part.last_m - m), workspace);
          if (block.first_k + block.k == g_.k) {
            job.bias = bias;
            job.relu = g_.activation == Activation::relu;
          }
          multiply(job, block, panels, c + m * g_.n);
        }
      }
    }
  }

  const float* copied(const float* b, const PackedBlock& block, float* to) const noexcept {
    copy_panels(b, block, to);
    return to;
  }

  /// Panels of as many columns as the loops take at a time; the last may have fewer.
  void copy_panels(const float* b, const PackedBlock& block, float* to) const noexcept {
    if (g_.transpose_b) {
      for (std::int64_t column = 0; column < block.n; column += loops_.columns)
        loops_.transpose(b + (block.first_n + column) * g_.k + block.first_k, g_.k, width_of(block, column), block.k,
                         to + column * block.k);
      return;
    }
    // A few rows at a time: panels lie so far apart that lines of many at once would push each other out of the cache.
    constexpr std::int64_t together = 8;
    for (std::int64_t first = 0; first < block.k; first += together)
      for (std::int64_t column = 0; column < block.n; column += loops_.columns) {
        const std::int64_t width = width_of(block, column);
        const float* const from = b + block.first_k * g_.n + block.first_n + column;
        for (std::int64_t k = first; k < std::min(first + together, block.k); ++k)
          copy_few(from + k * g_.n, width, to + column * block.k + k * width);
      }
  }
  std::int64_t width_of(const PackedBlock& block, std::int64_t column) const noexcept {
    return std::min<std::int64_t>(loops_.columns, block.n - column);
  }

  /// All but what belongs to a panel.
  SmallMatmul job_of(const float* a, const PackedBlock& block, std::int64_t first_m, std::int64_t m,
                     float* workspace) const noexcept {
    SmallMatmul job{.m = m, .k = block.k, .c_row = g_.n, .adds = block.first_k > 0};
    if (g_.transpose_a) {
      for (std::int64_t k = 0; k < block.k; ++k)
        copy_few(a + (block.first_k + k) * g_.m + first_m, m, workspace + k * m);
      job.a = workspace;
      job.a_row = 1;
      job.a_column = m;
    } else {
      job.a = a + first_m * g_.k + block.first_k;
      job.a_row = g_.k;
    }
    return job;
  }

  /// Few rows at a time, which are written from left to right: lines of c that are asked for one after another, and a
  /// panel ahead, are there when they are wanted. Panel by panel the processor would wait for each of many rows' lines.
  void multiply(const SmallMatmul& rows, const PackedBlock& block, const float* panels, float* c) const noexcept {
    SmallMatmul job = rows;
    const std::int64_t bands = (rows.m + loops_.rows - 1) / loops_.rows;
    for (std::int64_t band = 0; band < bands; ++band) {
      const std::int64_t first = rows.m * band / bands;
      job.m = rows.m * (band + 1) / bands - first;
      job.a = rows.a + first * rows.a_row;
      for (std::int64_t column = 0; column < block.n; column += loops_.columns) {
        job.n = width_of(block, column);
        job.b = panels + column * block.k;
        job.b_row = job.n;
        job.c = c + first * g_.n + block.first_n + column;
        if (rows.bias != nullptr) job.bias = rows.bias + block.first_n + column;
        if (column + loops_.columns < block.n) ask_for(job.c + loops_.columns, job.m);
        loops_.product(job);
      }
    }
  }

  /// Lines of c that are about to be written.
  void ask_for(const float* c, std::int64_t rows) const noexcept {
    constexpr std::int64_t line = 16;
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t i = 0; i < loops_.columns; i += line) __builtin_prefetch(c + row * g_.n + i, 1);
  }

  MatmulGeometry g_;
  bool packed_;
  const SmallMatmulLoops& loops_ = small_matmul_loops();
  Most most_;
  MatmulParts items_;
  MatmulParts rows_;
  MatmulParts columns_;
  std::int64_t a_floats_ = 0;
  std::int64_t part_floats_ = 0;
};

}  // namespace

bool prefers_packed_matmul(const MatmulGeometry& geometry) noexcept {
  if (geometry.activation != Activation::none && geometry.activation != Activation::relu) return false;
  return core::cpu_level() != core::CpuLevel::baseline;
}

graph::KernelPtr packed_matmul_kernel(const graph::KernelRequest& request, const MatmulGeometry& geometry) {
  return graph::make_kernel<PackedMatmul>(request, geometry, request.threads,
                                          graph::flag(request.attributes, "packed"));
}

void pack_matmul_operand(const MatmulGeometry& geometry, const float* b, float* to) {
  PackedMatmul(geometry, 1, false).pack(b, to);
}

}  // namespace keratin::inline v0::kernels

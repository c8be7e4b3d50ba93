#include <algorithm>
#include <array>
#include <span>
#include <type_traits>

#include "core/rounded_up.h"
#include "kernels/matmul_parts.h"
#include "kernels/recurrent/recurrent.h"
#include "kernels/recurrent/steps.h"
#include "kernels/tall_product.h"

namespace keratin::inline v0::kernels {
namespace {

/// Columns of the gradients that are multiplied alike. Those of all segments are numbered one after the other.
struct Segment {
  std::int64_t begin;   ///< number of its first column
  std::int64_t width;   ///< columns
  bool inner;           ///< from what stands for the last `units` columns
  std::int64_t column;  ///< of the results
  bool of_kernel;       ///< multiplied by x
  bool of_recurrent;    ///< multiplied by h
  std::int64_t gate;    ///< whose dropout h has
  std::int64_t end() const noexcept { return begin + width; }
};

/// The segments of a node: one, but for the columns that an inner gradient takes the place of, and the gates that have
/// states of their own.
struct Segments {
  std::array<Segment, 4> all{};
  std::size_t count = 0;

  Segments(const StepSizes& sizes, bool inner, bool drops, bool projects) noexcept {
    const std::int64_t u = sizes.units;
    const std::int64_t own = sizes.gates - (inner ? 1 : 0);
    const std::int64_t together = drops ? 1 : own;
    for (std::int64_t gate = 0; gate < own; gate += together) add(together * u, false, gate * u, projects, true, gate);
    if (!inner) return;
    if (projects) add(u, false, own * u, true, false, own);
    add(u, true, own * u, false, true, own);
  }
  std::span<const Segment> list() const noexcept { return {all.data(), count}; }
  std::int64_t columns() const noexcept { return count == 0 ? 0 : all[count - 1].end(); }

 private:
  void add(std::int64_t width, bool inner, std::int64_t column, bool of_kernel, bool of_recurrent,
           std::int64_t gate) noexcept {
    all[count] = {columns(), width, inner, column, of_kernel, of_recurrent, gate};
    ++count;
  }
};

/// Inputs: initial h, h after each step, the gradients of the projected inputs, what stands for the last `units`
/// columns of those, what h was multiplied by for each gate, and what the inputs were projected from. Outputs: the
/// gradient of the recurrent kernel; the sums over batch and steps of the gradients that it is made of; the gradient of
/// the kernel, and the sums of those gradients. Each gradient is read once. A task has some rows and some columns:
/// where results are small it is rows, and what tasks made is added up in their order.
template <class T>
class RecurrentKernelGradient final : public graph::Kernel {
 public:
  explicit RecurrentKernelGradient(const graph::KernelRequest& request)
      : sizes_(request, request.inputs[2].shape, request.inputs[0].shape[1]),
        inner_(request.attributes.get<bool>("inner")),
        drops_(request.attributes.get<bool>("drops")),
        features_(request.attributes.get<bool>("projects") ? request.inputs.back().shape[2] : 0),
        x_(request.inputs.size() - 1),
        segments_(sizes_, inner_, drops_, features_ > 0),
        rows_(rows(), 1, row_parts(request.threads)),
        columns_(segments_.columns(), 64, operations() < 1e6 ? 1 : request.threads / rows_.parts) {}

  std::size_t workspace_bytes() const noexcept override {
    return sums_bytes() + static_cast<std::size_t>(rows_.parts - 1) * results_bytes() +
           static_cast<std::size_t>(tasks()) * task_bytes();
  }

  void run(const graph::KernelArguments& arguments) const override {
    if (sizes_.units == 0) return;
    arguments.parallel(tasks(), 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t task = first; task < last; ++task) Task(*this, arguments, task).run();
    });
    for (std::int64_t part = 1; part < rows_.parts; ++part) add_up(arguments, part);
    for (const Segment& segment : segments_.list()) write_sums(arguments, segment);
  }

 private:
  /// Numbers of results up to which tasks of other rows may have their own.
  static constexpr std::int64_t few_results = 1 << 18;
  static constexpr int most_row_parts = 8;
  /// Gradients that stay in a core's own cache, together with as many rows of h or x and their results.
  static constexpr std::int64_t block_columns = 512;
  static constexpr std::int64_t block_rows = TallProduct::block_rows;
  static constexpr std::int64_t rows_ahead = 8;  ///< of those that are copied, for the memory

  struct Results {
    T* recurrent;  ///< [units, width]
    T* kernel;     ///< [features, width]
  };
  class Task;

  std::int64_t rows() const noexcept { return sizes_.batch * sizes_.steps; }
  std::int64_t tasks() const noexcept { return std::int64_t{rows_.parts} * columns_.parts; }
  std::int64_t results() const noexcept { return (sizes_.units + features_) * sizes_.width(); }
  double operations() const noexcept { return 2.0 * static_cast<double>(rows()) * static_cast<double>(results()); }
  int row_parts(int threads) const noexcept {
    if (operations() < 1e6 || results() > few_results || rows() < 2 * segments_.columns()) return 1;
    return std::min(threads, most_row_parts);
  }

  static std::size_t bytes(std::int64_t elements) noexcept {
    return core::rounded_up<std::size_t>(static_cast<std::size_t>(elements) * sizeof(T), 64);
  }
  std::size_t sums_bytes() const noexcept { return bytes(rows_.parts * segments_.columns()); }
  std::size_t results_bytes() const noexcept { return bytes(results()); }
  std::int64_t block_m() const noexcept { return std::min(std::max(sizes_.units, features_), TallProduct::block_m); }
  /// Each segment has panels of its own.
  std::int64_t panels_width() const noexcept {
    const std::int64_t width = small_matmul_loops().columns;
    return core::rounded_up(std::min(block_columns, columns_.each), width) +
           static_cast<std::int64_t>(segments_.count - 1) * width;
  }
  std::int64_t packed() const noexcept {
    return std::is_same_v<T, float> ? block_rows * (block_m() + panels_width()) : 0;
  }
  std::size_t task_bytes() const noexcept { return bytes(packed() + (drops_ ? sizes_.units : 0)); }

  T* sums(const graph::KernelArguments& arguments, std::int64_t row_part) const noexcept {
    return reinterpret_cast<T*>(arguments.workspace) + row_part * segments_.columns();
  }
  /// The outputs, or the workspace for tasks that have other rows than the first.
  Results results(const graph::KernelArguments& arguments, std::int64_t row_part) const noexcept {
    if (row_part == 0) return {arguments.output<T>(0), arguments.output<T>(2)};
    T* const own = reinterpret_cast<T*>(arguments.workspace + sums_bytes() +
                                        static_cast<std::size_t>(row_part - 1) * results_bytes());
    return {own, own + sizes_.units * sizes_.width()};
  }

  /// What a later part of the rows has made, to the outputs.
  void add_up(const graph::KernelArguments& arguments, std::int64_t part) const {
    const Results from = results(arguments, part);
    const Results to = results(arguments, 0);
    add_up(arguments, from.recurrent, to.recurrent, sizes_.units * sizes_.width());
    add_up(arguments, from.kernel, to.kernel, features_ * sizes_.width());
  }
  static void add_up(const graph::KernelArguments& arguments, const T* from, T* to, std::int64_t count) {
    arguments.parallel(count, 16384,
                       [&](std::int64_t first, std::int64_t last) { add_to(to + first, from + first, last - first); });
  }
  void write_sums(const graph::KernelArguments& arguments, const Segment& segment) const noexcept {
    T* const all = sums(arguments, 0) + segment.begin;
    for (std::int64_t part = 1; part < rows_.parts; ++part)
      add_to(all, sums(arguments, part) + segment.begin, segment.width);
    if (segment.of_recurrent) std::copy_n(all, segment.width, arguments.output<T>(1) + segment.column);
    if (segment.of_kernel && inner_) std::copy_n(all, segment.width, arguments.output<T>(3) + segment.column);
  }

  StepSizes sizes_;
  bool inner_;
  bool drops_;
  std::int64_t features_;  ///< 0: the gradient of the kernel isn't wanted
  std::size_t x_;          ///< input
  Segments segments_;
  MatmulParts rows_;
  MatmulParts columns_;
};

/// Some rows and columns.
template <class T>
class RecurrentKernelGradient<T>::Task {
 public:
  Task(const RecurrentKernelGradient& kernel, const graph::KernelArguments& arguments, std::int64_t number) noexcept
      : k_(kernel),
        arguments_(arguments),
        first_row_(k_.rows_.first(number / k_.columns_.parts)),
        last_row_(k_.rows_.last(number / k_.columns_.parts)),
        first_column_(k_.columns_.first(number % k_.columns_.parts)),
        last_column_(k_.columns_.last(number % k_.columns_.parts)),
        results_(k_.results(arguments, number / k_.columns_.parts)),
        sums_(k_.sums(arguments, number / k_.columns_.parts)),
        bands_(reinterpret_cast<T*>(arguments.workspace + k_.sums_bytes() +
                                    static_cast<std::size_t>(k_.rows_.parts - 1) * k_.results_bytes() +
                                    static_cast<std::size_t>(number) * k_.task_bytes())),
        dropped_(bands_ + k_.packed()) {}

  void run() const noexcept {
    std::fill(sums_ + first_column_, sums_ + last_column_, T{0});
    if (first_row_ == last_row_ || !std::is_same_v<T, float>) clear_results();
    for (std::int64_t column = first_column_; column < last_column_; column += block_columns)
      for (std::int64_t row = first_row_; row < last_row_; row += block_rows)
        add_block(row, std::min(row + block_rows, last_row_), column, std::min(column + block_columns, last_column_));
  }

 private:
  /// The part of a segment that lies in a block, and its panels.
  struct Piece {
    const Segment* segment;
    std::int64_t first;  ///< column of the segment
    std::int64_t count;
    T* panels;
  };
  struct Block {
    std::int64_t first_row;
    std::int64_t rows;
    bool adds;
    std::array<Piece, 4> pieces;
    std::size_t count;
  };

  void add_block(std::int64_t first_row, std::int64_t last_row, std::int64_t first_column,
                 std::int64_t last_column) const noexcept {
    Block block{first_row, last_row - first_row, first_row > first_row_, {}, 0};
    T* panels = bands_ + block_rows * k_.block_m();
    for (const Segment& segment : k_.segments_.list()) {
      const std::int64_t first = std::max(first_column, segment.begin) - segment.begin;
      const std::int64_t last = std::min(last_column, segment.end()) - segment.begin;
      if (first >= last) continue;
      block.pieces[block.count] = {&segment, first, last - first, panels};
      ++block.count;
      panels += core::rounded_up<std::int64_t>(last - first, small_matmul_loops().columns) * block_rows;
    }
    for (std::size_t i = 0; i < block.count; ++i) pack(block, block.pieces[i]);
    if (k_.features_ > 0)
      multiply(block, k_.features_, results_.kernel, &Segment::of_kernel, -1,
               [&](std::int64_t row) { return arguments_.input<T>(k_.x_) + row * k_.features_; });
    if (!k_.drops_)
      return multiply(block, k_.sizes_.units, results_.recurrent, &Segment::of_recurrent, -1,
                      [&](std::int64_t row) { return before(row); });
    for (std::int64_t gate = 0; gate < k_.sizes_.gates; ++gate)
      multiply(block, k_.sizes_.units, results_.recurrent, &Segment::of_recurrent, gate,
               [&](std::int64_t row) { return dropped(row, gate); });
  }

  const T* gradients(const Piece& piece, std::int64_t row) const noexcept {
    if (piece.segment->inner) return arguments_.input<T>(3) + row * k_.sizes_.units + piece.first;
    return arguments_.input<T>(2) + row * k_.sizes_.width() + piece.segment->column + piece.first;
  }

  /// Adds up a piece's columns, and copies it for multiply().
  void pack(const Block& block, const Piece& piece) const noexcept {
    T* const sums = sums_ + piece.segment->begin + piece.first;
    if constexpr (std::is_same_v<T, float>) {
      const std::int64_t ahead = rows_ahead * (piece.segment->inner ? k_.sizes_.units : k_.sizes_.width());
      TallProduct::copy_panels(
          [&](std::int64_t row, std::int64_t column, std::int64_t count, float* to) {
            const float* const from = gradients(piece, row) + column;
            __builtin_prefetch(from + ahead);
            copy_few(from, count, to);
          },
          {.n = piece.count, .first_row = block.first_row, .rows = block.rows}, piece.panels, sums);
    } else {
      for (std::int64_t i = 0; i < block.rows; ++i) add_to(sums, gradients(piece, block.first_row + i), piece.count);
    }
  }

  /// to[m, width] = (+) aᵀ · those pieces which are multiplied by it; a(row) is where a row of a begins.
  template <class A>
  void multiply(const Block& block, std::int64_t m, T* to, bool Segment::*which, std::int64_t gate,
                const A& a) const noexcept {
    const auto pieces = std::span(block.pieces).first(block.count);
    const auto is_wanted = [&](const Piece& piece) {
      return piece.segment->*which && (gate < 0 || piece.segment->gate == gate);
    };
    if (std::ranges::none_of(pieces, is_wanted)) return;
    if constexpr (std::is_same_v<T, float>) {
      TallProduct::Block part{.first_row = block.first_row, .rows = block.rows, .adds = block.adds};
      for (; part.first_m < m; part.first_m += TallProduct::block_m) {
        part.m = std::min(TallProduct::block_m, m - part.first_m);
        TallProduct::copy_bands(a, part, bands_);
        for (const Piece& piece : pieces) {
          if (!is_wanted(piece)) continue;
          part.n = piece.count;
          TallProduct::multiply(part, bands_, piece.panels, to + piece.segment->column + piece.first,
                                k_.sizes_.width());
        }
      }
    } else {
      for (std::int64_t row = block.first_row; row < block.first_row + block.rows; ++row) {
        const T* const factors = a(row);
        for (const Piece& piece : pieces)
          if (is_wanted(piece)) add_row(factors, m, gradients(piece, row), piece, to);
      }
    }
  }
  void add_row(const T* factors, std::int64_t m, const T* values, const Piece& piece, T* to) const noexcept {
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < piece.count; ++j)
        to[i * k_.sizes_.width() + piece.segment->column + piece.first + j] += factors[i] * values[j];
  }

  /// h before a step; rows are batch by batch.
  const T* before(std::int64_t row) const noexcept {
    const StepSizes& sizes = k_.sizes_;
    const std::int64_t item = row / sizes.steps;
    const std::int64_t time = row % sizes.steps;
    if (time == sizes.time(0)) return arguments_.input<T>(0) + item * sizes.units;
    return arguments_.input<T>(1) + (sizes.backwards ? row + 1 : row - 1) * sizes.units;
  }
  const T* dropped(std::int64_t row, std::int64_t gate) const noexcept {
    const std::int64_t u = k_.sizes_.units;
    const T* const dropout = arguments_.input<T>(k_.inner_ ? 4 : 3);
    kernels::multiply(before(row), dropout + row / k_.sizes_.steps * k_.sizes_.width() + gate * u, u, dropped_);
    return dropped_;
  }

  void clear_results() const noexcept {
    for (const Segment& segment : k_.segments_.list()) {
      const std::int64_t first = std::max(first_column_, segment.begin) - segment.begin;
      const std::int64_t last = std::min(last_column_, segment.end()) - segment.begin;
      if (first >= last) continue;
      if (segment.of_recurrent) clear(results_.recurrent, k_.sizes_.units, segment.column + first, last - first);
      if (segment.of_kernel) clear(results_.kernel, k_.features_, segment.column + first, last - first);
    }
  }
  void clear(T* to, std::int64_t m, std::int64_t column, std::int64_t count) const noexcept {
    for (std::int64_t i = 0; i < m; ++i) std::fill_n(to + i * k_.sizes_.width() + column, count, T{0});
  }

  const RecurrentKernelGradient& k_;
  const graph::KernelArguments& arguments_;
  std::int64_t first_row_;
  std::int64_t last_row_;
  std::int64_t first_column_;
  std::int64_t last_column_;
  Results results_;
  T* sums_;
  T* bands_;  ///< and the panels behind them
  T* dropped_;
};

}  // namespace

graph::KernelPtr recurrent_kernel_gradient_kernel(const graph::KernelRequest& request) {
  return recurrent_kernel<RecurrentKernelGradient>(request);
}

}  // namespace keratin::inline v0::kernels

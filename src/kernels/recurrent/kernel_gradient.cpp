#include <algorithm>
#include <type_traits>

#include "core/rounded_up.h"
#include "kernels/matmul_parts.h"
#include "kernels/recurrent/recurrent.h"
#include "kernels/recurrent/steps.h"
#include "kernels/tall_product.h"

namespace keratin::inline v0::kernels {
namespace {

/// Inputs: initial h, h after each step, the gradients of the projected inputs, what stands for the last `units`
/// columns of those, and what h was multiplied by for each gate. Outputs: the gradient of the recurrent kernel, and the
/// gradients' sums over batch and steps.
template <class T>
class RecurrentKernelGradient final : public graph::Kernel {
 public:
  explicit RecurrentKernelGradient(const graph::KernelRequest& request)
      : sizes_(request, request.inputs[2].shape, request.inputs[0].shape[1]),
        own_columns_(request.attributes.get<bool>("inner") ? sizes_.width() - sizes_.units : sizes_.width()),
        last_(request, request.attributes.get<bool>("inner") ? 4 : 3),
        parts_(sizes_.width(), 64, operations() < 1e6 ? 1 : request.threads) {}

  std::size_t workspace_bytes() const noexcept override {
    return static_cast<std::size_t>(parts_.parts) * workspace_of_part();
  }

  void run(const graph::KernelArguments& arguments) const override {
    if (sizes_.units == 0) return;
    arguments.parallel(parts_.parts, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t part = first; part < last; ++part)
        gates(arguments, part, parts_.first(part), parts_.last(part));
    });
  }

 private:
  double operations() const noexcept {
    return 2.0 * static_cast<double>(sizes_.batch * sizes_.steps) * static_cast<double>(sizes_.units) *
           static_cast<double>(sizes_.width());
  }

  TallProduct product_of(std::int64_t columns) const noexcept {
    return {sizes_.batch * sizes_.steps, sizes_.units, columns};
  }
  /// Bytes; the first part has no fewer columns than any other.
  std::size_t workspace_of_part() const noexcept {
    const std::size_t dropped = last_.drops ? static_cast<std::size_t>(sizes_.units) * sizeof(T) : 0;
    return core::rounded_up<std::size_t>(product_of(parts_.last(0)).floats() * sizeof(float) + dropped, 64);
  }

  /// Columns of several gates, of which each has states of its own if some are dropped.
  void gates(const graph::KernelArguments& arguments, std::int64_t part, std::int64_t first,
             std::int64_t last) const noexcept {
    std::byte* const workspace = arguments.workspace + static_cast<std::size_t>(part) * workspace_of_part();
    const T* const dropout = last_.template dropout<T>(arguments);
    if (dropout == nullptr)
      return columns(arguments, workspace, first, last, [&](std::int64_t row) { return before(arguments, row); });
    T* const dropped = reinterpret_cast<T*>(workspace + product_of(parts_.last(0)).floats() * sizeof(float));
    while (first < last) {
      const std::int64_t gate = first / sizes_.units;
      const std::int64_t end = std::min(last, (gate + 1) * sizes_.units);
      columns(arguments, workspace, first, end, [&](std::int64_t row) -> const T* {
        const T* const factors = dropout + row / sizes_.steps * sizes_.width() + gate * sizes_.units;
        multiply(before(arguments, row), factors, sizes_.units, dropped);
        return dropped;
      });
      first = end;
    }
  }

  /// h before a step; rows are batch by batch.
  const T* before(const graph::KernelArguments& arguments, std::int64_t row) const noexcept {
    const std::int64_t item = row / sizes_.steps;
    const std::int64_t time = row % sizes_.steps;
    if (time == sizes_.time(0)) return arguments.input<T>(0) + item * sizes_.units;
    return arguments.input<T>(1) + (sizes_.backwards ? row + 1 : row - 1) * sizes_.units;
  }

  static void copy(const T* from, std::int64_t count, T* to) noexcept {
    if constexpr (std::is_same_v<T, float>) {
      copy_few(from, count, to);
    } else {
      std::copy_n(from, count, to);
    }
  }
  void copy(const graph::KernelArguments& arguments, std::int64_t row, std::int64_t first, std::int64_t count,
            T* to) const noexcept {
    const T* const from = arguments.input<T>(2) + row * sizes_.width() + first;
    if (first + count <= own_columns_) return copy(from, count, to);
    const std::int64_t own = std::max<std::int64_t>(0, own_columns_ - first);
    copy(from, own, to);
    copy(arguments.input<T>(3) + row * sizes_.units + (first + own - own_columns_), count - own, to + own);
  }

  template <class A>
  void columns(const graph::KernelArguments& arguments, std::byte* workspace, std::int64_t first, std::int64_t last,
               const A& a) const noexcept {
    T* const to = arguments.output<T>(0) + first;
    T* const sums = arguments.output<T>(1) + first;
    const auto b = [&](std::int64_t row, std::int64_t column, std::int64_t count, T* copied) {
      copy(arguments, row, first + column, count, copied);
    };
    const std::int64_t rows = sizes_.batch * sizes_.steps;
    if constexpr (std::is_same_v<T, float>) {
      if (rows == 0) fill_zero(to, sums, last - first);
      product_of(last - first).run(a, b, reinterpret_cast<float*>(workspace), to, sizes_.width(), sums);
    } else {
      fill_zero(to, sums, last - first);
      constexpr std::int64_t some = 64;
      for (std::int64_t column = 0; column < last - first; column += some)
        add_rows(
            rows, std::min(some, last - first - column), a,
            [&](std::int64_t row, std::int64_t count, T* copied) { b(row, column, count, copied); }, to + column,
            sums + column);
    }
  }

  /// At most 64 columns.
  template <class A, class CopyB>
  void add_rows(std::int64_t rows, std::int64_t columns, const A& a, const CopyB& copy_b, T* to,
                T* sums) const noexcept {
    T values[64];
    for (std::int64_t row = 0; row < rows; ++row) {
      copy_b(row, columns, values);
      add_to(sums, values, columns);
      const T* const factors = a(row);
      for (std::int64_t i = 0; i < sizes_.units; ++i)
        for (std::int64_t j = 0; j < columns; ++j) to[i * sizes_.width() + j] += factors[i] * values[j];
    }
  }

  void fill_zero(T* to, T* sums, std::int64_t columns) const noexcept {
    std::fill(sums, sums + columns, T{0});
    for (std::int64_t i = 0; i < sizes_.units; ++i)
      std::fill(to + i * sizes_.width(), to + i * sizes_.width() + columns, T{0});
  }

  StepSizes sizes_;
  std::int64_t own_columns_;  ///< of the gradients of the projected inputs
  LastInputs last_;
  MatmulParts parts_;
};

}  // namespace

graph::KernelPtr recurrent_kernel_gradient_kernel(const graph::KernelRequest& request) {
  return recurrent_kernel<RecurrentKernelGradient>(request);
}

}  // namespace keratin::inline v0::kernels

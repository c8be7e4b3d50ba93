#include "kernels/indexing/ordering.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numeric>
#include <string>
#include <type_traits>

#include "core/element_convert.h"
#include "kernels/indexing/index_reader.h"
#include "kernels/indexing/scatter_add.h"
#include "kernels/indexing/slab.h"

namespace keratin::inline v0::kernels {
namespace {

using graph::KernelArguments;
using graph::KernelPtr;
using graph::KernelRequest;

/// Calls f(std::type_identity<T>{}) for dtypes whose elements have an order.
template <class F>
KernelPtr visit_ordered_type(DType dtype, F&& f) {
  return core::visit_element_type(dtype, [&]<class T>(std::type_identity<T> type) -> KernelPtr {
    if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::complex<float>>) {
      throw InternalError("No kernel orders elements of " + std::string(name_of(dtype)));
    } else {
      return f(type);
    }
  });
}

/// A strict order of row positions: by element, NaN last, then by position.
template <class T>
struct Before {
  const T* row;
  bool descending;  ///< no template's: sorts are large
  bool operator()(std::int32_t a, std::int32_t b) const noexcept {
    const auto x = core::as_arithmetic(row[a]);
    const auto y = core::as_arithmetic(row[b]);
    if (less(x, y)) return !descending;
    if (less(y, x)) return descending;
    return a < b;
  }

 private:
  template <class N>
  static bool less(N x, N y) noexcept {
    if constexpr (std::is_floating_point_v<N>) {
      return x < y || (std::isnan(y) && !std::isnan(x));
    } else {
      return x < y;
    }
  }
};

template <class T>
class ArgsortKernel final : public graph::Kernel {
 public:
  ArgsortKernel(std::int64_t rows, std::int64_t size, std::int64_t k, bool descending) noexcept
      : rows_(rows), size_(size), k_(k), descending_(descending) {}

  void run(const KernelArguments& arguments) const override {
    const T* const in = arguments.input<T>(0);
    auto* const out = arguments.output<std::int32_t>();
    const std::int64_t grain = std::max<std::int64_t>(1, 4096 / std::max<std::int64_t>(1, size_));
    arguments.parallel(rows_, grain, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t row = first; row < last; ++row) sort_row(in + row * size_, out + row * k_);
    });
  }

 private:
  /// Where not all are asked for, the output itself is the heap of the best so far: no memory is needed.
  void sort_row(const T* row, std::int32_t* out) const noexcept {
    const Before<T> before{row, descending_};
    std::iota(out, out + k_, 0);
    if (k_ == size_) return std::sort(out, out + k_, before);
    if (k_ == 0) return;
    std::make_heap(out, out + k_, before);
    for (std::int64_t i = k_; i < size_; ++i) {
      const auto candidate = static_cast<std::int32_t>(i);
      if (!before(candidate, out[0])) continue;
      std::pop_heap(out, out + k_, before);
      out[k_ - 1] = candidate;
      std::push_heap(out, out + k_, before);
    }
    std::sort_heap(out, out + k_, before);
  }

  std::int64_t rows_;
  std::int64_t size_;
  std::int64_t k_;
  bool descending_;
};

template <class T>
class InTopKKernel final : public graph::Kernel {
 public:
  InTopKKernel(std::int64_t rows, std::int64_t classes, std::int64_t k, DType indices) noexcept
      : rows_(rows), classes_(classes), k_(k), indices_(indices) {}

  void run(const KernelArguments& arguments) const override {
    const T* const predictions = arguments.input<T>(1);
    bool* const out = arguments.output<bool>();
    with_indices(indices_, arguments.inputs[0], [&](const auto* targets) {
      for (std::int64_t row = 0; row < rows_; ++row)
        out[row] = is_in(predictions + row * classes_, static_cast<std::int64_t>(targets[row]));
    });
  }

 private:
  bool is_in(const T* row, std::int64_t target) const noexcept {
    if (target < 0 || target >= classes_) return false;
    const auto value = core::as_arithmetic(row[target]);
    std::int64_t larger = 0;
    for (std::int64_t i = 0; i < classes_; ++i) {
      const auto other = core::as_arithmetic(row[i]);
      if constexpr (std::is_floating_point_v<decltype(core::as_arithmetic(T{}))>) {
        if (!std::isfinite(other)) return false;
      }
      larger += other > value ? 1 : 0;
    }
    return larger < k_;
  }

  std::int64_t rows_;
  std::int64_t classes_;
  std::int64_t k_;
  DType indices_;
};

template <class T>
class CumsumKernel final : public graph::Kernel {
 public:
  CumsumKernel(const Slab& slab, bool reverse) noexcept : slab_(slab), reverse_(reverse) {}

  void run(const KernelArguments& arguments) const override {
    const T* const in = arguments.input<T>(0);
    T* const out = arguments.output<T>();
    const std::int64_t grain = std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, slab_.size));
    arguments.parallel(slab_.outer * slab_.inner, grain, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t column = first; column < last; ++column) {
        const std::int64_t base = column / slab_.inner * slab_.size * slab_.inner + column % slab_.inner;
        Sum<T> sum{};
        for (std::int64_t j = 0; j < slab_.size; ++j) {
          const std::int64_t at = base + (reverse_ ? slab_.size - 1 - j : j) * slab_.inner;
          add_element(sum, in[at]);
          if constexpr (std::is_same_v<T, BFloat16>) {
            out[at] = core::to_bfloat16(sum);
          } else {
            out[at] = sum;
          }
        }
      }
    });
  }

 private:
  Slab slab_;
  bool reverse_;
};

}  // namespace

KernelPtr argsort_kernel(const KernelRequest& request) {
  const std::int64_t size = request.inputs[0].shape.back();
  const std::int64_t k = request.outputs[0].shape.back();
  std::int64_t rows = 1;
  for (const std::int64_t dim : request.inputs[0].shape.dims().first(request.inputs[0].shape.rank() - 1)) rows *= dim;
  const bool descending = request.attributes.get<bool>("descending");
  return visit_ordered_type(request.inputs[0].dtype, [&]<class T>(std::type_identity<T>) -> KernelPtr {
    return make_kernel<ArgsortKernel<T>>(request, rows, size, k, descending);
  });
}

KernelPtr in_top_k_kernel(const KernelRequest& request) {
  const std::int64_t rows = request.inputs[1].shape.front();
  const std::int64_t classes = request.inputs[1].shape.back();
  return visit_ordered_type(request.inputs[1].dtype, [&]<class T>(std::type_identity<T>) -> KernelPtr {
    return make_kernel<InTopKKernel<T>>(request, rows, classes, request.attributes.get<std::int64_t>("k"),
                                        request.inputs[0].dtype);
  });
}

KernelPtr cumsum_kernel(const KernelRequest& request) {
  const Slab slab = slab_around(request.inputs[0].shape, request.attributes.get<std::int64_t>("axis"));
  return visit_sum_type(request.inputs[0].dtype, [&]<class T>(std::type_identity<T>) -> KernelPtr {
    return make_kernel<CumsumKernel<T>>(request, slab, request.attributes.get<bool>("reverse"));
  });
}

}  // namespace keratin::inline v0::kernels

#include "kernels/indexing/ordering.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <type_traits>

#include "core/element_convert.h"
#include "kernels/indexing/index_reader.h"
#include "kernels/indexing/scatter_add.h"
#include "kernels/indexing/slab.h"
#include "kernels/workspace_slots.h"

namespace keratin::inline v0::kernels {
namespace {

using graph::KernelArguments;
using graph::KernelPtr;
using graph::KernelRequest;

/// An element of a row, to be sorted: by a number that has the element's place among all of its dtype, then by
/// position.
struct Entry {
  std::uint64_t key;
  std::int64_t position;
  friend bool operator<(const Entry& a, const Entry& b) noexcept {
    return a.key != b.key ? a.key < b.key : a.position < b.position;
  }
};

/// −0 is 0, and NaN is the largest of all.
template <class T>
std::uint64_t key_of(T element) noexcept {
  using Bits = std::uint64_t;
  constexpr Bits sign = Bits{1} << 63;
  if constexpr (std::is_integral_v<T>) {
    return std::is_signed_v<T> ? static_cast<Bits>(element) ^ sign : static_cast<Bits>(element);
  } else {
    const auto value = static_cast<double>(core::as_arithmetic(element));
    if (std::isnan(value)) return ~Bits{0};
    const auto bits = std::bit_cast<Bits>(value);
    return (bits & sign) != 0 ? sign - (bits & ~sign) : sign + bits;
  }
}

/// Elements first … last of a row as entries; keys are ^ flip.
template <class T>
void read_entries(const std::byte* row, std::int64_t first, std::int64_t last, std::uint64_t flip, Entry* to) noexcept {
  for (std::int64_t i = first; i < last; ++i) *to++ = {key_of(reinterpret_cast<const T*>(row)[i]) ^ flip, i};
}

template <class T>
bool is_in_top(const std::byte* elements, std::int64_t target, std::int64_t size, std::int64_t k) noexcept {
  const auto* const row = reinterpret_cast<const T*>(elements);
  const auto value = core::as_arithmetic(row[target]);
  std::int64_t larger = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    const auto other = core::as_arithmetic(row[i]);
    if constexpr (std::is_floating_point_v<decltype(core::as_arithmetic(T{}))>) {
      if (!std::isfinite(other)) return false;
    }
    larger += other > value ? 1 : 0;
  }
  return larger < k;
}

/// Rows along the last axis, and what depends on the elements' type.
struct OrderedRows {
  explicit OrderedRows(const graph::Spec& input)
      : size(input.shape.back()), bytes(size * static_cast<std::int64_t>(size_of(input.dtype))) {
    for (const std::int64_t dim : input.shape.dims().first(input.shape.rank() - 1)) count *= dim;
    core::visit_element_type(input.dtype, [&]<class T>(std::type_identity<T>) {
      if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::complex<float>>) {
        throw InternalError("No kernel orders elements of " + std::string(name_of(input.dtype)));
      } else {
        read = read_entries<T>;
        is_in = is_in_top<T>;
      }
    });
  }

  std::int64_t count = 1;
  std::int64_t size;
  std::int64_t bytes;  ///< of a row
  decltype(&read_entries<float>) read = nullptr;
  decltype(&is_in_top<float>) is_in = nullptr;
};

/// Parts of the rows that are worth a thread.
std::int64_t parts_of(const OrderedRows& rows, int threads) noexcept {
  constexpr std::int64_t work_grain = 4096;  // elements
  const std::int64_t most = std::min<std::int64_t>(rows.count, WorkspaceSlots::parts_for(threads));
  return std::max<std::int64_t>(1, std::min(most, rows.count * rows.size / work_grain));
}

class ArgsortKernel final : public graph::Kernel {
 public:
  ArgsortKernel(const OrderedRows& rows, std::int64_t k, bool descending, int threads) noexcept
      : rows_(rows),
        k_(k),
        flip_(descending ? ~std::uint64_t{0} : 0),
        parts_(parts_of(rows, threads)),
        rooms_(WorkspaceSlots::rooms_for(parts_, threads)) {}

  std::size_t workspace_bytes() const noexcept override {
    return WorkspaceSlots::bytes + static_cast<std::size_t>(rooms_ * k_) * sizeof(Entry);
  }

  void run(const KernelArguments& arguments) const override {
    WorkspaceSlots slots(arguments.workspace);
    auto* const rooms = reinterpret_cast<Entry*>(arguments.workspace + WorkspaceSlots::bytes);
    arguments.parallel(parts_, 1, [&](std::int64_t first, std::int64_t last) {
      slots.with_room([&](int room) {
        for (std::int64_t row = rows_.count * first / parts_; row < rows_.count * last / parts_; ++row)
          sort_row(arguments.inputs[0] + row * rows_.bytes, rooms + room * k_,
                   arguments.output<std::int32_t>() + row * k_);
      });
    });
  }

 private:
  /// Where not all are asked for, the room is a heap of the best so far.
  void sort_row(const std::byte* row, Entry* best, std::int32_t* out) const noexcept {
    if (k_ == 0) return;
    Entry* const end = best + k_;
    rows_.read(row, 0, k_, flip_, best);
    if (k_ == rows_.size) {
      std::sort(best, end);
    } else {
      std::make_heap(best, end);
      Entry block[64];
      for (std::int64_t at = k_; at < rows_.size; at += std::ssize(block)) {
        const std::int64_t count = std::min(rows_.size - at, std::ssize(block));
        rows_.read(row, at, at + count, flip_, block);
        for (const Entry& entry : std::span(block).first(static_cast<std::size_t>(count)))
          if (entry < best[0]) replace_worst(best, end, entry);
      }
      std::sort_heap(best, end);
    }
    for (std::int64_t i = 0; i < k_; ++i) out[i] = static_cast<std::int32_t>(best[i].position);
  }

  static void replace_worst(Entry* best, Entry* end, const Entry& entry) noexcept {
    std::pop_heap(best, end);
    end[-1] = entry;
    std::push_heap(best, end);
  }

  OrderedRows rows_;
  std::int64_t k_;
  std::uint64_t flip_;  ///< of keys, where the largest come first
  std::int64_t parts_;
  std::int64_t rooms_;
};

class InTopKKernel final : public graph::Kernel {
 public:
  InTopKKernel(const OrderedRows& rows, std::int64_t k, DType indices) noexcept
      : rows_(rows), k_(k), indices_(indices) {}

  void run(const KernelArguments& arguments) const override {
    bool* const out = arguments.output<bool>();
    with_indices(indices_, arguments.inputs[0], [&](const auto* targets) {
      for (std::int64_t row = 0; row < rows_.count; ++row) {
        const auto target = static_cast<std::int64_t>(targets[row]);
        out[row] = target >= 0 && target < rows_.size &&
                   rows_.is_in(arguments.inputs[1] + row * rows_.bytes, target, rows_.size, k_);
      }
    });
  }

 private:
  OrderedRows rows_;
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
  return make_kernel<ArgsortKernel>(request, OrderedRows(request.inputs[0]), request.outputs[0].shape.back(),
                                    request.attributes.get<bool>("descending"), request.threads);
}

KernelPtr in_top_k_kernel(const KernelRequest& request) {
  return make_kernel<InTopKKernel>(request, OrderedRows(request.inputs[1]), request.attributes.get<std::int64_t>("k"),
                                   request.inputs[0].dtype);
}

KernelPtr cumsum_kernel(const KernelRequest& request) {
  const Slab slab = slab_around(request.inputs[0].shape, request.attributes.get<std::int64_t>("axis"));
  return visit_sum_type(request.inputs[0].dtype, [&]<class T>(std::type_identity<T>) -> KernelPtr {
    return make_kernel<CumsumKernel<T>>(request, slab, request.attributes.get<bool>("reverse"));
  });
}

}  // namespace keratin::inline v0::kernels

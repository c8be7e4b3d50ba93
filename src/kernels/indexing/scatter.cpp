#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "kernels/indexing/index_reader.h"
#include "kernels/indexing/indexing.h"
#include "kernels/indexing/scatter_add.h"

namespace keratin::inline v0::kernels {
namespace {

using graph::KernelArguments;
using graph::KernelPtr;
using graph::KernelRequest;
using graph::Spec;

/// Positions in the first axes of a tensor, whose remaining axes are the entries.
class Positions {
 public:
  Positions(const Shape& whole, const Spec& indices) : dtype_(indices.dtype) {
    axes_ = indices.shape.back();
    for (std::int64_t i = 0; i < axes_; ++i) sizes_[static_cast<std::size_t>(i)] = whole[i];
    for (std::size_t i = 0; i < whole.rank(); ++i)
      (static_cast<std::int64_t>(i) < axes_ ? entries_ : entry_) *= whole.dims()[i];
    count_ = 1;
    for (std::size_t i = 0; i + 1 < indices.shape.rank(); ++i) count_ *= indices.shape.dims()[i];
  }

  std::int64_t count() const noexcept { return count_; }      ///< of positions
  std::int64_t entries() const noexcept { return entries_; }  ///< that the tensor has
  std::int64_t entry() const noexcept { return entry_; }      ///< elements of one

  /// Checks all positions, then calls f(entry_of), where entry_of(j) is the j-th position as a number of an entry.
  template <class F>
  void read(std::string_view op, const std::byte* indices, F&& f) const {
    with_indices(dtype_, indices, [&](const auto* index) {
      for (std::int64_t i = 0; i < axes_; ++i)
        check_indices(op, index + i, count_, axes_, sizes_[static_cast<std::size_t>(i)]);
      f([this, index](std::int64_t j) {
        std::int64_t entry = 0;
        for (std::int64_t i = 0; i < axes_; ++i) {
          const std::int64_t size = sizes_[static_cast<std::size_t>(i)];
          entry = entry * size + wrapped(index[j * axes_ + i], size);
        }
        return entry;
      });
    });
  }

 private:
  DType dtype_;
  std::int64_t axes_ = 0;
  std::array<std::int64_t, Shape::max_rank> sizes_{};
  std::int64_t entries_ = 1;
  std::int64_t entry_ = 1;
  std::int64_t count_ = 1;
};

class GatherKernel final : public graph::Kernel {
 public:
  GatherKernel(const Positions& positions, std::size_t element_bytes) noexcept
      : positions_(positions), block_(positions.entry() * static_cast<std::int64_t>(element_bytes)) {}

  void run(const KernelArguments& arguments) const override {
    const std::byte* const from = arguments.inputs[0];
    std::byte* const to = arguments.outputs[0];
    positions_.read("gather", arguments.inputs[1], [&](auto entry_of) {
      const std::int64_t grain = std::max<std::int64_t>(1, 65536 / std::max<std::int64_t>(1, block_));
      arguments.parallel(positions_.count(), grain, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t j = first; j < last; ++j)
          std::memcpy(to + j * block_, from + entry_of(j) * block_, static_cast<std::size_t>(block_));
      });
    });
  }

 private:
  Positions positions_;
  std::int64_t block_;
};

template <class T>
class ScatterKernel final : public graph::Kernel {
 public:
  explicit ScatterKernel(const Positions& positions) noexcept : positions_(positions) {}

  std::size_t workspace_bytes() const noexcept override {
    return sum_workspace<T>(positions_.entries() * positions_.entry());
  }
  void run(const KernelArguments& arguments) const override {
    positions_.read("scatter", arguments.inputs[0], [&](auto entry_of) {
      scatter_add({1, positions_.entries(), positions_.entry()}, positions_.count(), arguments.input<T>(1),
                  arguments.output<T>(), arguments.workspace, entry_of, arguments.parallel);
    });
  }

 private:
  Positions positions_;
};

class ScatterUpdateKernel final : public graph::Kernel {
 public:
  ScatterUpdateKernel(const Positions& positions, std::size_t element_bytes) noexcept
      : positions_(positions), block_(positions.entry() * static_cast<std::int64_t>(element_bytes)) {}

  void run(const KernelArguments& arguments) const override {
    std::byte* const to = arguments.outputs[0];
    const std::byte* const values = arguments.inputs[2];
    positions_.read("scatter_update", arguments.inputs[1], [&](auto entry_of) {
      if (to != arguments.inputs[0])
        std::memcpy(to, arguments.inputs[0], static_cast<std::size_t>(positions_.entries() * block_));
      for (std::int64_t j = 0; j < positions_.count(); ++j)
        std::memcpy(to + entry_of(j) * block_, values + j * block_, static_cast<std::size_t>(block_));
    });
  }

 private:
  Positions positions_;
  std::int64_t block_;
};

}  // namespace

KernelPtr gather_kernel(const KernelRequest& request) {
  return make_kernel<GatherKernel>(request, Positions(request.inputs[0].shape, request.inputs[1]),
                                   size_of(request.inputs[0].dtype));
}

KernelPtr scatter_kernel(const KernelRequest& request) {
  const Positions positions(request.outputs[0].shape, request.inputs[0]);
  return visit_sum_type(request.outputs[0].dtype, [&]<class T>(std::type_identity<T>) -> KernelPtr {
    return make_kernel<ScatterKernel<T>>(request, positions);
  });
}

KernelPtr scatter_update_kernel(const KernelRequest& request) {
  return make_kernel<ScatterUpdateKernel>(request, Positions(request.inputs[0].shape, request.inputs[1]),
                                          size_of(request.inputs[0].dtype));
}

}  // namespace keratin::inline v0::kernels

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "kernels/indexing/index_reader.h"
#include "kernels/indexing/indexing.h"
#include "kernels/indexing/scatter_add.h"
#include "kernels/indexing/slab.h"

namespace keratin::inline v0::kernels {
namespace {

using graph::KernelArguments;
using graph::KernelPtr;
using graph::KernelRequest;

/// How many indices there are along the axis; in take() for all of the outer elements, in take_along_axis() for each.
struct Indices {
  std::int64_t count;
  DType dtype;
};

class TakeKernel final : public graph::Kernel {
 public:
  TakeKernel(const Slab& slab, Indices indices, std::size_t element_bytes) noexcept
      : slab_(slab), indices_(indices), block_(slab.inner * static_cast<std::int64_t>(element_bytes)) {}

  void run(const KernelArguments& arguments) const override {
    const std::byte* const from = arguments.inputs[0];
    std::byte* const to = arguments.outputs[0];
    with_indices(indices_.dtype, arguments.inputs[1], [&](const auto* indices) {
      check_indices("take", indices, indices_.count, 1, slab_.size);
      const std::int64_t grain = std::max<std::int64_t>(1, 65536 / std::max<std::int64_t>(1, block_));
      arguments.parallel(slab_.outer * indices_.count, grain, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t unit = first; unit < last; ++unit) {
          const std::int64_t row =
              unit / indices_.count * slab_.size + wrapped(indices[unit % indices_.count], slab_.size);
          copy_block(from + row * block_, to + unit * block_);
        }
      });
    });
  }

 private:
  /// Blocks of one element are common (a vector's entries), and a call for each is slow.
  void copy_block(const std::byte* from, std::byte* to) const noexcept {
    if (block_ == 4) {
      std::memcpy(to, from, 4);
    } else {
      std::memcpy(to, from, static_cast<std::size_t>(block_));
    }
  }

  Slab slab_;
  Indices indices_;
  std::int64_t block_;
};

template <std::size_t bytes>
class TakeAlongAxisKernel final : public graph::Kernel {
 public:
  TakeAlongAxisKernel(const Slab& slab, Indices indices) noexcept : slab_(slab), indices_(indices) {}

  void run(const KernelArguments& arguments) const override {
    const std::byte* const from = arguments.inputs[0];
    std::byte* const to = arguments.outputs[0];
    with_indices(indices_.dtype, arguments.inputs[1], [&](const auto* indices) {
      const std::int64_t rows = slab_.outer * indices_.count;
      check_indices("take_along_axis", indices, rows * slab_.inner, 1, slab_.size);
      const std::int64_t grain = std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, slab_.inner));
      arguments.parallel(rows, grain, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t unit = first; unit < last; ++unit) {
          const std::int64_t base = unit / indices_.count * slab_.size;
          for (std::int64_t i = 0; i < slab_.inner; ++i) {
            const std::int64_t at = unit * slab_.inner + i;
            const std::int64_t source = (base + wrapped(indices[at], slab_.size)) * slab_.inner + i;
            std::memcpy(to + at * width, from + source * width, bytes);
          }
        }
      });
    });
  }

 private:
  static constexpr auto width = static_cast<std::int64_t>(bytes);
  Slab slab_;
  Indices indices_;
};

template <class T, bool along>
class TakeGradientKernel final : public graph::Kernel {
 public:
  TakeGradientKernel(const Slab& slab, Indices indices) noexcept : slab_(slab), indices_(indices) {}

  std::size_t workspace_bytes() const noexcept override {
    return sum_workspace<T>(slab_.outer * slab_.size * slab_.inner);
  }
  void run(const KernelArguments& arguments) const override {
    const Slab slab = slab_;
    const std::int64_t count = indices_.count;
    with_indices(indices_.dtype, arguments.inputs[1], [&](const auto* indices) {
      check_indices(along ? "take_along_axis" : "take", indices, along ? slab.outer * count * slab.inner : count, 1,
                    slab.size);
      const auto add = [&](auto row) {
        scatter_add(slab, count, arguments.input<T>(0), arguments.output<T>(), arguments.workspace, row,
                    arguments.parallel);
      };
      if constexpr (along) {
        add([=](std::int64_t outer, std::int64_t j, std::int64_t i) {
          return wrapped(indices[(outer * count + j) * slab.inner + i], slab.size);
        });
      } else {
        add([=](std::int64_t j) { return wrapped(indices[j], slab.size); });
      }
    });
  }

 private:
  Slab slab_;
  Indices indices_;
};

template <bool along>
KernelPtr take_gradient(const KernelRequest& request) {
  const std::int64_t axis = request.attributes.get<std::int64_t>("axis");
  const Slab slab = slab_around(request.outputs[0].shape, axis);
  const graph::Spec& indices = request.inputs[1];
  const std::int64_t count = along ? indices.shape[axis] : indices.elements();
  return visit_sum_type(request.outputs[0].dtype, [&]<class T>(std::type_identity<T>) -> KernelPtr {
    return make_kernel<TakeGradientKernel<T, along>>(request, slab, Indices{count, indices.dtype});
  });
}

}  // namespace

bool adds_in(DType dtype) noexcept {
  return dtype == float32 || dtype == float64 || dtype == bfloat16 || dtype == int32 || dtype == int64;
}

KernelPtr take_kernel(const KernelRequest& request) {
  const Slab slab = slab_around(request.inputs[0].shape, request.attributes.get<std::int64_t>("axis"));
  const graph::Spec& indices = request.inputs[1];
  return make_kernel<TakeKernel>(request, slab, Indices{indices.elements(), indices.dtype},
                                 size_of(request.inputs[0].dtype));
}

KernelPtr take_along_axis_kernel(const KernelRequest& request) {
  const std::int64_t axis = request.attributes.get<std::int64_t>("axis");
  const Slab slab = slab_around(request.inputs[0].shape, axis);
  const Indices indices{request.inputs[1].shape[axis], request.inputs[1].dtype};
  switch (size_of(request.inputs[0].dtype)) {
    case 1:
      return make_kernel<TakeAlongAxisKernel<1>>(request, slab, indices);
    case 2:
      return make_kernel<TakeAlongAxisKernel<2>>(request, slab, indices);
    case 4:
      return make_kernel<TakeAlongAxisKernel<4>>(request, slab, indices);
    default:
      return make_kernel<TakeAlongAxisKernel<8>>(request, slab, indices);
  }
}

KernelPtr take_gradient_kernel(const KernelRequest& request) { return take_gradient<false>(request); }

KernelPtr take_along_axis_gradient_kernel(const KernelRequest& request) { return take_gradient<true>(request); }

}  // namespace keratin::inline v0::kernels

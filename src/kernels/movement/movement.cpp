#include "kernels/movement/movement.h"

#include <array>
#include <cstring>
#include <memory_resource>
#include <type_traits>
#include <vector>

#include "core/element_convert.h"
#include "kernels/movement/slice_range.h"
#include "kernels/movement/strided_copy.h"

namespace keratin::inline v0::kernels {
namespace {

using graph::Ints;
using graph::KernelArguments;
using graph::KernelPtr;
using graph::KernelRequest;
using graph::Spec;

using Strides = std::array<std::int64_t, Shape::max_rank>;
using Axes = std::array<CopyAxis, Shape::max_rank>;

Strides row_major(const Shape& shape) noexcept {
  Strides strides{};
  std::int64_t stride = 1;
  for (std::size_t i = shape.rank(); i-- > 0;) {
    strides[i] = stride;
    stride *= shape.dims()[i];
  }
  return strides;
}

class CopyKernel final : public graph::Kernel {
 public:
  explicit CopyKernel(const StridedCopy& copy) noexcept : copy_(copy) {}
  void run(const KernelArguments& arguments) const override {
    copy_.run(arguments.inputs[0], arguments.outputs[0], arguments.parallel);
  }

 private:
  StridedCopy copy_;
};

/// Fills the output with one number, then copies input 0 into it.
class FillAndCopyKernel final : public graph::Kernel {
 public:
  FillAndCopyKernel(double value, const Spec& output, const StridedCopy& copy) : copy_(copy) {
    const std::array axes{CopyAxis{output.elements(), 0, 1}};
    fill_ = StridedCopy(axes, size_of(output.dtype));
    core::visit_element_type(output.dtype, [&]<class T>(std::type_identity<T>) {
      if constexpr (std::is_trivially_copyable_v<T>) {
        const T element = core::convert_element<T>(value);
        std::memcpy(element_.data(), &element, sizeof(T));
      }
    });
  }
  void run(const KernelArguments& arguments) const override {
    fill_.run(element_.data(), arguments.outputs[0], arguments.parallel);
    copy_.run(arguments.inputs[0], arguments.outputs[0], arguments.parallel);
  }

 private:
  StridedCopy copy_;
  StridedCopy fill_;
  alignas(8) std::array<std::byte, 8> element_{};
};

class ConcatenateKernel final : public graph::Kernel {
 public:
  explicit ConcatenateKernel(const KernelRequest& request) : parts_(request.memory) {
    const Shape& shape = request.outputs[0].shape;
    const auto axis = static_cast<std::size_t>(request.attributes.get<std::int64_t>("axis"));
    const std::int64_t stride = row_major(shape)[axis];
    const std::int64_t whole = stride * shape.dims()[axis];
    parts_.reserve(request.inputs.size());
    std::int64_t offset = 0;
    for (const Spec& input : request.inputs) {
      const std::int64_t part = stride * input.shape.dims()[axis];
      const std::int64_t outer = part == 0 ? 0 : input.elements() / part;
      parts_.emplace_back(std::array{CopyAxis{outer, part, whole}, CopyAxis{part, 1, 1}}, size_of(input.dtype), 0,
                          offset);
      offset += part;
    }
  }
  void run(const KernelArguments& arguments) const override {
    for (std::size_t i = 0; i < parts_.size(); ++i)
      parts_[i].run(arguments.inputs[i], arguments.outputs[0], arguments.parallel);
  }

 private:
  std::pmr::vector<StridedCopy> parts_;
};

class IotaKernel final : public graph::Kernel {
 public:
  explicit IotaKernel(std::int64_t count) noexcept : count_(count) {}
  void run(const KernelArguments& arguments) const override {
    auto* const out = arguments.output<std::int32_t>();
    for (std::int64_t i = 0; i < count_; ++i) out[i] = static_cast<std::int32_t>(i);
  }

 private:
  std::int64_t count_;
};

/// The copy between the whole and its slice; `reverse` copies from the slice into the whole.
StridedCopy slice_copy(const KernelRequest& request, const Spec& whole, bool reverse) {
  const Ints& start = request.attributes.get<Ints>("start");
  const Ints& stop = request.attributes.get<Ints>("stop");
  const Ints& step = request.attributes.get<Ints>("step");
  const Strides strides = row_major(whole.shape);
  const std::size_t rank = whole.shape.rank();
  Shape part = whole.shape;
  Axes axes;
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < rank; ++i) {
    const SliceRange range = resolve_slice(whole.shape.dims()[i], start[i], stop[i], step[i]);
    part[static_cast<std::int64_t>(i)] = range.count;
    offset += range.first * strides[i];
    axes[i].from = strides[i] * step[i];
  }
  const Strides part_strides = row_major(part);
  for (std::size_t i = 0; i < rank; ++i) {
    axes[i].size = part.dims()[i];
    axes[i].to = part_strides[i];
    if (reverse) std::swap(axes[i].from, axes[i].to);
  }
  return {std::span(axes.data(), rank), size_of(whole.dtype), reverse ? 0 : offset, reverse ? offset : 0};
}

}  // namespace

KernelPtr transpose_kernel(const KernelRequest& request) {
  const Spec& input = request.inputs[0];
  const Shape& shape = request.outputs[0].shape;
  const Ints& order = request.attributes.get<Ints>("axes");
  const Strides from = row_major(input.shape);
  const Strides to = row_major(shape);
  Axes axes;
  for (std::size_t i = 0; i < shape.rank(); ++i)
    axes[i] = {shape.dims()[i], from[static_cast<std::size_t>(order[i])], to[i]};
  return make_kernel<CopyKernel>(request, StridedCopy(std::span(axes.data(), shape.rank()), size_of(input.dtype)));
}

KernelPtr broadcast_kernel(const KernelRequest& request) {
  const Spec& input = request.inputs[0];
  const Shape& shape = request.outputs[0].shape;
  const Strides from = row_major(input.shape);
  const Strides to = row_major(shape);
  const std::size_t missing = shape.rank() - input.shape.rank();
  Axes axes;
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    const bool repeated = i < missing || input.shape.dims()[i - missing] == 1;
    axes[i] = {shape.dims()[i], repeated ? 0 : from[i - missing], to[i]};
  }
  return make_kernel<CopyKernel>(request, StridedCopy(std::span(axes.data(), shape.rank()), size_of(input.dtype)));
}

KernelPtr slice_kernel(const KernelRequest& request) {
  return make_kernel<CopyKernel>(request, slice_copy(request, request.inputs[0], false));
}

KernelPtr slice_gradient_kernel(const KernelRequest& request) {
  const Spec& output = request.outputs[0];
  return make_kernel<FillAndCopyKernel>(request, 0.0, output, slice_copy(request, output, true));
}

KernelPtr concatenate_kernel(const KernelRequest& request) { return make_kernel<ConcatenateKernel>(request, request); }

KernelPtr concatenate_part_kernel(const KernelRequest& request) {
  const auto axis = static_cast<std::size_t>(request.attributes.get<std::int64_t>("axis"));
  const Spec& whole = request.inputs[0];
  const Spec& output = request.outputs[0];
  const auto index = static_cast<std::size_t>(request.attributes.get<std::int64_t>("index"));
  std::int64_t before = 0;
  for (const Spec& part : request.inputs.subspan(1, index)) before += part.shape.dims()[axis];
  const std::int64_t stride = row_major(whole.shape)[axis];
  const std::int64_t part = stride * output.shape.dims()[axis];
  const std::int64_t outer = part == 0 ? 0 : output.elements() / part;
  const std::array axes{CopyAxis{outer, stride * whole.shape.dims()[axis], part}, CopyAxis{part, 1, 1}};
  return make_kernel<CopyKernel>(request, StridedCopy(axes, size_of(whole.dtype), before * stride));
}

KernelPtr pad_kernel(const KernelRequest& request) {
  const Spec& input = request.inputs[0];
  const Spec& output = request.outputs[0];
  const Ints& before = request.attributes.get<Ints>("before");
  const Strides from = row_major(input.shape);
  const Strides to = row_major(output.shape);
  Axes axes;
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < input.shape.rank(); ++i) {
    axes[i] = {input.shape.dims()[i], from[i], to[i]};
    offset += before[i] * to[i];
  }
  const StridedCopy copy(std::span(axes.data(), input.shape.rank()), size_of(input.dtype), 0, offset);
  return make_kernel<FillAndCopyKernel>(request, request.attributes.get<double>("value"), output, copy);
}

KernelPtr iota_kernel(const KernelRequest& request) {
  return make_kernel<IotaKernel>(request, request.outputs[0].elements());
}

}  // namespace keratin::inline v0::kernels

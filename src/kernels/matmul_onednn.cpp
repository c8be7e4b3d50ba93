#include "kernels/matmul_onednn.h"

#include <cstring>
#include <memory>

#include "core/rounded_up.h"
#include "kernels/matmul_parts.h"
#include "kernels/onednn/matmul.h"

namespace keratin::inline v0::kernels {
namespace {

/// A batch is cut by items, one product by rows: both leave each part's operands dense, as oneDNN's fastest kernels
/// want them. Only the rows of a transposed a are not; they are copied together, which costs 1/n of the product.
class OneDnnMatmul final : public graph::Kernel {
 public:
  OneDnnMatmul(const MatmulGeometry& geometry, DType operands, DType result, int threads)
      : geometry_(geometry),
        element_(static_cast<std::int64_t>(size_of(operands))),
        result_(static_cast<std::int64_t>(size_of(result))),
        by_items_(geometry.items > 1),
        parts_(parts_of(geometry, threads)) {
    const std::int64_t rows = by_items_ ? geometry.m : parts_.each;
    const std::int64_t last_rows = by_items_ ? rows : parts_.last(parts_.parts - 1) - parts_.first(parts_.parts - 1);
    const bool differs = last_rows != rows;
    product_ = make_product(rows, differs ? parts_.parts - 1 : parts_.parts);
    if (differs) last_product_ = make_product(last_rows, 1);
    packs_ = geometry.transpose_a && !by_items_ && parts_.parts > 1;
    packed_bytes_ = packs_ ? core::rounded_up<std::size_t>(bytes_of(rows * geometry.k), 64) : 0;
    const std::size_t scratchpad =
        std::max(product_->scratchpad_bytes(), differs ? last_product_->scratchpad_bytes() : 0);
    part_bytes_ = packed_bytes_ + core::rounded_up<std::size_t>(scratchpad, 64);
  }

  std::size_t workspace_bytes() const noexcept override { return part_bytes_ * static_cast<std::size_t>(parts_.parts); }

  void run(const graph::KernelArguments& arguments) const override {
    arguments.parallel(parts_.parts, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t part = first; part < last; ++part)
        by_items_ ? run_items(arguments, part) : run_rows(arguments, part);
    });
  }

 private:
  static MatmulParts parts_of(const MatmulGeometry& geometry, int threads) noexcept {
    const int useful = matmul_threads(geometry, threads);
    return geometry.items > 1 ? MatmulParts(geometry.items, 1, useful) : MatmulParts(geometry.m, 16, useful);
  }

  /// Of so many elements of an operand.
  std::size_t bytes_of(std::int64_t elements) const noexcept { return static_cast<std::size_t>(elements * element_); }

  std::unique_ptr<onednn::Matmul> make_product(std::int64_t rows, int slots) const {
    return std::make_unique<onednn::Matmul>(onednn::MatmulShape{.m = rows,
                                                                .n = geometry_.n,
                                                                .k = geometry_.k,
                                                                .transpose_a = geometry_.transpose_a,
                                                                .transpose_b = geometry_.transpose_b,
                                                                .bfloat16 = element_ == 2,
                                                                .bfloat16_result = result_ == 2,
                                                                .bias = geometry_.bias,
                                                                .activation = geometry_.activation},
                                            slots);
  }

  onednn::MatmulPointers pointers_of(const graph::KernelArguments& arguments, std::int64_t part) const noexcept {
    return {.a = arguments.inputs[0],
            .b = arguments.inputs[1],
            .bias = geometry_.bias ? arguments.input<float>(2) : nullptr,
            .c = arguments.outputs[0],
            .scratchpad = arguments.workspace + static_cast<std::size_t>(part) * part_bytes_ + packed_bytes_};
  }

  void run_items(const graph::KernelArguments& arguments, std::int64_t part) const {
    const onednn::MatmulPointers start = pointers_of(arguments, part);
    for (std::int64_t item = parts_.first(part); item < parts_.last(part); ++item) {
      const MatmulGeometry::Offsets at = geometry_.offsets(item);
      onednn::MatmulPointers pointers = start;
      pointers.a = arguments.inputs[0] + at.a * element_;
      pointers.b = arguments.inputs[1] + at.b * element_;
      pointers.c = arguments.outputs[0] + at.c * result_;
      product_->run(static_cast<int>(part), pointers);
    }
  }

  void run_rows(const graph::KernelArguments& arguments, std::int64_t part) const {
    const std::int64_t first = parts_.first(part);
    const std::int64_t rows = parts_.last(part) - first;
    onednn::MatmulPointers pointers = pointers_of(arguments, part);
    pointers.c = arguments.outputs[0] + first * geometry_.n * result_;
    if (packs_) {
      std::byte* const packed = arguments.workspace + static_cast<std::size_t>(part) * part_bytes_;
      for (std::int64_t k = 0; k < geometry_.k; ++k)
        std::memcpy(packed + k * rows * element_, arguments.inputs[0] + (k * geometry_.m + first) * element_,
                    bytes_of(rows));
      pointers.a = packed;
    } else if (!geometry_.transpose_a) {
      pointers.a = arguments.inputs[0] + first * geometry_.k * element_;
    }
    const bool last = last_product_ != nullptr && part == parts_.parts - 1;
    last ? last_product_->run(0, pointers) : product_->run(static_cast<int>(part), pointers);
  }

  MatmulGeometry geometry_;
  std::int64_t element_;  ///< bytes of an operand's
  std::int64_t result_;   ///< and of a result's
  bool by_items_;
  MatmulParts parts_;
  std::unique_ptr<onednn::Matmul> product_;
  std::unique_ptr<onednn::Matmul> last_product_;  ///< of the last part, where it has fewer rows
  bool packs_ = false;
  std::size_t packed_bytes_ = 0;
  std::size_t part_bytes_ = 0;
};

}  // namespace

graph::KernelPtr onednn_matmul_kernel(const graph::KernelRequest& request, const MatmulGeometry& geometry) {
  return graph::make_kernel<OneDnnMatmul>(request, geometry, request.inputs[0].dtype, request.outputs[0].dtype,
                                          request.threads);
}

}  // namespace keratin::inline v0::kernels

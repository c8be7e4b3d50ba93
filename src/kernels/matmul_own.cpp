#include "kernels/matmul_own.h"

#include <utility>

#include "core/cpu.h"
#include "kernels/matmul_parts.h"
#include "kernels/small_matmul.h"

namespace keratin::inline v0::kernels {
namespace {

/// Rows of a that make one pass over b cheaper than packing it.
constexpr std::int64_t few_rows = 16;

/// cᵀ = bᵀ·aᵀ where c is one column: a row is what the loops are good at.
MatmulGeometry turned(const MatmulGeometry& from) {
  if (from.n != 1 || from.m == 1) return from;
  MatmulGeometry to = from;
  std::swap(to.m, to.n);
  std::swap(to.a_step, to.b_step);
  to.transpose_a = false;
  to.transpose_b = !from.transpose_a;
  to.scalar_bias = true;
  return to;
}

class OwnMatmul final : public graph::Kernel {
 public:
  OwnMatmul(const MatmulGeometry& geometry, int threads)
      : geometry_(turned(geometry)), swapped_(geometry.n == 1 && geometry.m != 1) {
    const int useful = matmul_threads(geometry_, threads);
    dots_ = geometry_.m == 1 && geometry_.transpose_b;
    transposes_ = geometry_.transpose_b && !dots_;
    if (geometry_.items > 1) {
      way_ = Way::items;
      parts_ = MatmulParts(geometry_.items, 1, useful);
      return;
    }
    // Each part of columns transposes its own part of b. Of rows, all would need the whole.
    const bool columns =
        geometry_.m < std::int64_t{16} * useful || (transposes_ && geometry_.n >= std::int64_t{64} * useful);
    way_ = columns ? Way::columns : Way::rows;
    parts_ = columns ? MatmulParts(geometry_.n, 64, useful) : MatmulParts(geometry_.m, 8, useful);
  }

  std::size_t workspace_bytes() const noexcept override {
    if (!transposes_) return 0;
    const std::size_t each = matmul_buffer_bytes(geometry_.b_size());
    return way_ == Way::items ? each * static_cast<std::size_t>(parts_.parts) : each;
  }

  void run(const graph::KernelArguments& arguments) const override {
    if (geometry_.items == 0 || geometry_.m == 0 || geometry_.n == 0) return;
    const bool shared_transpose = transposes_ && way_ == Way::rows;
    if (shared_transpose) transpose(b_of(arguments), geometry_.n, workspace(arguments, 0));
    arguments.parallel(parts_.parts, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t part = first; part < last; ++part) run_part(arguments, part);
    });
  }

 private:
  enum class Way : std::uint8_t { items, rows, columns };

  const float* a_of(const graph::KernelArguments& arguments) const noexcept {
    return arguments.input<float>(swapped_ ? 1 : 0);
  }
  const float* b_of(const graph::KernelArguments& arguments) const noexcept {
    return arguments.input<float>(swapped_ ? 0 : 1);
  }
  float* workspace(const graph::KernelArguments& arguments, std::int64_t part) const noexcept {
    const std::size_t each = way_ == Way::items ? matmul_buffer_bytes(geometry_.b_size()) : 0;
    return reinterpret_cast<float*>(arguments.workspace + static_cast<std::size_t>(part) * each);
  }
  void transpose(const float* b, std::int64_t columns, float* to) const noexcept {
    loops_.transpose(b, geometry_.k, columns, geometry_.k, to);
  }

  SmallMatmul job_of(const graph::KernelArguments& arguments, const MatmulGeometry::Offsets& at) const noexcept {
    SmallMatmul job;
    job.m = geometry_.m;
    job.n = geometry_.n;
    job.k = geometry_.k;
    job.a = a_of(arguments) + at.a;
    job.a_row = geometry_.transpose_a ? 1 : geometry_.k;
    job.a_column = geometry_.transpose_a ? geometry_.m : 1;
    job.b = b_of(arguments) + at.b;
    job.b_row = dots_ ? geometry_.k : geometry_.n;
    job.c = arguments.output<float>() + at.c;
    job.c_row = geometry_.n;
    job.bias = geometry_.bias ? arguments.input<float>(2) : nullptr;
    job.scalar_bias = geometry_.scalar_bias;
    job.relu = geometry_.activation == Activation::relu;
    return job;
  }

  void compute(const SmallMatmul& job) const noexcept { dots_ ? loops_.dots(job) : loops_.product(job); }

  void run_part(const graph::KernelArguments& arguments, std::int64_t part) const noexcept {
    switch (way_) {
      case Way::items:
        for (std::int64_t item = parts_.first(part); item < parts_.last(part); ++item) run_item(arguments, part, item);
        return;
      case Way::rows:
        return run_rows(arguments, parts_.first(part), parts_.last(part));
      case Way::columns:
        return run_columns(arguments, parts_.first(part), parts_.last(part));
    }
  }

  void run_item(const graph::KernelArguments& arguments, std::int64_t part, std::int64_t item) const noexcept {
    SmallMatmul job = job_of(arguments, geometry_.offsets(item));
    if (transposes_) {
      float* const to = workspace(arguments, part);
      transpose(job.b, geometry_.n, to);
      job.b = to;
    }
    compute(job);
  }

  void run_rows(const graph::KernelArguments& arguments, std::int64_t first, std::int64_t last) const noexcept {
    SmallMatmul job = job_of(arguments, {0, 0, 0});
    job.m = last - first;
    job.a += first * job.a_row;
    job.c += first * job.c_row;
    if (transposes_) job.b = workspace(arguments, 0);
    compute(job);
  }

  void run_columns(const graph::KernelArguments& arguments, std::int64_t first, std::int64_t last) const noexcept {
    SmallMatmul job = job_of(arguments, {0, 0, 0});
    job.n = last - first;
    job.c += first;
    if (job.bias != nullptr && !job.scalar_bias) job.bias += first;
    job.b += geometry_.transpose_b ? first * geometry_.k : first;
    if (transposes_) {
      float* const to = workspace(arguments, 0) + first * geometry_.k;
      transpose(job.b, job.n, to);
      job.b = to;
      job.b_row = job.n;
    }
    compute(job);
  }

  MatmulGeometry geometry_;
  MatmulParts parts_;
  const SmallMatmulLoops& loops_ = small_matmul_loops();
  Way way_ = Way::rows;
  bool swapped_;             ///< a and b have changed places
  bool dots_ = false;        ///< b's rows lie along k, and a is one row
  bool transposes_ = false;  ///< b is transposed into the workspace first
};

}  // namespace

bool prefers_own_matmul(const MatmulGeometry& geometry) noexcept {
  if (geometry.activation != Activation::none && geometry.activation != Activation::relu) return false;
  if (geometry.operations() == 0.0 || geometry.m == 1 || geometry.n == 1) return true;
  if (geometry.m <= few_rows && !geometry.transpose_b) return true;
  const std::int64_t cache = core::cpu_level() == core::CpuLevel::avx512 ? 1 << 16 : 1 << 14;
  // Transposing b costs as much as some rows of the product; along k, a transposed a is read a page or more apart.
  return geometry.b_size() <= (geometry.transpose_b ? cache / 2 : cache) &&
         (!geometry.transpose_a || geometry.k <= 512);
}

graph::KernelPtr own_matmul_kernel(const graph::KernelRequest& request, const MatmulGeometry& geometry) {
  return graph::make_kernel<OwnMatmul>(request, geometry, request.threads);
}

}  // namespace keratin::inline v0::kernels

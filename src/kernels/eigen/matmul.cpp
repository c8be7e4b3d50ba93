#include "kernels/eigen/matmul.h"

#include <string>
#include <type_traits>

#include <Eigen/Core>

#include "keratin/core/error.h"

namespace keratin::inline v0::kernels {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Map = Eigen::Map<const Matrix>;

void product(const MatmulGeometry& g, const double* a, const double* b, double* c) {
  Eigen::Map<Matrix> to(c, g.m, g.n);
  const Map from_a(a, g.transpose_a ? g.k : g.m, g.transpose_a ? g.m : g.k);
  const Map from_b(b, g.transpose_b ? g.n : g.k, g.transpose_b ? g.k : g.n);
  if (g.transpose_a && g.transpose_b) {
    to.noalias() = from_a.transpose() * from_b.transpose();
  } else if (g.transpose_a) {
    to.noalias() = from_a.transpose() * from_b;
  } else if (g.transpose_b) {
    to.noalias() = from_a * from_b.transpose();
  } else {
    to.noalias() = from_a * from_b;
  }
}

template <class T>
void product(const MatmulGeometry& g, const T* a, const T* b, T* c) {
  // Unsigned sums wrap as NumPy's do; signed ones would be undefined.
  using Sum = std::conditional_t<std::is_integral_v<T>, std::uint64_t, T>;
  const std::int64_t b_row = g.transpose_b ? 1 : g.n;
  const std::int64_t b_column = g.transpose_b ? g.k : 1;
  for (std::int64_t i = 0; i < g.m; ++i)
    for (std::int64_t j = 0; j < g.n; ++j) {
      Sum sum{};
      for (std::int64_t k = 0; k < g.k; ++k)
        sum += static_cast<Sum>(a[g.transpose_a ? k * g.m + i : i * g.k + k]) *
               static_cast<Sum>(b[k * b_row + j * b_column]);
      c[i * g.n + j] = static_cast<T>(sum);
    }
}

template <class T>
void finish(const MatmulGeometry& g, const T* bias, T* c) {
  for (std::int64_t i = 0; i < g.m; ++i)
    for (std::int64_t j = 0; j < g.n; ++j) {
      T& to = c[i * g.n + j];
      if (bias != nullptr) to = static_cast<T>(to + bias[j]);
      if constexpr (std::is_floating_point_v<T>) to = activate(g.activation, to);
    }
}

template <class T>
class EigenMatmul final : public graph::Kernel {
 public:
  explicit EigenMatmul(const MatmulGeometry& geometry) noexcept : geometry_(geometry) {}

  void run(const graph::KernelArguments& arguments) const override {
    for (std::int64_t item = 0; item < geometry_.items; ++item) {
      const MatmulGeometry::Offsets at = geometry_.offsets(item);
      T* const c = arguments.output<T>() + at.c;
      product(geometry_, arguments.input<T>(0) + at.a, arguments.input<T>(1) + at.b, c);
      if (geometry_.bias || geometry_.activation != Activation::none)
        finish(geometry_, geometry_.bias ? arguments.input<T>(2) : nullptr, c);
    }
  }

 private:
  MatmulGeometry geometry_;
};

}  // namespace

graph::KernelPtr eigen_matmul_kernel(const graph::KernelRequest& request, const MatmulGeometry& geometry) {
  switch (request.inputs[0].dtype) {
    case DType::float32:
      return graph::make_kernel<EigenMatmul<float>>(request, geometry);
    case DType::float64:
      return graph::make_kernel<EigenMatmul<double>>(request, geometry);
    case DType::int8:
      return graph::make_kernel<EigenMatmul<std::int8_t>>(request, geometry);
    case DType::int16:
      return graph::make_kernel<EigenMatmul<std::int16_t>>(request, geometry);
    case DType::int32:
      return graph::make_kernel<EigenMatmul<std::int32_t>>(request, geometry);
    case DType::int64:
      return graph::make_kernel<EigenMatmul<std::int64_t>>(request, geometry);
    case DType::uint8:
      return graph::make_kernel<EigenMatmul<std::uint8_t>>(request, geometry);
    case DType::uint16:
      return graph::make_kernel<EigenMatmul<std::uint16_t>>(request, geometry);
    case DType::uint32:
      return graph::make_kernel<EigenMatmul<std::uint32_t>>(request, geometry);
    case DType::uint64:
      return graph::make_kernel<EigenMatmul<std::uint64_t>>(request, geometry);
    default:
      throw DTypeError("matmul computes in float32, float64 or integers; cast the operands first. Received: " +
                       std::string(name_of(request.inputs[0].dtype)));
  }
}

}  // namespace keratin::inline v0::kernels

#include "kernels/resize.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>

#include "keratin/core/error.h"

namespace keratin::inline v0::kernels {
namespace {

/// The weight of an element whose center is `distance` away, for the methods that have one formula for all places.
struct Filter {
  double radius;
  double (*weight)(double distance, double radius);
};

double triangle(double distance, double /*radius*/) { return std::max(0.0, 1.0 - std::abs(distance)); }

double lanczos(double distance, double radius) {
  const double x = std::abs(distance);
  if (x > radius) return 0.0;
  if (x <= 1e-3) return 1.0;
  const double angle = std::numbers::pi * x;
  return radius * std::sin(angle) * std::sin(angle / radius) / (angle * angle);
}

/// Keys's cubic with a = −1/2, between two elements (near) or one further on (far).
double cubic(double distance, double /*radius*/) {
  constexpr double a = -0.5;
  // TensorFlow looks it up in a table of 1024 steps from element to element.
  const double whole = std::floor(distance);
  const double x = std::abs(whole + std::nearbyint((distance - whole) * 1024.0) / 1024.0);
  if (x <= 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
  if (x < 2.0) return ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a;
  return 0.0;
}

Filter filter_of(std::string_view method) {
  if (method == "bilinear") return {1.0, triangle};
  if (method == "bicubic") return {2.0, cubic};
  if (method == "lanczos3") return {3.0, lanczos};
  if (method == "lanczos5") return {5.0, lanczos};
  throw InternalError("resize_weights: there is no method " + std::string(method));
}

/// One row. `center`: of the place, where element j reaches from j to j + 1.
template <class T>
void fill_row(std::span<T> row, double center, const Filter& filter, bool repeats_ends) {
  const auto length = static_cast<std::int64_t>(row.size());
  const auto first = static_cast<std::int64_t>(std::ceil(center - filter.radius - 0.5));
  const auto last = static_cast<std::int64_t>(std::floor(center + filter.radius - 0.5));
  double sum = 0.0;
  for (std::int64_t j = first; j <= last; ++j) {
    if (!repeats_ends && (j < 0 || j >= length)) continue;
    const double weight = filter.weight(static_cast<double>(j) + 0.5 - center, filter.radius);
    row[static_cast<std::size_t>(std::clamp<std::int64_t>(j, 0, length - 1))] += static_cast<T>(weight);
    sum += weight;
  }
  if (sum != 0.0)
    for (T& weight : row) weight = static_cast<T>(weight / sum);
}

template <class T>
class ResizeWeights final : public graph::Kernel {
 public:
  explicit ResizeWeights(const graph::KernelRequest& request)
      : places_(request.outputs[0].shape[0]),
        length_(request.outputs[0].shape[1]),
        is_nearest_(request.attributes.get<std::string_view>("method") == "nearest"),
        repeats_ends_(request.attributes.get<std::string_view>("method") == "bilinear"),
        filter_(is_nearest_ ? Filter{0.0, nullptr} : filter_of(request.attributes.get<std::string_view>("method"))) {}

  void run(const graph::KernelArguments& arguments) const override {
    T* const output = arguments.output<T>();
    std::fill_n(output, places_ * length_, T{});
    const double scale = static_cast<double>(length_) / static_cast<double>(places_);
    for (std::int64_t i = 0; i < places_; ++i) {
      const double center = (static_cast<double>(i) + 0.5) * scale;
      const std::span<T> row(output + i * length_, static_cast<std::size_t>(length_));
      if (is_nearest_) {
        row[static_cast<std::size_t>(std::min(length_ - 1, static_cast<std::int64_t>(center)))] = T{1};
      } else {
        fill_row(row, center, filter_, repeats_ends_);
      }
    }
  }

 private:
  std::int64_t places_;
  std::int64_t length_;
  bool is_nearest_;
  bool repeats_ends_;  ///< beyond an end, its last element goes on; otherwise nothing is there
  Filter filter_;
};

}  // namespace

graph::KernelPtr resize_weights_kernel(const graph::KernelRequest& request) {
  if (request.outputs[0].dtype == float64) return graph::make_kernel<ResizeWeights<double>>(request, request);
  return graph::make_kernel<ResizeWeights<float>>(request, request);
}

}  // namespace keratin::inline v0::kernels

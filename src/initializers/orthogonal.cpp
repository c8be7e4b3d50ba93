#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "initializers/random.h"
#include "keratin/core/error.h"
#include "keratin/initializers/initializers.h"

namespace keratin::inline v0::initializers {
namespace {

double dot(std::span<const double> a, std::span<const double> b) noexcept {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// Gram and Schmidt's way, each vector twice, which is enough for orthogonality to rounding. It is the QR factorization
/// with a positive diagonal of R, the one that leaves Q uniform.
void orthonormalize(std::vector<double>& vectors, std::size_t length) {
  const std::size_t count = vectors.size() / length;
  const auto vector = [&](std::size_t i) { return std::span(vectors).subspan(i * length, length); };
  for (std::size_t i = 0; i < count; ++i) {
    const std::span<double> current = vector(i);
    for (int pass = 0; pass < 2; ++pass)
      for (std::size_t j = 0; j < i; ++j) {
        const std::span<const double> before = vector(j);
        const double share = dot(before, current);
        for (std::size_t k = 0; k < length; ++k) current[k] -= share * before[k];
      }
    const double norm = std::sqrt(dot(current, current));
    for (double& value : current) value /= norm;
  }
}

}  // namespace

Array Orthogonal::operator()(const Shape& shape, DType dtype, std::uint64_t seed) const {
  if (shape.rank() < 2)
    throw ShapeError("Orthogonal makes matrices, of rank 2 at least. Received: shape " + to_string(shape));
  const auto columns = static_cast<std::size_t>(shape.back());
  const std::size_t rows = columns == 0 ? 0 : static_cast<std::size_t>(shape.elements()) / columns;
  const std::size_t length = std::max(rows, columns);
  const Array random = normal_values(Shape{std::min(rows, columns), length}, float64, options_.seed.value_or(seed), 0.0,
                                     1.0, false, "Orthogonal");
  const std::span<const double> drawn = random.data<double>();
  std::vector<double> vectors(drawn.begin(), drawn.end());
  if (!vectors.empty()) orthonormalize(vectors, length);

  Array array = Array::empty(shape, float64);
  const std::span<double> values = array.mutable_data<double>();
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < columns; ++column)
      values[row * columns + column] =
          options_.gain * (rows >= columns ? vectors[column * length + row] : vectors[row * length + column]);
  return array.astype(dtype);
}

Config Orthogonal::config() const { return {{"seed", seed_config(options_.seed)}, {"gain", options_.gain}}; }

}  // namespace keratin::inline v0::initializers

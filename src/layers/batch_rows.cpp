#include "layers/batch_rows.h"

#include <algorithm>
#include <cstdint>

#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"

namespace keratin::inline v0::layers {

Tensor batch_rows(const Tensor& x) {
  std::int64_t each = 1;
  const Shape shape = x.shape();
  for (std::size_t axis = 1; axis < shape.rank(); ++axis) each *= shape.dims()[axis];
  return ops::cast(ops::size(x), float32) * (1.0 / static_cast<double>(std::max<std::int64_t>(1, each)));
}

}  // namespace keratin::inline v0::layers

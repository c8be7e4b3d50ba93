#include "kernels/matmul_geometry.h"

#include <algorithm>
#include <string_view>

#include "graph/flag.h"

namespace keratin::inline v0::kernels {
namespace {

/// Steps of an operand's batch dimensions, aligned at the end with the output's: 0 where it is broadcast.
void fill_steps(const Shape& shape, std::size_t batch_rank, std::array<std::int64_t, Shape::max_rank>& steps) {
  const std::size_t own = shape.rank() - 2;
  std::int64_t step = 1;
  for (std::size_t i = own; i-- > 0;) {
    const std::int64_t size = shape.dims()[i];
    steps[batch_rank - own + i] = size == 1 ? 0 : step;
    step *= size;
  }
}

bool all_zero(const std::array<std::int64_t, Shape::max_rank>& steps) {
  return std::all_of(steps.begin(), steps.end(), [](std::int64_t step) { return step == 0; });
}

}  // namespace

double MatmulGeometry::operations() const noexcept {
  return 2.0 * static_cast<double>(items) * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
}

MatmulGeometry::Offsets MatmulGeometry::offsets(std::int64_t item) const noexcept {
  Offsets result{0, 0, item * c_size()};
  for (std::size_t i = batch_rank; i-- > 0;) {
    const std::int64_t index = item % batch[i];
    item /= batch[i];
    result.a += index * a_step[i];
    result.b += index * b_step[i];
  }
  result.a *= a_size();
  result.b *= b_size();
  return result;
}

MatmulGeometry matmul_geometry(const graph::KernelRequest& request) {
  const Shape& a = request.inputs[0].shape;
  const Shape& b = request.inputs[1].shape;
  const Shape& c = request.outputs[0].shape;
  MatmulGeometry geometry;
  geometry.transpose_a = graph::flag(request.attributes, "transpose_a");
  geometry.transpose_b = graph::flag(request.attributes, "transpose_b");
  geometry.m = c[-2];
  geometry.n = c[-1];
  geometry.k = geometry.transpose_a ? a[-2] : a[-1];
  geometry.bias = request.inputs.size() > 2;
  if (const graph::Attribute* const name = request.attributes.find("activation"))
    geometry.activation = activation_from_name(std::get<std::string_view>(name->value)).value();
  geometry.batch_rank = c.rank() - 2;
  std::copy_n(c.begin(), geometry.batch_rank, geometry.batch.begin());
  for (std::size_t i = 0; i < geometry.batch_rank; ++i) geometry.items *= geometry.batch[i];
  fill_steps(a, geometry.batch_rank, geometry.a_step);
  fill_steps(b, geometry.batch_rank, geometry.b_step);
  const bool whole_a = a.elements() == geometry.items * geometry.a_size();
  if (geometry.items != 1 && whole_a && !geometry.transpose_a && all_zero(geometry.b_step)) {
    geometry.m *= geometry.items;
    geometry.items = 1;
    geometry.batch_rank = 0;
  }
  return geometry;
}

}  // namespace keratin::inline v0::kernels

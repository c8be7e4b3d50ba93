#include "compile/random_graph.h"

#include <algorithm>
#include <memory_resource>

#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"

namespace keratin::test {
namespace {

/// True if both shapes surely broadcast: sizes that aren't known meet the same or 1.
bool broadcast(const Shape& a, const Shape& b) {
  for (std::size_t back = 1; back <= std::min(a.rank(), b.rank()); ++back) {
    const std::int64_t x = a.dims()[a.rank() - back];
    const std::int64_t y = b.dims()[b.rank() - back];
    if (x != y && x != 1 && y != 1) return false;
  }
  return true;
}

}  // namespace

RandomGraph::RandomGraph(std::uint32_t seed, int nodes)
    : random_(seed), builder_(std::make_unique<graph::Builder>(std::pmr::new_delete_resource())) {
  const graph::Builder::Current current(*builder_);
  add_leaves();
  for (int i = 0; i < nodes; ++i) {
    const graph::Builder::Scope scope(*builder_, "layer_" + std::to_string(i / 8));
    pool_.push_back(next());
  }
  assign_variables();
  builder_->finish(outputs());
}

void RandomGraph::add_leaves() {
  pool_.push_back(builder_->input({float32, Shape{-1, 4}}, "x"));
  pool_.push_back(builder_->input({float32, Shape{-1, 6}}, "y"));
  for (const Shape& shape :
       {Shape{4, 6}, Shape{6, 4}, Shape{4, 4}, Shape{4, 6}, Shape{6}, Shape{4}, Shape{}, Shape{}}) {
    const auto id = static_cast<graph::VariableId>(variable_specs_.size());
    variable_specs_.push_back({float32, shape});
    reads_.push_back(builder_->read(id, variable_specs_.back(), "v" + std::to_string(id)));
    pool_.push_back(reads_.back());
  }
  pool_.push_back(builder_->constant(Array::random_normal({4, 6}, {.seed = 3})));
  pool_.push_back(builder_->constant(Array::ones({6})));
  pool_.push_back(builder_->scalar(0.5, float32));
}

Tensor RandomGraph::unary(const Tensor& x) {
  switch (pick(9)) {
    case 0:
      return ops::tanh(x);
    case 1:
      return ops::sin(x);
    case 2:
      return ops::negative(x);
    case 3:
      return ops::abs(x);
    case 4:
      return x * 1.0;
    case 5:
      return x + 0.0;
    case 6:
      return ops::where(ops::greater(x, 0.0), x, x * 0.1);
    case 7:
      return ops::stop_gradient(x);
    default:
      return x * 0.5 - 0.25;
  }
}

Tensor RandomGraph::binary() {
  for (int attempt = 0; attempt < 20; ++attempt) {
    const Tensor& a = any();
    const Tensor& b = any();
    if (!broadcast(a.shape(), b.shape())) continue;
    switch (pick(6)) {
      case 0:
        return a + b;
      case 1:
        return a - b;
      case 2:
        return ops::sin(a * b);
      case 3:
        return ops::maximum(a, b);
      case 4:
        return ops::where(ops::less(a, b), a, b);
      default:
        return 0.3 * a + 0.7 * b;
    }
  }
  return unary(any());
}

Tensor RandomGraph::product() {
  for (int attempt = 0; attempt < 40; ++attempt) {
    const Tensor a = any();
    Tensor b = any();
    if (a.rank() != 2 || b.rank() != 2) continue;
    if (pick(3) == 0) b = ops::transpose(b);
    if (a.shape()[1] != b.shape()[0] || a.shape()[1] < 0) continue;
    const Tensor c = ops::matmul(a, b);
    const Tensor& bias = any();
    if (bias.rank() == 1 && bias.shape()[0] == c.shape()[1]) return ops::tanh(c + bias);
    return c * 0.2;
  }
  return binary();
}

Tensor RandomGraph::moved(const Tensor& x) {
  if (x.rank() == 2 && pick(2) == 0) return ops::transpose(x);
  if (x.rank() == 2 && x.shape().is_static() && pick(2) == 0) return ops::reshape(x, Shape{x.shape()[1], x.shape()[0]});
  if (x.rank() == 2 && x.shape()[0] == 1 && x.shape()[1] > 0) return ops::reshape(x, Shape{x.shape()[1]});
  // A reshape would make another unknown size of an unknown one.
  if (x.rank() == 2 && x.shape()[1] < 0) return ops::transpose(x);
  const Shape shape = x.shape();
  return ops::reshape(ops::expand_dims(x, 0), shape);
}

Tensor RandomGraph::reduced(const Tensor& x) {
  if (x.rank() == 0) return unary(x);
  const auto axis = static_cast<std::int64_t>(pick(x.rank()));
  const bool keepdims = pick(2) == 0;
  return pick(2) == 0 ? ops::mean(x, axis, keepdims) : ops::tanh(ops::sum(x, axis, keepdims));
}

Tensor RandomGraph::next() {
  switch (pick(10)) {
    case 0:
    case 1:
    case 2:
      return unary(any());
    case 3:
    case 4:
    case 5:
      return binary();
    case 6:
    case 7:
      return product();
    case 8:
      return moved(any());
    default:
      return reduced(any());
  }
}

void RandomGraph::assign_variables() {
  for (graph::VariableId id = 0; id < variable_specs_.size(); ++id) {
    const graph::Spec& spec = variable_specs_[id];
    std::vector<Tensor> fitting;
    for (const Tensor& value : pool_)
      if (value.shape() == spec.shape) fitting.push_back(value);
    if (pick(5) == 0) continue;
    Tensor value = fitting[pick(fitting.size())];
    if (pick(3) == 0) value = 0.9 * reads_[id] + 0.1 * value;
    pool_.push_back(value);
    builder_->assign(id, spec, "v" + std::to_string(id), value);
    if (pick(2) == 0) pool_.push_back(ops::tanh(value));
    if (pick(4) == 0) pool_.push_back(ops::sin(reads_[id]));
  }
}

std::vector<Tensor> RandomGraph::outputs() {
  std::vector<Tensor> result;
  for (int i = 0; i < 6; ++i) result.push_back(pool_[pool_.size() - 1 - pick(std::min<std::size_t>(pool_.size(), 30))]);
  result.push_back(any());
  result.push_back(reads_[pick(reads_.size())]);
  result.push_back(result[pick(result.size())]);
  return result;
}

std::vector<Array> RandomGraph::inputs(std::int64_t batch) const {
  return {Array::random_normal({batch, 4}, {.seed = 1}), Array::random_normal({batch, 6}, {.seed = 2})};
}

std::map<graph::VariableId, Array> RandomGraph::variables() const {
  std::map<graph::VariableId, Array> result;
  for (graph::VariableId id = 0; id < variable_specs_.size(); ++id)
    result[id] = Array::random_normal(variable_specs_[id].shape, {.seed = 10 + id});
  return result;
}

}  // namespace keratin::test

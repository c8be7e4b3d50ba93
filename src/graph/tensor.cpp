#include "keratin/graph/tensor.h"

#include <utility>

#include "graph/builder.h"

namespace keratin::inline v0 {

namespace graph {
namespace {

std::string prefix(std::string_view op) { return op.empty() ? std::string() : std::string(op) + ": "; }

}  // namespace

Tensor Access::make(std::shared_ptr<const Life> life, ValueId value) noexcept {
  Tensor tensor;
  tensor.life_ = std::move(life);
  tensor.value_ = value;
  tensor.kind_ = Tensor::Kind::in_graph;
  return tensor;
}

bool Access::is_weak(const Tensor& tensor) noexcept {
  return tensor.kind_ != Tensor::Kind::empty && tensor.kind_ != Tensor::Kind::in_graph;
}

bool Access::is_weak_floating(const Tensor& tensor) noexcept { return tensor.kind_ == Tensor::Kind::weak_floating; }

bool Access::is_weak_integer(const Tensor& tensor) noexcept { return tensor.kind_ == Tensor::Kind::weak_integer; }

Builder& builder_of(const Tensor& tensor, std::string_view op) {
  if (tensor.is_empty())
    throw ValueError(prefix(op) +
                     "needs a value. Received: an empty Tensor (one that was never set, or the gradient "
                     "of something that the target does not depend on)");
  if (Access::is_weak(tensor))
    throw ValueError(prefix(op) + "needs a Tensor of a graph. Received: the C++ number " +
                     std::to_string(Access::number(tensor)) + ", which no graph holds; make a constant of it first");
  return Access::life(tensor)->alive();
}

Builder& builder_of(std::span<const Tensor> tensors, std::string_view op) {
  Builder* common = nullptr;
  const Tensor* first = nullptr;
  for (const Tensor& tensor : tensors) {
    if (Access::is_weak(tensor)) continue;
    Builder& builder = builder_of(tensor, op);
    if (common == nullptr) {
      common = &builder;
      first = &tensor;
    } else if (common != &builder) {
      throw ValueError(prefix(op) +
                       "its arguments belong to two graphs, and a value can only be used in its own. "
                       "Pass the other one as an argument, or make it anew here. Received: " +
                       common->describe(Access::value(*first)) + ", in " + common->name() + ", and " +
                       builder.describe(Access::value(tensor)) + ", in " + builder.name());
    }
  }
  return common == nullptr ? Builder::current_or_throw(op) : *common;
}

}  // namespace graph

DType Tensor::dtype() const {
  switch (kind_) {
    case Kind::weak_boolean:
      return boolean;
    case Kind::weak_integer:
      return int32;
    case Kind::weak_floating:
      return float32;
    case Kind::empty:
    case Kind::in_graph:
      break;
  }
  return graph::builder_of(*this, "Tensor::dtype").graph().spec(value_).dtype;
}

Shape Tensor::shape() const {
  if (graph::Access::is_weak(*this)) return {};
  return graph::builder_of(*this, "Tensor::shape").graph().spec(value_).shape;
}

Array Tensor::value() const {
  if (graph::Access::is_weak(*this)) return Array::full({}, number_, dtype());
  return graph::builder_of(*this, "Tensor::value").value(value_);
}

}  // namespace keratin::inline v0

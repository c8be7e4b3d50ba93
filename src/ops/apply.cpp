#include "ops/apply.h"

#include <algorithm>
#include <string>

#include "keratin/core/error.h"
#include "keratin/ops/math.h"

namespace keratin::inline v0::ops {
namespace {

using graph::Access;
using graph::Attribute;
using graph::Builder;
using graph::OpDef;

/// Calls append(builder, inputs) with inputs that are all in the builder's graph.
template <class F>
auto with_builder(const OpDef& op, std::span<const Tensor> inputs, F&& append) {
  Builder& builder = graph::builder_of(inputs, op.name);
  if (std::none_of(inputs.begin(), inputs.end(), [](const Tensor& x) { return Access::is_weak(x); }))
    return append(builder, inputs);
  std::vector<Tensor> constants;
  constants.reserve(inputs.size());
  for (const Tensor& x : inputs) constants.push_back(in_graph(x, builder));
  return append(builder, std::span<const Tensor>(constants));
}

/// float16 is a dtype to keep numbers in: no kernel computes with it, so ops get float32, and what they give is
/// rounded.
bool is_for_float32(const OpDef& op, std::span<const Tensor> inputs) {
  if (op.view || op.scalar == graph::ScalarOp::cast) return false;
  return std::any_of(inputs.begin(), inputs.end(),
                     [](const Tensor& x) { return !Access::is_weak(x) && x.dtype() == float16; });
}

Tensor recast(const Tensor& x, DType from, DType to) {
  return !Access::is_weak(x) && x.dtype() == from ? cast(x, to) : x;
}

std::vector<Tensor> recast(std::span<const Tensor> tensors, DType from, DType to) {
  std::vector<Tensor> all;
  all.reserve(tensors.size());
  for (const Tensor& x : tensors) all.push_back(recast(x, from, to));
  return all;
}

}  // namespace

Tensor apply(const OpDef& op, std::span<const Tensor> inputs, std::span<const Attribute> attributes) {
  if (is_for_float32(op, inputs))
    return recast(apply(op, recast(inputs, float16, float32), attributes), float32, float16);
  return with_builder(op, inputs, [&](Builder& builder, std::span<const Tensor> in_graph_inputs) {
    return builder.append_one(op, in_graph_inputs, attributes);
  });
}

Tensor apply(const OpDef& op, std::initializer_list<Tensor> inputs, std::initializer_list<Attribute> attributes) {
  return apply(op, std::span(inputs.begin(), inputs.size()), std::span(attributes.begin(), attributes.size()));
}

std::vector<Tensor> apply_all(const OpDef& op, std::span<const Tensor> inputs, std::span<const Attribute> attributes) {
  if (is_for_float32(op, inputs))
    return recast(apply_all(op, recast(inputs, float16, float32), attributes), float32, float16);
  return with_builder(op, inputs, [&](Builder& builder, std::span<const Tensor> in_graph_inputs) {
    return builder.append(op, in_graph_inputs, attributes);
  });
}

std::vector<Tensor> apply_all(const OpDef& op, std::initializer_list<Tensor> inputs,
                              std::initializer_list<Attribute> attributes) {
  return apply_all(op, std::span(inputs.begin(), inputs.size()), std::span(attributes.begin(), attributes.size()));
}

DType default_dtype(const Tensor& x) {
  if (!Access::is_weak(x)) return x.dtype();
  if (Access::is_weak_floating(x)) return float32;
  return Access::is_weak_integer(x) ? int32 : boolean;
}

DType result_type(std::span<const Tensor> tensors) {
  bool weak_floating = false;
  bool weak_integer = false;
  DType result = boolean;  // which yields to every other
  for (const Tensor& x : tensors) {
    weak_floating |= Access::is_weak_floating(x);
    weak_integer |= Access::is_weak_integer(x);
    if (!Access::is_weak(x)) result = keratin::result_type(result, x.dtype());
  }
  if (weak_floating && !is_floating(result)) return float32;
  return weak_integer && result == boolean ? int32 : result;
}

void promote(std::span<Tensor> tensors, std::string_view op) { promote(tensors, result_type(tensors), op); }

void promote(std::span<Tensor> tensors, DType dtype, std::string_view op) {
  Builder& builder = graph::builder_of(tensors, op);
  for (Tensor& x : tensors) x = Access::is_weak(x) ? in_graph(x, builder, dtype) : cast(x, dtype);
}

Tensor in_graph(const Tensor& x, Builder& builder) { return in_graph(x, builder, default_dtype(x)); }

Tensor in_graph(const Tensor& x, Builder& builder, DType dtype) {
  return Access::is_weak(x) ? builder.scalar(Access::number(x), dtype) : x;
}

Tensor in_graph(const Tensor& x, std::string_view op) {
  return Access::is_weak(x) ? in_graph(x, Builder::current_or_throw(op)) : x;
}

Tensor as_floating(const Tensor& x, std::string_view op) {
  if (Access::is_weak(x)) return in_graph(x, Builder::current_or_throw(op), float32);
  return is_floating(x.dtype()) ? x : cast(x, float32);
}

std::int64_t normalized_axis(std::int64_t axis, std::size_t rank, std::string_view op) {
  const auto count = static_cast<std::int64_t>(rank);
  if (axis < -count || axis >= count)
    throw ValueError(std::string(op) + ": `axis` must be in [" + std::to_string(-count) + ", " +
                     std::to_string(count - 1) + "] for a tensor of rank " + std::to_string(rank) +
                     ". Received: axis=" + std::to_string(axis));
  return axis < 0 ? axis + count : axis;
}

graph::Ints normalized_axes(const Axes& axes, std::size_t rank, std::string_view op) {
  std::array<bool, Shape::max_rank> chosen{};
  for (const std::int64_t axis : axes.values()) {
    bool& mark = chosen[static_cast<std::size_t>(normalized_axis(axis, rank, op))];
    if (mark)
      throw ValueError(std::string(op) + ": each axis may be given once. Received: axis " + std::to_string(axis) +
                       " twice");
    mark = true;
  }
  graph::Ints result;
  for (std::size_t i = 0; i < rank; ++i)
    if (axes.empty() || chosen[i]) result.push_back(static_cast<std::int64_t>(i));
  return result;
}

}  // namespace keratin::inline v0::ops

#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "graph/attributes.h"
#include "graph/builder.h"
#include "graph/op.h"
#include "keratin/graph/tensor.h"
#include "keratin/ops/axes.h"

namespace keratin::inline v0::ops {

/// Appends a node of one output to the graph of its inputs (of the current builder, if none of them is in a graph).
/// Weak scalars become constants of their default dtype: promote() first where the dtype matters.
Tensor apply(const graph::OpDef& op, std::span<const Tensor> inputs, std::span<const graph::Attribute> attributes);
Tensor apply(const graph::OpDef& op, std::initializer_list<Tensor> inputs,
             std::initializer_list<graph::Attribute> attributes = {});
/// The same for ops of several outputs.
std::vector<Tensor> apply_all(const graph::OpDef& op, std::span<const Tensor> inputs,
                              std::span<const graph::Attribute> attributes);
std::vector<Tensor> apply_all(const graph::OpDef& op, std::initializer_list<Tensor> inputs,
                              std::initializer_list<graph::Attribute> attributes = {});

/// dtype() of a tensor, or the one that a weak scalar takes when nothing else decides: float32, int32, bool.
DType default_dtype(const Tensor& x);
/// Keras's result_type of tensors and weak scalars: a weak float meets integers as float32 and leaves floating dtypes
/// as they are, a weak integer makes int32 of bool.
DType result_type(std::span<const Tensor> tensors);
/// Gives all tensors one dtype, result_type(tensors): adds `cast` nodes and makes constants of weak scalars.
void promote(std::span<Tensor> tensors, std::string_view op);
/// The same, to a dtype given.
void promote(std::span<Tensor> tensors, DType dtype, std::string_view op);

/// The tensor itself, or a constant where it is a weak scalar (of dtype `dtype`, or its default).
Tensor in_graph(const Tensor& x, graph::Builder& builder);
Tensor in_graph(const Tensor& x, graph::Builder& builder, DType dtype);
Tensor in_graph(const Tensor& x, std::string_view op);  ///< in the current builder
/// x as floating: itself, or cast to float32 as Keras casts integers and bools.
Tensor as_floating(const Tensor& x, std::string_view op);

/// From 0 on, sorted; all axes where none is given. Throws ValueError (naming op) for one out of range or given twice.
graph::Ints normalized_axes(const Axes& axes, std::size_t rank, std::string_view op);
/// One axis from 0 on. Throws ValueError (naming op) if it is out of range.
std::int64_t normalized_axis(std::int64_t axis, std::size_t rank, std::string_view op);

}  // namespace keratin::inline v0::ops

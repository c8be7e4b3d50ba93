#include <algorithm>
#include <string>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/shape.h"
#include "kernels/movement/movement.h"
#include "ops/apply.h"
#include "ops/like.h"
#include "ops/movement.h"

namespace keratin::inline v0::ops {
namespace {

using graph::GradientContext;
using graph::InferContext;
using graph::Ints;
using graph::OpDef;

/// A slice's attributes, which take all at first.
struct Ranges {
  explicit Ranges(std::size_t rank) {
    for (std::size_t i = 0; i < rank; ++i) {
      start.push_back(0);
      stop.push_back(slice_end);
      step.push_back(1);
    }
  }
  void set(std::size_t axis, std::int64_t first, std::int64_t last, std::int64_t by) {
    start[axis] = first;
    stop[axis] = last;
    step[axis] = by;
  }
  void set(std::size_t axis, const Slice& slice) {
    const std::int64_t by = slice.step.value_or(1);
    if (by == 0) throw ValueError("slice: a step must not be 0. Received: step=0");
    set(axis, slice.start.value_or(by > 0 ? 0 : slice_end),
        slice.stop.value_or(by > 0 ? slice_end : slice_before_first), by);
  }
  friend bool operator==(const Ranges&, const Ranges&) = default;

  Ints start;
  Ints stop;
  Ints step;
};

void check_index(std::int64_t index, std::int64_t axis, const Shape& shape) {
  const std::int64_t size = shape[axis];
  if (size >= 0 && (index < -size || index >= size))
    throw ValueError("slice: the index " + std::to_string(index) + " is out of range for the axis " +
                     std::to_string(axis) + ". Received: shape=" + to_string(shape));
}

/// A key with a slice for each axis in place of its ellipsis, which is at the end where it isn't written.
struct Key {
  Key(const std::vector<ItemKey>& given, const Shape& shape) {
    const auto count = [&](ItemKey::Kind kind) {
      return static_cast<std::size_t>(
          std::count_if(given.begin(), given.end(), [&](const ItemKey& part) { return part.kind() == kind; }));
    };
    const std::size_t ellipses = count(ItemKey::Kind::rest);
    const std::size_t named = given.size() - ellipses - count(ItemKey::Kind::added);
    if (ellipses > 1 || named > shape.rank())
      throw ValueError(
          "get_item: a key has one ellipsis at most, and no more indices and slices than the tensor has "
          "axes. Received: " +
          std::to_string(ellipses) + " ellipses and " + std::to_string(named) +
          " indices and slices for shape=" + to_string(shape));
    const std::vector<ItemKey> rest(shape.rank() - named, Slice{});
    for (const ItemKey& part : given) {
      if (part.kind() == ItemKey::Kind::rest)
        all.insert(all.end(), rest.begin(), rest.end());
      else
        all.push_back(part);
    }
    if (ellipses == 0) all.insert(all.end(), rest.begin(), rest.end());
  }
  std::vector<ItemKey> all;
};

Tensor sliced(const Tensor& x, const Ranges& ranges) {
  return apply(slice_op, {x}, {{"start", ranges.start}, {"stop", ranges.stop}, {"step", ranges.step}});
}

void infer_slice(const InferContext& context) {
  const graph::Spec& x = context.inputs[0];
  const Ints& start = context.attributes.get<Ints>("start");
  const Ints& stop = context.attributes.get<Ints>("stop");
  const Ints& step = context.attributes.get<Ints>("step");
  Shape shape = x.shape;
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    const auto axis = static_cast<std::int64_t>(i);
    if (shape[axis] >= 0) shape[axis] = kernels::resolve_slice(shape[axis], start[i], stop[i], step[i]).count;
  }
  context.outputs[0] = {x.dtype, shape};
}

void slice_gradient(GradientContext& context) {
  const std::vector<Tensor> inputs{context.output_gradients[0], context.inputs[0]};
  context.input_gradients[0] = apply(slice_gradient_op, inputs, context.attributes.all());
}

void infer_slice_gradient(const InferContext& context) {
  context.outputs[0] = {context.inputs[0].dtype, context.inputs[1].shape};
}

void slice_gradient_gradient(GradientContext& context) {
  if (context.needed[0])
    context.input_gradients[0] = apply(slice_op, context.output_gradients.first(1), context.attributes.all());
}

}  // namespace

const OpDef slice_op{
    .name = "slice", .infer = infer_slice, .gradient = slice_gradient, .kernel = kernels::slice_kernel};
const OpDef slice_gradient_op{.name = "slice_gradient",
                              .inputs = 2,
                              .infer = infer_slice_gradient,
                              .gradient = slice_gradient_gradient,
                              .kernel = kernels::slice_gradient_kernel,
                              .shape_only = 2};

namespace detail {

Tensor slice_axis(const Tensor& x, std::int64_t axis, std::int64_t start, std::int64_t stop, std::int64_t step) {
  const Shape shape = x.shape();
  const auto i = static_cast<std::size_t>(normalized_axis(axis, shape.rank(), "slice"));
  if (step == 0) throw ValueError("slice: a step must not be 0. Received: step=0");
  const bool all = step == 1 && start == 0 && (stop == slice_end || (shape.dims()[i] >= 0 && stop >= shape.dims()[i]));
  if (all) return x;
  Ranges ranges(shape.rank());
  ranges.start[i] = start;
  ranges.stop[i] = stop;
  ranges.step[i] = step;
  return sliced(x, ranges);
}

Tensor select_index(const Tensor& x, std::int64_t axis, std::int64_t index) {
  const Shape shape = x.shape();
  axis = normalized_axis(axis, shape.rank(), "slice");
  check_index(index, axis, shape);
  const Tensor entry = slice_axis(x, axis, index, index == -1 ? slice_end : index + 1);
  return remove_ones(entry, {axis});
}

}  // namespace detail

Tensor slice(const Tensor& inputs, const std::vector<std::int64_t>& start_indices, const Shape& shape) {
  const Shape whole = inputs.shape();
  if (start_indices.size() != whole.rank() || shape.rank() != whole.rank())
    throw ValueError("slice: `start_indices` and `shape` must have a number for each dimension of " + to_string(whole) +
                     ". Received: " + std::to_string(start_indices.size()) + " and " + std::to_string(shape.rank()) +
                     " numbers");
  Ranges ranges(whole.rank());
  for (std::size_t i = 0; i < whole.rank(); ++i) {
    const std::int64_t size = whole.dims()[i];
    const std::int64_t start = start_indices[i];
    const std::int64_t count = shape.dims()[i];
    const std::int64_t last = start + std::max<std::int64_t>(count, 0);
    if (start < 0 || (size >= 0 && last > size))
      throw ValueError("slice: start_indices + shape must lie within the shape " + to_string(whole) +
                       ". Received: start " + std::to_string(start) + " and size " + std::to_string(count) +
                       " for the axis " + std::to_string(i));
    ranges.start[i] = start;
    ranges.stop[i] = count < 0 ? slice_end : last;
  }
  return sliced(inputs, ranges);
}

Tensor get_item(const Tensor& x, const std::vector<ItemKey>& key) {
  const Shape shape = x.shape();
  const Key parts(key, shape);
  Ranges ranges(shape.rank());
  Ints removed;  // axes of x
  Ints added;    // axes of the result
  std::size_t axis = 0;
  std::int64_t result_axis = 0;
  for (const ItemKey& part : parts.all) {
    if (part.kind() == ItemKey::Kind::added) {
      added.push_back(result_axis++);
      continue;
    }
    if (part.kind() == ItemKey::Kind::index) {
      const std::int64_t index = *part.slice().start;
      check_index(index, static_cast<std::int64_t>(axis), shape);
      ranges.set(axis, index, index == -1 ? slice_end : index + 1, 1);
      removed.push_back(static_cast<std::int64_t>(axis));
    } else {
      ranges.set(axis, part.slice());
      ++result_axis;
    }
    ++axis;
  }
  const Tensor entries = ranges == Ranges(shape.rank()) ? x : sliced(x, ranges);
  return detail::insert_ones(detail::remove_ones(entries, removed), added);
}

Tensor flip(const Tensor& x, const Axes& axis) {
  const std::size_t rank = x.rank();
  Ranges ranges(rank);
  for (const std::int64_t i : normalized_axes(axis, rank, "flip")) {
    ranges.start[static_cast<std::size_t>(i)] = slice_end;
    ranges.stop[static_cast<std::size_t>(i)] = slice_before_first;
    ranges.step[static_cast<std::size_t>(i)] = -1;
  }
  return sliced(x, ranges);
}

Tensor roll(const Tensor& x, std::int64_t shift, std::int64_t axis) {
  const Shape shape = x.shape();
  axis = normalized_axis(axis, shape.rank(), "roll");
  const std::int64_t size = shape[axis];
  if (size < 0)
    throw ShapeError("roll: the axis must have a known size. Received: axis=" + std::to_string(axis) +
                     ", shape=" + to_string(shape));
  if (size == 0 || shift % size == 0) return x;
  const std::int64_t at = ((-shift) % size + size) % size;
  return concatenate({detail::slice_axis(x, axis, at, slice_end), detail::slice_axis(x, axis, 0, at)}, axis);
}

std::vector<Tensor> unstack(const Tensor& x, std::int64_t axis) {
  const Shape shape = x.shape();
  axis = normalized_axis(axis, shape.rank(), "unstack");
  if (shape[axis] < 0)
    throw ShapeError("unstack: the axis must have a known size. Received: axis=" + std::to_string(axis) +
                     ", shape=" + to_string(shape));
  std::vector<Tensor> entries;
  for (std::int64_t i = 0; i < shape[axis]; ++i) entries.push_back(detail::select_index(x, axis, i));
  return entries;
}

std::vector<Tensor> split(const Tensor& x, const std::vector<std::int64_t>& indices, std::int64_t axis) {
  axis = normalized_axis(axis, x.rank(), "split");
  std::vector<Tensor> parts;
  std::int64_t first = 0;
  for (const std::int64_t last : indices) {
    parts.push_back(detail::slice_axis(x, axis, first, last));
    first = last;
  }
  parts.push_back(detail::slice_axis(x, axis, first, slice_end));
  return parts;
}

std::vector<Tensor> split_into(const Tensor& x, std::int64_t sections, std::int64_t axis) {
  const Shape shape = x.shape();
  axis = normalized_axis(axis, shape.rank(), "split");
  const std::int64_t size = shape[axis];
  if (sections < 1 || size < 0 || size % sections != 0)
    throw ShapeError("split: the axis must have a known size that the number of sections divides. Received: " +
                     std::to_string(sections) + " sections, axis=" + std::to_string(axis) +
                     ", shape=" + to_string(shape));
  const std::int64_t part = size / sections;
  std::vector<Tensor> parts;
  for (std::int64_t i = 0; i < sections; ++i) parts.push_back(detail::slice_axis(x, axis, i * part, (i + 1) * part));
  return parts;
}

}  // namespace keratin::inline v0::ops

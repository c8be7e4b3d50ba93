#include "keratin/layers/merging.h"

#include <algorithm>
#include <array>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"
#include "layers/normalization.h"
#include "layers/options.h"
#include "ops/apply.h"
#include "ops/epsilon.h"

namespace keratin::inline v0::layers {
namespace {

constexpr auto concatenate_options = [](auto& option, auto& axis) { option("axis", axis); };

constexpr auto dot_options = [](auto& option, auto& axes, auto& normalize) {
  option.required("axes", axes);
  option("normalize", normalize);
};

bool has_mask(const Tensor& mask) { return !mask.is_empty(); }

template <class F>
Tensor folded(std::span<const Tensor> inputs, F function) {
  Tensor result = inputs.front();
  for (const Tensor& input : inputs.subspan(1)) result = function(result, input);
  return result;
}

/// The same over what isn't masked: a masked element takes the other side's value.
template <class F>
Tensor folded_unmasked(std::span<const Tensor> inputs, std::span<const Tensor> masks, F function) {
  Tensor result = inputs.front();
  Tensor seen = masks.front();  // of the result; empty: all of it
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    const Tensor input = has_mask(masks[i]) ? ops::where(masks[i], inputs[i], result) : inputs[i];
    if (has_mask(seen)) result = ops::where(seen, result, input);
    result = function(result, input);
    seen = has_mask(seen) && has_mask(masks[i]) ? ops::logical_or(seen, masks[i]) : Tensor();
  }
  return result;
}

void check_batches(const Layer& layer, std::span<const Tensor> inputs) {
  std::int64_t batch = -1;
  for (const Tensor& input : inputs) {
    const std::int64_t size = input.rank() == 0 ? -1 : input.shape().front();
    if (size >= 0 && batch >= 0 && size != batch)
      throw ShapeError(title(layer) + " merges inputs of one batch size. Received: " + std::to_string(batch) + " and " +
                       std::to_string(size));
    batch = std::max(batch, size);
  }
}

void check_any(const Layer& layer, std::span<const Tensor> inputs) {
  if (inputs.empty()) throw ValueError(title(layer) + " takes one input at least. Received: none");
}

/// With axes of size 1 after the batch, up to this rank.
Tensor of_rank(Tensor x, std::size_t rank) {
  while (x.rank() < rank) x = ops::expand_dims(x, 1);
  return x;
}

std::size_t greatest_rank(std::span<const Tensor> tensors) {
  std::size_t rank = 0;
  for (const Tensor& tensor : tensors) rank = std::max(rank, tensor.rank());
  return rank;
}

template <class T>
T read_merge(const Config& config, std::string_view name) {
  read(config, name, [](auto& /*option*/) {});
  return T();
}

}  // namespace

Tensor Merge::call(std::span<const Tensor> inputs, const CallContext& context) {
  check_any(*this, inputs);
  check_batches(*this, inputs);
  const std::size_t rank = greatest_rank(inputs);
  std::vector<Tensor> aligned;
  std::vector<Tensor> masks;
  aligned.reserve(inputs.size());
  masks.reserve(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    aligned.push_back(of_rank(inputs[i], rank));
    const Tensor& mask = context.masks[i];
    // As in Keras, where an input of lower rank loses its mask with its shape.
    const bool counts = has_mask(mask) && inputs[i].rank() == rank;
    masks.push_back(counts ? ops::expand_dims(ops::cast(mask, boolean), -1) : Tensor());
  }
  return merge(aligned, masks);
}

std::vector<Tensor> Merge::compute_mask(std::span<const Tensor> /*inputs*/, const CallContext& context) {
  if (!std::all_of(context.masks.begin(), context.masks.end(), has_mask)) return {};
  const std::size_t rank = greatest_rank(context.masks);
  std::vector<Tensor> masks;
  masks.reserve(context.masks.size());
  for (const Tensor& mask : context.masks) masks.push_back(of_rank(mask, rank));
  return {folded(masks, ops::logical_or)};
}

Tensor Add::merge(std::span<const Tensor> inputs, std::span<const Tensor> /*masks*/) const {
  return folded(inputs, ops::add);
}
Add Add::from_config(const Config& config) { return read_merge<Add>(config, "Add"); }

Tensor Subtract::merge(std::span<const Tensor> inputs, std::span<const Tensor> /*masks*/) const {
  if (inputs.size() == 2) return inputs[0] - inputs[1];
  throw ValueError(title(*this) + " takes two inputs. Received: " + std::to_string(inputs.size()));
}
Subtract Subtract::from_config(const Config& config) { return read_merge<Subtract>(config, "Subtract"); }

Tensor Multiply::merge(std::span<const Tensor> inputs, std::span<const Tensor> masks) const {
  std::vector<Tensor> factors(inputs.begin(), inputs.end());
  for (std::size_t i = 0; i < factors.size(); ++i)
    if (has_mask(masks[i])) factors[i] = ops::where(masks[i], factors[i], 1.0);
  Tensor product = folded(factors, ops::multiply);
  if (!std::all_of(masks.begin(), masks.end(), has_mask)) return product;
  return ops::where(folded(masks, ops::logical_or), product, 0.0);
}
Multiply Multiply::from_config(const Config& config) { return read_merge<Multiply>(config, "Multiply"); }

Tensor Average::merge(std::span<const Tensor> inputs, std::span<const Tensor> /*masks*/) const {
  return folded(inputs, ops::add) / inputs.size();
}
Average Average::from_config(const Config& config) { return read_merge<Average>(config, "Average"); }

Tensor Maximum::merge(std::span<const Tensor> inputs, std::span<const Tensor> masks) const {
  return folded_unmasked(inputs, masks, ops::maximum);
}
Maximum Maximum::from_config(const Config& config) { return read_merge<Maximum>(config, "Maximum"); }

Tensor Minimum::merge(std::span<const Tensor> inputs, std::span<const Tensor> masks) const {
  return folded_unmasked(inputs, masks, ops::minimum);
}
Minimum Minimum::from_config(const Config& config) { return read_merge<Minimum>(config, "Minimum"); }

Concatenate::Concatenate(ConcatenateOptions options) : CallableLayer(std::move(options.name)), axis_(options.axis) {
  set_common(options.trainable, options.dtype);
}

Tensor Concatenate::call(std::span<const Tensor> inputs, const CallContext& /*context*/) {
  check_any(*this, inputs);
  return ops::concatenate({inputs.begin(), inputs.end()}, axis_);
}

std::vector<Tensor> Concatenate::compute_mask(std::span<const Tensor> inputs, const CallContext& context) {
  if (std::none_of(context.masks.begin(), context.masks.end(), has_mask)) return {};
  std::vector<Tensor> masks;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor& mask = context.masks[i];
    const Tensor all = ops::cast(ops::ones_like(inputs[i]), boolean);
    if (has_mask(mask) && mask.rank() >= inputs[i].rank()) {
      masks.push_back(ops::cast(mask, boolean));
    } else {
      masks.push_back(has_mask(mask) ? ops::logical_and(ops::expand_dims(mask, -1), all) : all);
    }
  }
  return {ops::any(ops::concatenate(masks, axis_), -1)};
}

Config Concatenate::config() const { return written(concatenate_options, axis_); }

Concatenate Concatenate::from_config(const Config& config) {
  ConcatenateOptions options;
  read(config, "Concatenate", concatenate_options, options.axis);
  return Concatenate(std::move(options));
}

namespace {

/// Sizes from one axis to another, as one: −1 if one is unknown.
std::int64_t product_of(const Shape& shape, std::size_t first, std::size_t last) {
  std::int64_t product = 1;
  for (std::size_t i = first; i < last; ++i)
    product = product < 0 || shape.dims()[i] < 0 ? -1 : product * shape.dims()[i];
  return product;
}

/// (batch, rows, inner) from a tensor that has the inner axis last, or (batch, inner, columns) where it comes second.
Tensor as_matrices(const Layer& layer, const Tensor& x, bool inner_is_last) {
  const Shape shape = x.shape();
  if (shape.rank() == 3) return x;
  if (shape.rank() == 2) return ops::expand_dims(x, inner_is_last ? 1 : 2);
  const std::int64_t others =
      inner_is_last ? product_of(shape, 1, shape.rank() - 1) : product_of(shape, 2, shape.rank());
  const std::int64_t inner = inner_is_last ? shape.back() : shape[1];
  const int unknown = (shape.front() < 0 ? 1 : 0) + (others < 0 ? 1 : 0) + (inner < 0 ? 1 : 0);
  if (unknown > 1)
    throw ShapeError(title(layer) + " takes inputs of rank 4 and more if all sizes but one are known. Received: " +
                     "inputs of shape " + to_string(shape));
  return ops::reshape(x, inner_is_last ? Shape{shape.front(), others, inner} : Shape{shape.front(), inner, others});
}

}  // namespace

Dot::Dot(const Axes& axes, DotOptions options)
    : CallableLayer(std::move(options.name)), axes_(axes), normalize_(options.normalize) {
  if (axes_.empty() || axes_.values().size() > 2)
    throw ValueError("Dot: `axes` is one axis for both inputs or one for each. Received: " +
                     std::to_string(axes_.values().size()) + " axes");
  set_common(options.trainable, options.dtype);
}

Tensor Dot::call(std::span<const Tensor> inputs, const CallContext& /*context*/) {
  if (inputs.size() != 2)
    throw ValueError(title(*this) + " takes two inputs. Received: " + std::to_string(inputs.size()));
  check_batches(*this, inputs);
  std::array<Tensor, 2> moved;
  std::array<std::int64_t, 2> sizes{};
  for (std::size_t i = 0; i < 2; ++i) {
    const Shape shape = inputs[i].shape();
    check_rank_at_least(*this, shape, 2);
    const std::int64_t axis =
        ops::normalized_axis(i == 0 ? axes_.values().front() : axes_.values().back(), shape.rank(), title(*this));
    if (axis == 0) throw ValueError(title(*this) + ": the batch, axis 0, isn't summed. Received: axes with 0");
    sizes[i] = shape[axis];
    const Tensor scaled = normalize_ ? unit_length(inputs[i], axis, ops::epsilon) : inputs[i];
    moved[i] = ops::moveaxis(scaled, axis, i == 0 ? -1 : 1);
  }
  if (sizes[0] >= 0 && sizes[1] >= 0 && sizes[0] != sizes[1])
    throw ShapeError(title(*this) + " sums along axes of one size. Received: " + std::to_string(sizes[0]) + " and " +
                     std::to_string(sizes[1]));
  Tensor product = ops::matmul(as_matrices(*this, moved[0], true), as_matrices(*this, moved[1], false));
  Shape shape{product.shape().front()};
  for (std::size_t i = 1; i + 1 < moved[0].rank(); ++i) shape.push_back(moved[0].shape().dims()[i]);
  for (std::size_t i = 2; i < moved[1].rank(); ++i) shape.push_back(moved[1].shape().dims()[i]);
  if (shape.rank() == 1) shape.push_back(1);
  return shape == product.shape() ? product : ops::reshape(product, shape);
}

std::vector<Tensor> Dot::compute_mask(std::span<const Tensor> /*inputs*/, const CallContext& /*context*/) { return {}; }

Config Dot::config() const { return written(dot_options, axes_, normalize_); }

Dot Dot::from_config(const Config& config) {
  Axes axes;
  DotOptions options;
  read(config, "Dot", dot_options, axes, options.normalize);
  return Dot(axes, std::move(options));
}

}  // namespace keratin::inline v0::layers

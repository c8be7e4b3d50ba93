#include "keratin/layers/reshaping.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"
#include "layers/options.h"

namespace keratin::inline v0::layers {
namespace {

constexpr auto flatten_options = [](auto& option, auto& format) { option("data_format", format); };
constexpr auto permute_options = [](auto& option, auto& dims) { option.required("dims", dims); };
constexpr auto repeat_options = [](auto& option, auto& n) { option.required("n", n); };

/// Product of the sizes after the batch; −1 if one is unknown.
std::int64_t elements_of_example(const Shape& shape) {
  std::int64_t product = 1;
  for (std::size_t i = 1; i < shape.rank(); ++i) {
    if (shape.dims()[i] < 0) return -1;
    product *= shape.dims()[i];
  }
  return product;
}

const Shape& checked_target(const Shape& target) {
  if (std::count(target.begin(), target.end(), -1) <= 1) return target;
  throw ValueError("Reshape: at most one size of `target_shape` may be -1. Received: target_shape=" +
                   to_string(target));
}

const Shape& checked_permutation(const Shape& dims) {
  std::vector<std::int64_t> sorted(dims.begin(), dims.end());
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i)
    if (sorted[i] != static_cast<std::int64_t>(i) + 1)
      throw ValueError("Permute: `dims` must be the numbers from 1 to their count, in any order; the batch, 0, isn't " +
                       std::string("among them. Received: dims=") + to_string(dims));
  return dims;
}

}  // namespace

Flatten::Flatten(FlattenOptions options) : CallableLayer(std::move(options.name)), data_format_(options.data_format) {
  set_common(options.trainable, options.dtype);
}

Tensor Flatten::call(const Tensor& x, const CallContext& /*context*/) {
  const Shape shape = x.shape();
  check_rank_at_least(*this, shape, 1);
  const std::int64_t elements = elements_of_example(shape);
  if (elements < 0 && shape.front() < 0)
    throw ShapeError(title(*this) + " needs all sizes after the batch, or the batch's. Received: inputs of shape " +
                     to_string(shape));
  const bool moves = data_format_ == DataFormat::channels_first && shape.rank() > 2;
  return ops::reshape(moves ? ops::moveaxis(x, 1, -1) : x, {elements < 0 ? shape.front() : -1, elements});
}

Config Flatten::config() const { return written(flatten_options, data_format_); }

Flatten Flatten::from_config(const Config& config) {
  FlattenOptions options;
  read(config, "Flatten", flatten_options, options.data_format);
  return Flatten(std::move(options));
}

Reshape::Reshape(const Shape& target_shape, ReshapeOptions options)
    : CallableLayer(std::move(options.name)), target_shape_(checked_target(target_shape)) {
  set_common(options.trainable, options.dtype);
}

Tensor Reshape::call(const Tensor& x, const CallContext& /*context*/) {
  const Shape shape = x.shape();
  check_rank_at_least(*this, shape, 1);
  Shape target = target_shape_;
  std::int64_t product = 1;
  std::int64_t* open = nullptr;
  for (std::size_t i = 0; i < target.rank(); ++i) {
    std::int64_t& size = target[static_cast<std::int64_t>(i)];
    if (size < 0) {
      open = &size;
    } else {
      product *= size;
    }
  }
  const std::int64_t elements = elements_of_example(shape);
  const bool fits = open == nullptr ? elements == product : product > 0 && elements % product == 0;
  if (elements >= 0 && !fits)
    throw ShapeError(title(*this) + " makes the shape " + to_string(target_shape_) +
                     " of each example, which must have as many elements. Received: inputs of shape " +
                     to_string(shape));
  if (open != nullptr && elements >= 0) *open = elements / product;
  target.insert(0, open != nullptr && elements < 0 ? shape.front() : -1);
  return ops::reshape(x, target);
}

Config Reshape::config() const {
  // Not as input shapes are written, where −1 would be None.
  return {{"target_shape", ConfigValue::List(target_shape_.begin(), target_shape_.end())}};
}

Reshape Reshape::from_config(const Config& config) {
  constexpr auto target_options = [](auto& option, auto& target_shape) {
    option.required("target_shape", target_shape);
  };
  Shape target_shape;
  read(config, "Reshape", target_options, target_shape);
  return Reshape(target_shape);
}

Permute::Permute(const Shape& dims, PermuteOptions options)
    : CallableLayer(std::move(options.name)), dims_(checked_permutation(dims)) {
  set_common(options.trainable, options.dtype);
}

Tensor Permute::call(const Tensor& x, const CallContext& /*context*/) {
  if (x.rank() != dims_.rank() + 1)
    throw ShapeError(title(*this) + " with dims=" + to_string(dims_) + " takes inputs of rank " +
                     std::to_string(dims_.rank() + 1) + ", the batch included. Received: inputs of shape " +
                     to_string(x.shape()));
  std::vector<std::int64_t> axes{0};
  axes.insert(axes.end(), dims_.begin(), dims_.end());
  return ops::transpose(x, Axes(std::span<const std::int64_t>(axes)));
}

Config Permute::config() const { return written(permute_options, dims_); }

Permute Permute::from_config(const Config& config) {
  Shape dims;
  read(config, "Permute", permute_options, dims);
  return Permute(dims);
}

RepeatVector::RepeatVector(std::int64_t n, RepeatVectorOptions options)
    : CallableLayer(std::move(options.name)), n_(checked_positive(n, "RepeatVector", "n")) {
  set_common(options.trainable, options.dtype);
}

Tensor RepeatVector::call(const Tensor& x, const CallContext& /*context*/) {
  if (x.rank() != 2)
    throw ShapeError(title(*this) + " takes inputs (batch, features). Received: inputs of shape " +
                     to_string(x.shape()));
  return ops::repeat(ops::expand_dims(x, 1), n_, 1);
}

Config RepeatVector::config() const { return written(repeat_options, n_); }

RepeatVector RepeatVector::from_config(const Config& config) {
  std::int64_t n = 0;
  read(config, "RepeatVector", repeat_options, n);
  return RepeatVector(n);
}

}  // namespace keratin::inline v0::layers

#include "keratin/layers/preprocessing.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "graph/builder.h"
#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"
#include "layers/options.h"
#include "ops/apply.h"
#include "ops/epsilon.h"
#include "session/core.h"

namespace keratin::inline v0::layers {
namespace {

constexpr auto rescaling_options = [](auto& option, auto& scale, auto& offset) {
  option.required("scale", scale);
  option("offset", offset);
};

/// Keras writes axes as a list, which is empty for none.
struct AxisList {
  Axes axes = {};
  ConfigValue config() const { return ConfigValue::List(axes.values().begin(), axes.values().end()); }
  static AxisList from_config(const ConfigValue& config) { return {axes_from(config)}; }
};

constexpr auto normalization_options = [](auto& option, auto& axis, auto& options) {
  option("axis", axis);
  option("invert", options.invert);
  option("mean", options.mean);
  option("variance", options.variance);
};

ConfigValue nested(const Array& numbers) {
  if (numbers.rank() == 0) return numbers.item<double>();
  ConfigValue::List list;
  for (std::int64_t i = 0; i < numbers.shape().front(); ++i) {
    Shape rest = numbers.shape();
    rest.erase(0);
    list.push_back(nested(numbers.rows(i, i + 1).reshaped(rest)));
  }
  return list;
}

/// The shape of nested lists, whose numbers are appended. Throws ValueError if they aren't a box.
Shape flatten(const ConfigValue& config, std::vector<double>& numbers) {
  if (config.is_number()) {
    numbers.push_back(config.as_floating());
    return {};
  }
  const ConfigValue::List& list = config.as_list();
  Shape inner;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Shape shape = flatten(list[i], numbers);
    if (i > 0 && shape != inner)
      throw ValueError("Nested lists of numbers must be as long as one another. Received: parts of shapes " +
                       to_string(inner) + " and " + to_string(shape));
    inner = shape;
  }
  inner.insert(0, static_cast<std::int64_t>(list.size()));
  return inner;
}

}  // namespace

Numbers::Numbers(std::initializer_list<double> numbers) : Numbers(Array::copy_of(numbers)) {}
Numbers::Numbers(const std::vector<double>& numbers) : Numbers(Array::copy_of(numbers)) {}
Array Numbers::scalar(double number) { return Array::scalar(number); }
Numbers::Numbers(const Array& numbers) : array_(numbers.astype(float64)), given_(true) {}

Tensor Numbers::tensor(DType dtype, const Shape& shape) const {
  if (array_.rank() == 0) return array_.item<double>();
  return graph::Builder::current_or_throw("a layer's option").constant(array_.astype(dtype).reshaped(shape));
}

ConfigValue Numbers::config() const { return is_empty() ? ConfigValue() : nested(array_); }

Numbers Numbers::from_config(const ConfigValue& config) {
  if (config.is_none()) return {};
  if (!config.is_number() && !config.is_list()) {
    const Config& array = config.as_config();
    const auto class_name = array.get<std::string>("class_name");
    if (class_name != "__numpy__" && class_name != "__tensor__")
      throw ValueError("It must be a number, lists of them or an array. Received: an object of the class '" +
                       class_name + "'");
    return from_config(array.at("config").as_config().at("value"));
  }
  std::vector<double> numbers;
  const Shape shape = flatten(config, numbers);
  return Array::copy_of(numbers).reshaped(shape);
}

Rescaling::Rescaling(Numbers scale, RescalingOptions options)
    : CallableLayer(std::move(options.name)), scale_(std::move(scale)), offset_(std::move(options.offset)) {
  if (scale_.is_empty() || offset_.is_empty())
    throw ValueError("Rescaling: `scale` and `offset` are numbers or arrays. Received: none");
  set_common(options.trainable, options.dtype);
}

Tensor Rescaling::call(const Tensor& x, const CallContext& /*context*/) {
  const DType dtype = compute_dtype();
  const Tensor scaled = ops::cast(x, dtype) * scale_.tensor(dtype, scale_.array().shape());
  return scaled + offset_.tensor(dtype, offset_.array().shape());
}

Config Rescaling::config() const { return written(rescaling_options, scale_, offset_); }

Rescaling Rescaling::from_config(const Config& config) {
  Numbers scale;
  RescalingOptions options;
  read(config, "Rescaling", rescaling_options, scale, options.offset);
  return Rescaling(std::move(scale), std::move(options));
}

Normalization::Normalization(NormalizationOptions options) : CallableLayer(options.name), options_(std::move(options)) {
  const Numbers& mean = options_.mean;
  const Numbers& variance = options_.variance;
  if (mean.is_empty() != variance.is_empty() || mean.array().shape() != variance.array().shape())
    throw ValueError("Normalization: `mean` and `variance` are given together, and have one shape. Received: " +
                     (mean.is_empty() ? "none" : to_string(mean.array().shape())) + " and " +
                     (variance.is_empty() ? "none" : to_string(variance.array().shape())));
  if (mean.array().shape().rank() > options_.axis.values().size())
    throw ValueError("Normalization: `mean` has no more dimensions than there are axes, " +
                     std::to_string(options_.axis.values().size()) + ". Received: a mean of shape " +
                     to_string(mean.array().shape()));
  set_common(options_.trainable, options_.dtype);
}

/// Of the numbers given, for inputs of this shape: theirs along the last axes that are kept, and 1 along the others.
Shape Normalization::given_shape(const Shape& input) const {
  const Shape& numbers = options_.mean.array().shape();
  Shape shape;
  for (std::size_t i = 0; i < input.rank(); ++i) shape.push_back(1);
  for (std::size_t i = 1; i <= numbers.rank(); ++i) {
    const std::int64_t axis = kept_axes_[-static_cast<std::int64_t>(i)];
    shape[axis] = numbers[-static_cast<std::int64_t>(i)];
    if (shape[axis] != 1 && shape[axis] != input[axis])
      throw ShapeError(title(*this) + ": `mean` and `variance` must have the sizes along the axes, or 1. Received: a " +
                       "mean of shape " + to_string(numbers) + " for inputs of shape " + to_string(input));
  }
  return shape;
}

void Normalization::build(const Shape& input) {
  kept_axes_ = {};
  kept_ = {};
  broadcast_ = {};
  for (std::size_t i = 0; i < input.rank(); ++i) broadcast_.push_back(1);
  if (!options_.axis.empty())
    for (const std::int64_t axis : ops::normalized_axes(options_.axis, input.rank(), title(*this))) {
      broadcast_[axis] = known_size(*this, input, axis);
      kept_axes_.push_back(axis);
      kept_.push_back(broadcast_[axis]);
    }
  if (!options_.mean.is_empty()) {
    given_ = given_shape(input);
    return;
  }
  mean_ = add_weight("mean", kept_, {.initializer = "zeros", .trainable = false});
  variance_ = add_weight("variance", kept_, {.initializer = "ones", .trainable = false});
  count_ = add_weight("count", {}, {.initializer = "zeros", .dtype = int64, .trainable = false});
}

void Normalization::adapt(const Array& data) {
  if (!options_.mean.is_empty())
    throw ValueError(title(*this) + " was made with its mean and variance, and can't adapt to data");
  Shape shape = data.shape();
  check_rank_at_least(*this, shape, 1);
  ensure_built({&shape, 1});
  for (std::size_t i = 0; i < broadcast_.rank(); ++i)
    if (broadcast_.dims()[i] != 1) check_size(*this, shape, static_cast<std::int64_t>(i), broadcast_.dims()[i]);
  if (shape.rank() != broadcast_.rank() || data.size() == 0)
    throw ShapeError(title(*this) + " adapts to data of rank " + std::to_string(broadcast_.rank()) +
                     " that isn't empty. Received: data of shape " + to_string(shape));

  // Each element's place among the statistics; two passes, in double.
  const Array floating = data.astype(float64).contiguous();
  const std::span<const double> values = floating.data<double>();
  const auto places = static_cast<std::size_t>(kept_.elements());
  const auto place_of = [&](std::size_t index) {
    std::size_t place = 0;
    std::size_t step = 1;
    for (std::size_t i = shape.rank(); i-- > 0;) {
      const auto size = static_cast<std::size_t>(shape.dims()[i]);
      if (broadcast_.dims()[i] != 1) place += index % size * step, step *= size;
      index /= size;
    }
    return place;
  };
  std::vector<double> mean(places);
  std::vector<double> variance(places);
  const double count = static_cast<double>(values.size()) / static_cast<double>(places);
  for (std::size_t i = 0; i < values.size(); ++i) mean[place_of(i)] += values[i] / count;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double deviation = values[i] - mean[place_of(i)];
    variance[place_of(i)] += deviation * deviation / count;
  }
  mean_.assign(Array::copy_of(mean).reshaped(kept_).astype(mean_.dtype()));
  variance_.assign(Array::copy_of(variance).reshaped(kept_).astype(mean_.dtype()));
}

Tensor Normalization::statistic(const Variable& adapted, const Numbers& given) const {
  return given.is_empty() ? ops::reshape(adapted, broadcast_) : given.tensor(compute_dtype(), given_);
}

Tensor Normalization::call(const Tensor& x, const CallContext& /*context*/) {
  if (x.rank() != broadcast_.rank())
    throw ShapeError(title(*this) + " was built for inputs of rank " + std::to_string(broadcast_.rank()) +
                     ". Received: inputs of shape " + to_string(x.shape()));
  const Tensor mean = statistic(mean_, options_.mean);
  const Tensor variance = statistic(variance_, options_.variance);
  const Tensor deviation = ops::maximum(ops::sqrt(variance), ops::epsilon);
  const Tensor input = ops::cast(x, compute_dtype());
  return options_.invert ? mean + input * deviation : (input - mean) / deviation;
}

Config Normalization::config() const { return written(normalization_options, AxisList{options_.axis}, options_); }

Normalization Normalization::from_config(const Config& config) {
  AxisList axis{-1};
  NormalizationOptions options;
  read(config, "Normalization", normalization_options, axis, options);
  options.axis = axis.axes;
  return Normalization(std::move(options));
}

}  // namespace keratin::inline v0::layers

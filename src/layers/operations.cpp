// Keras's operations by class name: each calls the op of that name.
#include "layers/operations.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/ops/creation.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"
#include "layers/operation_call.h"
#include "layers/operation_tables.h"

namespace keratin::inline v0::layers {
namespace {

using Call = OperationCall;
using Unary = Tensor (*)(const Tensor&);
using Binary = Tensor (*)(const Tensor&, const Tensor&);
using Reduction = Tensor (*)(const Tensor&, const Axes&, bool);

constexpr auto unary_operations = std::to_array<Named<Unary>>({
    {"Absolute", ops::absolute},
    {"Abs", ops::absolute},
    {"Negative", ops::negative},
    {"Sign", ops::sign},
    {"Square", ops::square},
    {"Sqrt", ops::sqrt},
    {"Rsqrt", ops::rsqrt},
    {"Reciprocal", ops::reciprocal},
    {"Exp", ops::exp},
    {"Expm1", ops::expm1},
    {"Log", ops::log},
    {"Log1p", ops::log1p},
    {"Log2", ops::log2},
    {"Log10", ops::log10},
    {"Sin", ops::sin},
    {"Cos", ops::cos},
    {"Tan", ops::tan},
    {"Arcsin", ops::arcsin},
    {"Arccos", ops::arccos},
    {"Arctan", ops::arctan},
    {"Sinh", ops::sinh},
    {"Cosh", ops::cosh},
    {"Tanh", ops::tanh},
    {"Arcsinh", ops::arcsinh},
    {"Arccosh", ops::arccosh},
    {"Arctanh", ops::arctanh},
    {"Erf", ops::erf},
    {"Floor", ops::floor},
    {"Ceil", ops::ceil},
    {"Trunc", ops::trunc},
    {"Isnan", ops::isnan},
    {"Isinf", ops::isinf},
    {"Isfinite", ops::isfinite},
    {"LogicalNot", ops::logical_not},
    {"StopGradient", ops::stop_gradient},
    {"Ravel", ops::ravel},
});

constexpr auto binary_operations = std::to_array<Named<Binary>>({
    {"Add", ops::add},
    {"Subtract", ops::subtract},
    {"Multiply", ops::multiply},
    {"Divide", ops::divide},
    {"TrueDivide", ops::true_divide},
    {"FloorDivide", ops::floor_divide},
    {"Mod", ops::mod},
    {"Power", ops::power},
    {"Maximum", ops::maximum},
    {"Minimum", ops::minimum},
    {"Arctan2", ops::arctan2},
    {"Logaddexp", ops::logaddexp},
    {"Equal", ops::equal},
    {"NotEqual", ops::not_equal},
    {"Less", ops::less},
    {"LessEqual", ops::less_equal},
    {"Greater", ops::greater},
    {"GreaterEqual", ops::greater_equal},
    {"LogicalAnd", ops::logical_and},
    {"LogicalOr", ops::logical_or},
    {"LogicalXor", ops::logical_xor},
    {"Matmul", ops::matmul},
    {"Dot", ops::dot},
    {"Outer", ops::outer},
});

constexpr auto reductions = std::to_array<Named<Reduction>>({
    {"Sum", ops::sum},
    {"Mean", ops::mean},
    {"Prod", ops::prod},
    {"Max", ops::max},
    {"Amax", ops::max},
    {"Min", ops::min},
    {"Amin", ops::min},
    {"Any", ops::any},
    {"All", ops::all},
    {"Var", ops::var},
    {"Std", ops::std},
    {"Logsumexp", ops::logsumexp},
});

std::optional<std::int64_t> axis_or_none(const Call& call) {
  const ConfigValue& value = call.option("axis");
  return value.is_none() ? std::nullopt : std::optional<std::int64_t>(value.as_integer());
}

std::vector<Tensor> padded(const Call& call) {
  ops::PadWidth widths;
  for (const ConfigValue& pair : call.option("pad_width").as_list())
    widths.emplace_back(pair.as_list().at(0).as_integer(), pair.as_list().at(1).as_integer());
  const std::string& mode = call.option("mode").as_text();
  const double value = call.number("constant_values", 0.0, 1);
  if (mode == "constant") return {ops::pad(call.x(), widths, ops::PadMode::constant, value)};
  if (mode == "reflect") return {ops::pad(call.x(), widths, ops::PadMode::reflect)};
  if (mode == "symmetric") return {ops::pad(call.x(), widths, ops::PadMode::symmetric)};
  throw ValueError("Pad: the mode must be 'constant', 'reflect' or 'symmetric'. Received: mode='" + mode + "'");
}

ops::ItemKey item_key(const ConfigValue& value) {
  if (value.is_none()) return ops::newaxis;
  if (is_special(value, "__ellipsis__")) return ops::ellipsis;
  if (!is_special(value, "__slice__")) return value.as_integer();
  const Config& config = value.as_config().at("config").as_config();
  const auto bound = [&](std::string_view name) {
    const ConfigValue& each = config.at(name);
    return each.is_none() ? std::nullopt : std::optional<std::int64_t>(each.as_integer());
  };
  return ops::Slice{.start = bound("start"), .stop = bound("stop"), .step = bound("step")};
}

std::vector<Tensor> get_item(const Call& call) {
  const ConfigValue& given = call.option("key", 1);
  std::vector<ops::ItemKey> key;
  if (given.is_list()) {
    for (const ConfigValue& each : given.as_list()) key.push_back(item_key(each));
  } else {
    key.push_back(item_key(given));
  }
  return {ops::get_item(call.x(), key)};
}

std::vector<Tensor> split(const Call& call) {
  const ConfigValue& parts = call.option("indices_or_sections");
  const std::int64_t axis = call.integer("axis", 0);
  if (parts.is_list()) return ops::split(call.x(), call.integers("indices_or_sections"), axis);
  return ops::split_into(call.x(), parts.as_integer(), axis);
}

/// Sums over pairs of axes, or over the last of x1 and the first of x2, so many of them.
std::vector<Tensor> tensordot(const Call& call) {
  const Tensor x1 = call.tensor(0, "x1");
  const Tensor x2 = call.tensor(1, "x2");
  const ConfigValue& given = call.option("axes");
  if (given.is_list()) {
    const auto axes = [](const ConfigValue& value) {
      const auto list = value.is_list() ? value.as<std::vector<std::int64_t>>() : std::vector{value.as_integer()};
      return Axes{std::span<const std::int64_t>(list)};
    };
    return {ops::tensordot(x1, x2, axes(given.as_list().at(0)), axes(given.as_list().at(1)))};
  }
  std::vector<std::int64_t> last;
  std::vector<std::int64_t> first;
  const std::int64_t count = call.integer("axes", 2);
  for (std::int64_t i = 0; i < count; ++i) {
    last.push_back(i - count);
    first.push_back(i);
  }
  return {
      ops::tensordot(x1, x2, Axes{std::span<const std::int64_t>(last)}, Axes{std::span<const std::int64_t>(first)})};
}

std::vector<Tensor> roll(const Call& call) {
  const Tensor x = call.x();
  const std::int64_t shift = call.option("shift").as_integer();
  if (const auto axis = axis_or_none(call)) return {ops::roll(x, shift, *axis)};
  return {ops::reshape(ops::roll(ops::ravel(x), shift, 0), x.shape())};
}

std::vector<Tensor> arg_extreme(const Call& call, Tensor (*along)(const Tensor&, std::int64_t, bool),
                                Tensor (*of_all)(const Tensor&)) {
  const auto axis = axis_or_none(call);
  return {axis ? along(call.x(), *axis, call.flag("keepdims")) : of_all(call.x())};
}

constexpr auto shape_operations = std::to_array<Named<General>>({
    {"Reshape",
     [](const Call& c) -> std::vector<Tensor> { return {ops::reshape(c.x(), shape_from(c.option("newshape")))}; }},
    {"Transpose", [](const Call& c) -> std::vector<Tensor> { return {ops::transpose(c.x(), c.axes("axes"))}; }},
    {"ExpandDims", [](const Call& c) -> std::vector<Tensor> { return {ops::expand_dims(c.x(), c.axes("axis"))}; }},
    {"Squeeze", [](const Call& c) -> std::vector<Tensor> { return {ops::squeeze(c.x(), c.axes("axis"))}; }},
    {"Swapaxes",
     [](const Call& c) -> std::vector<Tensor> {
       return {ops::swapaxes(c.x(), c.integer("axis1", 0), c.integer("axis2", 1))};
     }},
    {"Moveaxis",
     [](const Call& c) -> std::vector<Tensor> {
       return {ops::moveaxis(c.x(), c.axes("source"), c.axes("destination"))};
     }},
    {"Concatenate",
     [](const Call& c) -> std::vector<Tensor> { return {ops::concatenate(c.first_list(), c.integer("axis", 0))}; }},
    {"Stack", [](const Call& c) -> std::vector<Tensor> { return {ops::stack(c.first_list(), c.integer("axis", 0))}; }},
    {"Unstack", [](const Call& c) { return ops::unstack(c.x(), c.integer("axis", 0)); }},
    {"Split", split},
    {"Flip", [](const Call& c) -> std::vector<Tensor> { return {ops::flip(c.x(), c.axes("axis"))}; }},
    {"Roll", roll},
    {"Pad", padded},
    {"BroadcastTo",
     [](const Call& c) -> std::vector<Tensor> { return {ops::broadcast_to(c.x(), shape_from(c.option("shape")))}; }},
    {"Tile", [](const Call& c) -> std::vector<Tensor> { return {ops::tile(c.x(), c.integers("repeats"))}; }},
    {"Repeat",
     [](const Call& c)
         -> std::vector<Tensor> { return {ops::repeat(c.x(), c.integer("repeats", 1), axis_or_none(c))}; }},
    {"Tril", [](const Call& c) -> std::vector<Tensor> { return {ops::tril(c.x(), c.integer("k", 0))}; }},
    {"Triu", [](const Call& c) -> std::vector<Tensor> { return {ops::triu(c.x(), c.integer("k", 0))}; }},
    {"Take",
     [](const Call& c) -> std::vector<Tensor> { return {ops::take(c.x(), c.tensor(1, "indices"), axis_or_none(c))}; }},
    {"TakeAlongAxis",
     [](const Call& c)
         -> std::vector<Tensor> { return {ops::take_along_axis(c.x(), c.tensor(1, "indices"), axis_or_none(c))}; }},
    {"Cumsum", [](const Call& c) -> std::vector<Tensor> { return {ops::cumsum(c.x(), axis_or_none(c))}; }},
    {"Sort", [](const Call& c) -> std::vector<Tensor> { return {ops::sort(c.x(), c.integer("axis", -1))}; }},
    {"Argsort", [](const Call& c) -> std::vector<Tensor> { return {ops::argsort(c.x(), c.integer("axis", -1))}; }},
    {"Argmax", [](const Call& c) { return arg_extreme(c, ops::argmax, ops::argmax); }},
    {"Argmin", [](const Call& c) { return arg_extreme(c, ops::argmin, ops::argmin); }},
    {"CountNonzero", [](const Call& c) -> std::vector<Tensor> { return {ops::count_nonzero(c.x(), c.axes("axis"))}; }},
    {"Tensordot", tensordot},
});

constexpr auto other_operations = std::to_array<Named<General>>({
    {"ZerosLike",
     [](const Call& c) -> std::vector<Tensor> { return {ops::cast(ops::zeros_like(c.x()), c.dtype(c.x().dtype()))}; }},
    {"OnesLike",
     [](const Call& c) -> std::vector<Tensor> { return {ops::cast(ops::ones_like(c.x()), c.dtype(c.x().dtype()))}; }},
    {"ConvertToTensor",
     [](const Call& c) -> std::vector<Tensor> { return {ops::cast(c.x(), c.dtype(c.x().dtype()))}; }},
    {"Cast", [](const Call& c) -> std::vector<Tensor> { return {ops::cast(c.x(), c.dtype(float32))}; }},
    {"Clip",
     [](const Call& c) -> std::vector<Tensor> {
       return {ops::clip(c.x(), c.number("x_min", 0), c.number("x_max", 0))};
     }},
    {"Round",
     [](const Call& c) -> std::vector<Tensor> {
       return {ops::round(c.x(), static_cast<int>(c.integer("decimals", 0)))};
     }},
    {"Where",
     [](const Call& c)
         -> std::vector<
             Tensor> { return {ops::where(c.tensor(0, "condition"), c.tensor(1, "x1"), c.tensor(2, "x2"))}; }},
    {"FullLike",
     [](const Call& c) -> std::vector<Tensor> { return {ops::full_like(c.x(), c.number("fill_value", 0.0, 1))}; }},
    {"Einsum",
     [](const Call& c) -> std::vector<Tensor> { return {ops::einsum(c.option("subscripts").as_text(), c.all())}; }},
    {"GetItem", get_item},
    {"Diagonal",
     [](const Call& c) -> std::
                           vector<Tensor> {
                             return {ops::diagonal(c.x(), c.integer("offset", 0), c.integer("axis1", 0),
                                                   c.integer("axis2", 1))};
                           }},
    {"TopK",
     [](const Call& c) -> std::
                           vector<Tensor> {
                             const ops::TopK top = ops::top_k(c.x(), c.integer("k", 1), c.flag("sorted", true));
                             return {top.values, top.indices};
                           }},
});

bool is_known(std::string_view name) {
  return found(unary_operations, name) != nullptr || found(binary_operations, name) != nullptr ||
         found(reductions, name) != nullptr || found(shape_operations, name) != nullptr ||
         found(other_operations, name) != nullptr || nn_operation(name) != nullptr;
}

/// Options that the ops here don't have must ask for nothing.
void check_options(const Operation& operation, const std::string& name) {
  const Config& config = operation.config;
  const std::string_view kind = operation.class_name;
  const auto refuse = [&](const std::string& option, const ConfigValue& value) {
    throw ValueError("The operation '" + name + "' (" + operation.class_name + ") in the model's graph: the option `" +
                     option + "` isn't supported so. Received: " + option + "=" + to_string(value));
  };
  const auto asks = [&](std::string_view option) {
    if (!config.contains(option)) return false;
    const ConfigValue& value = config.at(option);
    const bool is_false = value.is_bool() && !value.as_bool();
    return !value.is_none() && !is_false;
  };
  for (const char* const option : {"initial", "sparse", "ragged"})
    if (asks(option)) refuse(option, config.at(option));
  const bool keeps_dtype = kind == "Prod" || kind == "Cumsum" || kind == "FullLike";
  if (keeps_dtype && asks("dtype")) refuse("dtype", config.at("dtype"));
  if ((kind == "Argmax" || kind == "Argmin") && !asks("axis") && asks("keepdims") &&
      (!config.contains("axis") || config.at("axis").is_none()))
    refuse("keepdims", config.at("keepdims"));
  if (kind == "Clip")
    for (const char* const bound : {"x_min", "x_max"})
      if (config.contains(bound) && !config.at(bound).is_number()) refuse(bound, config.at(bound));
}

}  // namespace

void check_operation(const Operation& operation, const std::string& name) {
  if (is_known(operation.class_name)) return check_options(operation, name);
  throw ValueError("The operation '" + name +
                   "' in the model's graph isn't supported. Received: " + operation.class_name);
}

std::vector<Tensor> apply_operation(const Operation& operation, const Config& node, const TensorOf& tensor_of) {
  const Call call(operation.config, node, tensor_of);
  const std::string_view name = operation.class_name;
  if (const auto* const unary = found(unary_operations, name)) return {(*unary)(call.x())};
  if (const auto* const binary = found(binary_operations, name))
    return {(*binary)(call.tensor(0, "x1"), call.tensor(1, "x2"))};
  if (const auto* const reduce = found(reductions, name))
    return {(*reduce)(call.x(), call.axes("axis"), call.flag("keepdims"))};
  if (const auto* const shaping = found(shape_operations, name)) return (*shaping)(call);
  if (const auto* const other = found(other_operations, name)) return (*other)(call);
  if (const auto* const nn = nn_operation(name)) return (*nn)(call);
  check_operation(operation, std::string(name));
  return {};
}

}  // namespace keratin::inline v0::layers

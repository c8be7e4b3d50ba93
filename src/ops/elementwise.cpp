#include "ops/elementwise.h"

#include <array>
#include <cstddef>

#include "kernels/elementwise/elementwise.h"
#include "ops/broadcasting.h"
#include "ops/elementwise_gradients.h"

namespace keratin::inline v0::ops {
namespace {

using graph::InferContext;
using graph::KernelPtr;
using graph::KernelRequest;
using graph::OpDef;
using graph::ScalarOp;
namespace gradients = elementwise_gradients;

// Shape rules: how the dtypes go.

DType common_dtype(const InferContext& context) {
  const DType dtype = context.inputs.back().dtype;
  for (const graph::Spec& input : context.inputs.subspan(context.op.scalar == ScalarOp::select ? 1 : 0))
    if (input.dtype != dtype) context.fail_dtype("The inputs must have one dtype; cast them");
  if (dtype == complex64 || dtype == string || dtype == float16)
    context.fail_dtype("Nothing computes in this dtype; cast it");
  return dtype;
}

void infer_any(const InferContext& context) { context.outputs[0] = {common_dtype(context), broadcast_inputs(context)}; }

void infer_number(const InferContext& context) {
  if (common_dtype(context) == boolean) context.fail_dtype("The inputs must be numbers; cast them");
  infer_any(context);
}

void infer_floating(const InferContext& context) {
  if (!is_floating(common_dtype(context))) context.fail_dtype("The inputs must be floating; cast them");
  infer_any(context);
}

void infer_comparison(const InferContext& context) {
  common_dtype(context);
  context.outputs[0] = {boolean, broadcast_inputs(context)};
}

void infer_predicate(const InferContext& context) {
  if (!is_floating(common_dtype(context))) context.fail_dtype("The input must be floating; cast it");
  infer_comparison(context);
}

void infer_logical(const InferContext& context) {
  if (common_dtype(context) != boolean) context.fail_dtype("The inputs must be bool; cast them");
  infer_any(context);
}

void infer_cast(const InferContext& context) {
  const DType from = context.inputs[0].dtype;
  const DType to = context.attributes.get<DType>("dtype");
  if (from == complex64 || from == string || to == complex64 || to == string)
    context.fail_dtype("Cast takes bool, integers and floats, and makes no other (dtype=" + std::string(name_of(to)) +
                       " is asked for)");
  context.outputs[0] = {to, context.inputs[0].shape};
}

void infer_select(const InferContext& context) {
  if (context.inputs[0].dtype != boolean) context.fail_dtype("The condition must be bool; cast it");
  infer_any(context);
}

void infer_fused(const InferContext& context) {
  const Shape shape = broadcast_inputs(context);
  for (const graph::Instruction& instruction : context.attributes.get<graph::Program>("program").code)
    if (instruction.output >= 0)
      context.outputs[static_cast<std::size_t>(instruction.output)] = {instruction.result, shape};
}

// The table.

constexpr std::int16_t arguments(ScalarOp op) noexcept {
  if (op == ScalarOp::select) return 3;
  return op >= ScalarOp::add ? 2 : 1;
}

template <ScalarOp op>
KernelPtr kernel(const KernelRequest& request) {
  return kernels::elementwise_kernel(request, op);
}

/// One op. Without a gradient rule its gradient is 0 almost everywhere; an overload, as with sanitizers a comparison of
/// a function's address with nullptr is no constant.
template <ScalarOp op>
constexpr OpDef row(std::string_view name, void (*infer)(const InferContext&), std::nullptr_t = nullptr,
                    bool commutative = false) {
  OpDef def;
  def.name = name;
  def.inputs = arguments(op);
  def.infer = infer;
  def.kernel = &kernel<op>;
  def.scalar = op;
  def.zero_gradient = true;
  def.commutative = commutative;
  def.in_place = (1U << arguments(op)) - 1;
  return def;
}
template <ScalarOp op>
constexpr OpDef row(std::string_view name, void (*infer)(const InferContext&), elementwise_gradients::Rule* gradient,
                    bool commutative = false) {
  OpDef def = row<op>(name, infer, nullptr, commutative);
  def.gradient = gradient;
  def.zero_gradient = false;
  return def;
}

constexpr bool commutative = true;

constexpr std::array table{
    row<ScalarOp::identity>("identity", infer_any, gradients::identity),
    row<ScalarOp::cast>("cast", infer_cast, gradients::cast),
    row<ScalarOp::negative>("negative", infer_number, gradients::negative),
    row<ScalarOp::absolute>("absolute", infer_number, gradients::absolute),
    row<ScalarOp::sign>("sign", infer_number),
    row<ScalarOp::square>("square", infer_number, gradients::square),
    row<ScalarOp::sqrt>("sqrt", infer_floating, gradients::sqrt),
    row<ScalarOp::rsqrt>("rsqrt", infer_floating, gradients::rsqrt),
    row<ScalarOp::reciprocal>("reciprocal", infer_floating, gradients::reciprocal),
    row<ScalarOp::exp>("exp", infer_floating, gradients::exp),
    row<ScalarOp::expm1>("expm1", infer_floating, gradients::expm1),
    row<ScalarOp::log>("log", infer_floating, gradients::log),
    row<ScalarOp::log1p>("log1p", infer_floating, gradients::log1p),
    row<ScalarOp::log2>("log2", infer_floating, gradients::log2),
    row<ScalarOp::log10>("log10", infer_floating, gradients::log10),
    row<ScalarOp::sin>("sin", infer_floating, gradients::sin),
    row<ScalarOp::cos>("cos", infer_floating, gradients::cos),
    row<ScalarOp::tan>("tan", infer_floating, gradients::tan),
    row<ScalarOp::asin>("arcsin", infer_floating, gradients::asin),
    row<ScalarOp::acos>("arccos", infer_floating, gradients::acos),
    row<ScalarOp::atan>("arctan", infer_floating, gradients::atan),
    row<ScalarOp::sinh>("sinh", infer_floating, gradients::sinh),
    row<ScalarOp::cosh>("cosh", infer_floating, gradients::cosh),
    row<ScalarOp::tanh>("tanh", infer_floating, gradients::tanh),
    row<ScalarOp::asinh>("arcsinh", infer_floating, gradients::asinh),
    row<ScalarOp::acosh>("arccosh", infer_floating, gradients::acosh),
    row<ScalarOp::atanh>("arctanh", infer_floating, gradients::atanh),
    row<ScalarOp::erf>("erf", infer_floating, gradients::erf),
    row<ScalarOp::sigmoid>("sigmoid", infer_floating, gradients::sigmoid),
    row<ScalarOp::softplus>("softplus", infer_floating, gradients::softplus),
    row<ScalarOp::relu>("relu", infer_number, gradients::relu),
    row<ScalarOp::floor>("floor", infer_floating),
    row<ScalarOp::ceil>("ceil", infer_floating),
    row<ScalarOp::round>("round", infer_floating),
    row<ScalarOp::trunc>("trunc", infer_floating),
    row<ScalarOp::isnan>("isnan", infer_predicate),
    row<ScalarOp::isinf>("isinf", infer_predicate),
    row<ScalarOp::isfinite>("isfinite", infer_predicate),
    row<ScalarOp::logical_not>("logical_not", infer_logical),
    row<ScalarOp::add>("add", infer_number, gradients::add, commutative),
    row<ScalarOp::subtract>("subtract", infer_number, gradients::subtract),
    row<ScalarOp::multiply>("multiply", infer_number, gradients::multiply, commutative),
    row<ScalarOp::divide>("divide", infer_floating, gradients::divide),
    row<ScalarOp::floor_divide>("floor_divide", infer_number),
    row<ScalarOp::mod>("mod", infer_number, gradients::mod),
    row<ScalarOp::power>("power", infer_number, gradients::power),
    row<ScalarOp::maximum>("maximum", infer_number, gradients::maximum),
    row<ScalarOp::minimum>("minimum", infer_number, gradients::minimum),
    row<ScalarOp::atan2>("arctan2", infer_floating, gradients::atan2),
    row<ScalarOp::equal>("equal", infer_comparison, nullptr, commutative),
    row<ScalarOp::not_equal>("not_equal", infer_comparison, nullptr, commutative),
    row<ScalarOp::less>("less", infer_comparison),
    row<ScalarOp::less_equal>("less_equal", infer_comparison),
    row<ScalarOp::greater>("greater", infer_comparison),
    row<ScalarOp::greater_equal>("greater_equal", infer_comparison),
    row<ScalarOp::logical_and>("logical_and", infer_logical, nullptr, commutative),
    row<ScalarOp::logical_or>("logical_or", infer_logical, nullptr, commutative),
    row<ScalarOp::logical_xor>("logical_xor", infer_logical, nullptr, commutative),
    row<ScalarOp::select>("select", infer_select, gradients::select),
};

constexpr int first_op = static_cast<int>(ScalarOp::identity);

constexpr bool table_is_in_order() {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (static_cast<int>(table[i].scalar) != first_op + static_cast<int>(i)) return false;
  return table.size() == static_cast<std::size_t>(graph::scalar_op_count - first_op);
}
static_assert(table_is_in_order());

KernelPtr fused_kernel(const KernelRequest& request) {
  return kernels::elementwise_kernel(request, request.attributes.get<graph::Program>("program"));
}

}  // namespace

const OpDef& elementwise_op(ScalarOp op) noexcept {
  return table[static_cast<std::size_t>(static_cast<int>(op) - first_op)];
}

std::span<const OpDef> elementwise_ops() noexcept { return table; }

// Made after gradients are: it needs no rule.
const OpDef fused_op{.name = "fused", .inputs = -1, .outputs = -1, .infer = infer_fused, .kernel = fused_kernel};

}  // namespace keratin::inline v0::ops

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>

#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "ops/apply.h"
#include "ops/elementwise.h"
#include "ops/rows.h"

namespace keratin::test {
namespace {

using Values = std::span<const Tensor>;
const std::vector<DType> floating{float32, float64, bfloat16};
const std::vector<DType> numbers{float32, float64, bfloat16, int32, int64};
const std::vector<DType> numbers_with_bool{float32, float64, int32, uint8, boolean};

using Function = Tensor (*)(const Tensor&);
using Function2 = Tensor (*)(const Tensor&, const Tensor&);

/// A function of one number that is smooth on [low, high].
template <class F>
OpRow unary(const std::string& name, Function op, F f, double low = -2, double high = 2) {
  return {.name = name,
          .ops = {name},
          .build = [op](Values x) { return op(x[0]); },
          .inputs = {{{3, 5}, low, high}},
          .reference = each([f](double a) { return f(a); }),
          .dtypes = floating};
}

/// One that is a step: nothing flows back.
template <class F>
OpRow step(const std::string& name, Function op, F f) {
  OpRow row = unary(name, op, f);
  row.gradient = false;
  return row;
}

template <class F>
OpRow question(const std::string& name, Function op, F f) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  OpRow row = step(name, op, [f](double a) { return f(a) ? 1.0 : 0.0; });
  row.inputs = {{.shape = {5}, .values = {0, infinity, -1.5, std::numeric_limits<double>::quiet_NaN(), -infinity}}};
  row.result_dtype = gives_boolean;
  return row;
}

/// A function of two numbers, whose second input is broadcast.
template <class F>
OpRow binary(const std::string& name, Function2 op, F f, std::vector<DType> dtypes = numbers) {
  return {.name = name,
          .ops = {name},
          .build = [op](Values x) { return op(x[0], x[1]); },
          .inputs = {{{3, 4}}, {.shape = {4}, .batched = false}},
          .reference = each([f](double a, double b) { return static_cast<double>(f(a, b)); }),
          .dtypes = std::move(dtypes)};
}

template <class F>
OpRow comparison(const std::string& name, Function2 op, F f) {
  OpRow row = binary(name, op, f, numbers_with_bool);
  row.result_dtype = gives_boolean;
  row.gradient = false;
  return row;
}

template <class F>
OpRow logical(const std::string& name, Function2 op, F f) {
  OpRow row = comparison(name, op, [f](double a, double b) { return f(a != 0, b != 0); });
  row.dtypes = {boolean, int32};
  return row;
}

OpRow with_range(OpRow row, double low, double high) {
  for (Input& input : row.inputs) input.low = low, input.high = high;
  return row;
}

OpRow named(OpRow row, const std::string& name) {
  row.name = name;
  return row;
}

void add_functions(std::vector<OpRow>& rows) {
  const auto abs = [](double x) { return std::abs(x); };
  rows.insert(rows.end(),
              {
                  unary(
                      "identity",
                      [](const Tensor& x) { return ops::apply(ops::elementwise_op(graph::ScalarOp::identity), {x}); },
                      [](double x) { return x; }),
                  unary("negative", ops::negative, [](double x) { return -x; }),
                  unary("absolute", ops::absolute, abs, 0.2),
                  named(unary("absolute", ops::abs, abs, -2, -0.2), "absolute_of_negative"),
                  unary("square", ops::square, [](double x) { return x * x; }),
                  unary(
                      "sqrt", ops::sqrt, [](double x) { return std::sqrt(x); }, 0.2),
                  unary(
                      "rsqrt", ops::rsqrt, [](double x) { return 1 / std::sqrt(x); }, 0.2),
                  unary(
                      "reciprocal", ops::reciprocal, [](double x) { return 1 / x; }, 0.4),
                  unary("exp", ops::exp, [](double x) { return std::exp(x); }),
                  unary("expm1", ops::expm1, [](double x) { return std::expm1(x); }),
                  unary(
                      "log", ops::log, [](double x) { return std::log(x); }, 0.2),
                  unary(
                      "log1p", ops::log1p, [](double x) { return std::log1p(x); }, -0.8),
                  unary(
                      "log2", ops::log2, [](double x) { return std::log2(x); }, 0.2),
                  unary(
                      "log10", ops::log10, [](double x) { return std::log10(x); }, 0.2),
                  unary("sin", ops::sin, [](double x) { return std::sin(x); }),
                  unary("cos", ops::cos, [](double x) { return std::cos(x); }),
                  unary(
                      "tan", ops::tan, [](double x) { return std::tan(x); }, -1.2, 1.2),
                  unary(
                      "arcsin", ops::arcsin, [](double x) { return std::asin(x); }, -0.9, 0.9),
                  unary(
                      "arccos", ops::arccos, [](double x) { return std::acos(x); }, -0.9, 0.9),
                  unary("arctan", ops::arctan, [](double x) { return std::atan(x); }),
                  unary("sinh", ops::sinh, [](double x) { return std::sinh(x); }),
                  unary("cosh", ops::cosh, [](double x) { return std::cosh(x); }),
                  unary("tanh", ops::tanh, [](double x) { return std::tanh(x); }),
                  unary("arcsinh", ops::arcsinh, [](double x) { return std::asinh(x); }),
                  unary(
                      "arccosh", ops::arccosh, [](double x) { return std::acosh(x); }, 1.2, 4),
                  unary(
                      "arctanh", ops::arctanh, [](double x) { return std::atanh(x); }, -0.9, 0.9),
                  unary("erf", ops::erf, [](double x) { return std::erf(x); }),
                  unary(
                      "sigmoid", ops::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, -6, 6),
                  unary(
                      "softplus", ops::softplus, [](double x) { return std::log1p(std::exp(x)); }, -6, 6),
                  unary(
                      "relu", ops::relu, [](double x) { return std::max(x, 0.0); }, 0.1),
                  named(unary(
                            "relu", ops::relu, [](double) { return 0.0; }, -2, -0.1),
                        "relu_of_negative"),
              });
}

void add_steps(std::vector<OpRow>& rows) {
  OpRow round = step(
      "round", [](const Tensor& x) { return ops::round(x); }, [](double x) { return std::nearbyint(x); });
  round.inputs = {{.shape = {6}, .values = {0.5, 1.5, -0.5, -2.5, 1.25, -1.75}}};
  OpRow rounding_integers = named(round, "round_leaves_integers");
  rounding_integers.ops = {};
  rounding_integers.dtypes = {int32, int64};
  rounding_integers.inputs = {{.shape = {3}, .low = -9, .high = 9}};
  rows.insert(rows.end(), {
                              step("sign", ops::sign, [](double x) { return x > 0   ? 1.0
                                                                            : x < 0 ? -1.0
                                                                                    : x; }),
                              step("floor", ops::floor, [](double x) { return std::floor(x); }),
                              step("ceil", ops::ceil, [](double x) { return std::ceil(x); }),
                              step("trunc", ops::trunc, [](double x) { return std::trunc(x); }),
                              round,
                              rounding_integers,
                              question("isnan", ops::isnan, [](double x) { return std::isnan(x); }),
                              question("isinf", ops::isinf, [](double x) { return std::isinf(x); }),
                              question("isfinite", ops::isfinite, [](double x) { return std::isfinite(x); }),
                              {.name = "logical_not",
                               .ops = {"logical_not"},
                               .build = [](Values x) { return ops::logical_not(x[0]); },
                               .inputs = {{{3, 4}}},
                               .reference = each([](double a) { return a == 0; }),
                               .dtypes = {boolean, int32},
                               .result_dtype = gives_boolean,
                               .gradient = false},
                          });
}

void add_arithmetic(std::vector<OpRow>& rows) {
  const auto mod = [](double a, double b) { return a - b * std::floor(a / b); };
  OpRow divide = with_range(binary("divide", ops::divide, [](double a, double b) { return a / b; },
                                   {float32, float64, bfloat16, int32, uint8}),
                            1, 5);
  divide.result_dtype = gives_floating;
  OpRow floor_divide = binary("floor_divide", ops::floor_divide, [](double a, double b) { return std::floor(a / b); });
  floor_divide.inputs = {{{3, 4}, -9, 9}, {.shape = {4}, .values = {2, -4, 3, -1}}};
  floor_divide.dtypes = {float32, float64, int32, int64};
  floor_divide.gradient = false;
  OpRow mod_row = floor_divide;
  mod_row.name = "mod";
  mod_row.ops = {"mod"};
  mod_row.build = [](Values x) { return x[0] % x[1]; };
  mod_row.reference = each(mod);
  mod_row.gradient = true;
  OpRow power = binary(
      "power", ops::power, [](double a, double b) { return std::pow(a, b); }, floating);
  power.inputs[0] = {{3, 4}, 0.3, 2};
  OpRow integer_power = named(power, "power_of_integers");
  integer_power.dtypes = {int32, int64};
  integer_power.gradient = false;
  integer_power.inputs = {{{3, 4}, -3, 3}, {.shape = {4}, .values = {0, 1, 2, 5}}};
  rows.insert(rows.end(),
              {
                  binary("add", ops::add, [](double a, double b) { return a + b; }),
                  binary("subtract", ops::subtract, [](double a, double b) { return a - b; }),
                  binary("multiply", ops::multiply, [](double a, double b) { return a * b; }),
                  divide,
                  floor_divide,
                  mod_row,
                  power,
                  integer_power,
                  binary("maximum", ops::maximum, [](double a, double b) { return std::max(a, b); }),
                  binary("minimum", ops::minimum, [](double a, double b) { return std::min(a, b); }),
                  binary(
                      "arctan2", ops::arctan2, [](double a, double b) { return std::atan2(a, b); }, floating),
              });
}

void add_comparisons(std::vector<OpRow>& rows) {
  rows.insert(rows.end(), {
                              comparison("equal", ops::equal, std::equal_to<>{}),
                              comparison("not_equal", ops::not_equal, std::not_equal_to<>{}),
                              comparison("less", ops::less, std::less<>{}),
                              comparison("less_equal", ops::less_equal, std::less_equal<>{}),
                              comparison("greater", ops::greater, std::greater<>{}),
                              comparison("greater_equal", ops::greater_equal, std::greater_equal<>{}),
                              logical("logical_and", ops::logical_and, std::logical_and<>{}),
                              logical("logical_or", ops::logical_or, std::logical_or<>{}),
                              logical("logical_xor", ops::logical_xor, std::not_equal_to<>{}),
                          });
}

/// x0 · x1 and tanh of it, in one node.
OpRow fused_row() {
  static constexpr std::array<graph::Instruction, 2> code{{
      {.op = graph::ScalarOp::multiply, .dtype = float32, .result = float32, .output = 0, .arguments = {0, 1, -1}},
      {.op = graph::ScalarOp::tanh, .dtype = float32, .result = float32, .output = 1, .arguments = {2, -1, -1}},
  }};
  return {.name = "fused",
          .ops = {"fused"},
          .build =
              [](Values x) {
                graph::Builder& builder = graph::builder_of(x, "fused");
                const std::array inputs{builder.id(x[0]), builder.id(x[1])};
                const std::array specs{builder.graph().spec(inputs[0]), builder.graph().spec(inputs[0])};
                const std::array<graph::Attribute, 1> attributes{{{"program", graph::Program{code}}}};
                const graph::NodeId node = builder.graph().append(ops::fused_op, inputs, attributes, specs);
                const graph::ValueId first = builder.graph().node(node).first_output;
                return std::vector<Tensor>{builder.tensor(first), builder.tensor(first + 1)};
              },
          .inputs = {{{3, 4}}, {.shape = {4}, .batched = false}},
          .reference =
              [](std::span<const Array> x) {
                const auto product = each([](double a, double b) { return a * b; })(x);
                return std::vector<Array>{product[0], each([](double a) { return std::tanh(a); })(product)[0]};
              },
          .dtypes = {float32},
          .gradient = false};
}

void add_others(std::vector<OpRow>& rows) {
  rows.insert(rows.end(),
              {
                  {.name = "where",
                   .ops = {"select", "sum_like"},
                   .build = [](Values x) { return ops::where(x[0], x[1], x[2]); },
                   .inputs = {{.shape = {3, 4}, .dtype = boolean}, {{3, 4}}, {.shape = {4}, .batched = false}},
                   .reference = each([](double c, double a, double b) { return c != 0 ? a : b; }),
                   .dtypes = numbers},
                  {.name = "cast",
                   .ops = {"cast"},
                   .build = [](Values x) { return x[0] * ops::cast(x[1], x[0].dtype()); },
                   .inputs = {{{3, 4}}, {.shape = {3, 4}, .low = -5, .high = 5, .dtype = int32}},
                   .reference = each([](double a, double b) { return a * b; }),
                   .dtypes = floating},
                  {.name = "clip",
                   .ops = {"maximum", "minimum"},
                   .build = [](Values x) { return ops::clip(x[0], -0.9, 1.1); },
                   .inputs = {{{4, 5}}},
                   .reference = each([](double a) { return std::clamp(a, -0.9, 1.1); }),
                   .dtypes = {float32, float64}},
                  {.name = "round_to_decimals",
                   .ops = {"round"},
                   .build = [](Values x) { return ops::round(x[0], 2); },
                   .inputs = {{{4, 5}}},
                   .reference = each([](double a) { return std::nearbyint(a * 100) / 100; }),
                   .dtypes = {float64},
                   .gradient = false},
                  {.name = "integers_into_functions",
                   .ops = {"cast", "exp"},
                   .build = [](Values x) { return ops::exp(x[0]); },
                   .inputs = {{{3, 4}}},
                   .reference = each([](double a) { return std::exp(a); }),
                   .dtypes = {int32, boolean, uint8},
                   .result_dtype = gives_floating,
                   .gradient = false},
                  {.name = "broadcasting_both_ways",
                   .ops = {"sum_like"},
                   .build = [](Values x) { return x[0] * x[1] + x[2]; },
                   .inputs = {{{3, 1, 4}}, {.shape = {5, 1}, .batched = false}, {.shape = {}, .batched = false}},
                   .reference = each([](double a, double b, double c) { return a * b + c; })},
              });
}

}  // namespace

std::vector<OpRow> elementwise_rows() {
  std::vector<OpRow> rows;
  add_functions(rows);
  add_steps(rows);
  add_arithmetic(rows);
  add_comparisons(rows);
  add_others(rows);
  rows.push_back(fused_row());
  return rows;
}

}  // namespace keratin::test

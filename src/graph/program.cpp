#include "graph/program.h"

#include <algorithm>
#include <cstddef>

namespace keratin::inline v0::graph {
namespace {

struct Row {
  ScalarOp op;
  int arguments;
  std::string_view name;
};

/// In the order of ScalarOp.
constexpr std::array<Row, scalar_op_count> table{{
    {ScalarOp::none, 0, "none"},
    {ScalarOp::immediate, 0, "immediate"},
    {ScalarOp::identity, 1, "identity"},
    {ScalarOp::cast, 1, "cast"},
    {ScalarOp::negative, 1, "negative"},
    {ScalarOp::absolute, 1, "absolute"},
    {ScalarOp::sign, 1, "sign"},
    {ScalarOp::square, 1, "square"},
    {ScalarOp::sqrt, 1, "sqrt"},
    {ScalarOp::rsqrt, 1, "rsqrt"},
    {ScalarOp::reciprocal, 1, "reciprocal"},
    {ScalarOp::exp, 1, "exp"},
    {ScalarOp::expm1, 1, "expm1"},
    {ScalarOp::log, 1, "log"},
    {ScalarOp::log1p, 1, "log1p"},
    {ScalarOp::log2, 1, "log2"},
    {ScalarOp::log10, 1, "log10"},
    {ScalarOp::sin, 1, "sin"},
    {ScalarOp::cos, 1, "cos"},
    {ScalarOp::tan, 1, "tan"},
    {ScalarOp::asin, 1, "arcsin"},
    {ScalarOp::acos, 1, "arccos"},
    {ScalarOp::atan, 1, "arctan"},
    {ScalarOp::sinh, 1, "sinh"},
    {ScalarOp::cosh, 1, "cosh"},
    {ScalarOp::tanh, 1, "tanh"},
    {ScalarOp::asinh, 1, "arcsinh"},
    {ScalarOp::acosh, 1, "arccosh"},
    {ScalarOp::atanh, 1, "arctanh"},
    {ScalarOp::erf, 1, "erf"},
    {ScalarOp::sigmoid, 1, "sigmoid"},
    {ScalarOp::softplus, 1, "softplus"},
    {ScalarOp::relu, 1, "relu"},
    {ScalarOp::floor, 1, "floor"},
    {ScalarOp::ceil, 1, "ceil"},
    {ScalarOp::round, 1, "round"},
    {ScalarOp::trunc, 1, "trunc"},
    {ScalarOp::isnan, 1, "isnan"},
    {ScalarOp::isinf, 1, "isinf"},
    {ScalarOp::isfinite, 1, "isfinite"},
    {ScalarOp::logical_not, 1, "logical_not"},
    {ScalarOp::add, 2, "add"},
    {ScalarOp::subtract, 2, "subtract"},
    {ScalarOp::multiply, 2, "multiply"},
    {ScalarOp::divide, 2, "divide"},
    {ScalarOp::floor_divide, 2, "floor_divide"},
    {ScalarOp::mod, 2, "mod"},
    {ScalarOp::power, 2, "power"},
    {ScalarOp::maximum, 2, "maximum"},
    {ScalarOp::minimum, 2, "minimum"},
    {ScalarOp::atan2, 2, "arctan2"},
    {ScalarOp::equal, 2, "equal"},
    {ScalarOp::not_equal, 2, "not_equal"},
    {ScalarOp::less, 2, "less"},
    {ScalarOp::less_equal, 2, "less_equal"},
    {ScalarOp::greater, 2, "greater"},
    {ScalarOp::greater_equal, 2, "greater_equal"},
    {ScalarOp::logical_and, 2, "logical_and"},
    {ScalarOp::logical_or, 2, "logical_or"},
    {ScalarOp::logical_xor, 2, "logical_xor"},
    {ScalarOp::select, 3, "select"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (static_cast<std::size_t>(table[i].op) != i) return false;
  return true;
}
static_assert(in_order());

}  // namespace

int arguments_of(ScalarOp op) noexcept { return table[static_cast<std::size_t>(op)].arguments; }

std::string_view name_of(ScalarOp op) noexcept { return table[static_cast<std::size_t>(op)].name; }

bool operator==(const Program& a, const Program& b) noexcept {
  return std::equal(a.code.begin(), a.code.end(), b.code.begin(), b.code.end());
}

}  // namespace keratin::inline v0::graph

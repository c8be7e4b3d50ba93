#include <algorithm>
#include <cmath>
#include <numeric>

#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "ops/like.h"
#include "ops/reduce.h"
#include "ops/rows.h"

namespace keratin::test {
namespace {

using Values = std::span<const Tensor>;
using Elements = std::span<const double>;
using Reduce = Tensor (*)(const Tensor&, const Axes&, bool);

bool contains(const std::vector<std::int64_t>& axes, std::size_t axis) {
  return std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(axis)) != axes.end();
}

/// f(elements along `axes`) for each index of the other dimensions.
template <class F>
Mapping<Array> reduced(std::vector<std::int64_t> axes, bool keepdims, F f) {
  return [=](std::span<const Array> inputs) {
    const Array& x = inputs[0];
    const auto rank = static_cast<std::size_t>(x.rank());
    Shape shape;
    Shape along;
    for (std::size_t i = 0; i < rank; ++i) {
      if (!contains(axes, i)) shape.push_back(x.shape().dims()[i]);
      if (contains(axes, i)) along.push_back(x.shape().dims()[i]);
      if (contains(axes, i) && keepdims) shape.push_back(1);
    }
    return generated(shape, [&](std::span<const std::int64_t> index) {
      std::vector<double> elements;
      generated(along, [&](std::span<const std::int64_t> inner) {
        std::vector<std::int64_t> whole;
        std::size_t outer_at = 0;
        std::size_t inner_at = 0;
        for (std::size_t i = 0; i < rank; ++i) {
          whole.push_back(contains(axes, i) ? inner[inner_at++] : index[outer_at]);
          if (!contains(axes, i) || keepdims) ++outer_at;
        }
        elements.push_back(element(x, whole));
        return 0.0;
      });
      return static_cast<double>(f(Elements(elements)));
    });
  };
}

double sum_of(Elements x) { return std::accumulate(x.begin(), x.end(), 0.0); }
double mean_of(Elements x) { return sum_of(x) / static_cast<double>(x.size()); }
double product_of(Elements x) { return std::accumulate(x.begin(), x.end(), 1.0, std::multiplies<>{}); }
double max_of(Elements x) { return *std::max_element(x.begin(), x.end()); }
double min_of(Elements x) { return *std::min_element(x.begin(), x.end()); }
double any_of(Elements x) {
  return std::any_of(x.begin(), x.end(), [](double a) { return a != 0; }) ? 1 : 0;
}
double all_of(Elements x) {
  return std::all_of(x.begin(), x.end(), [](double a) { return a != 0; }) ? 1 : 0;
}
double var_of(Elements x) {
  const double mean = mean_of(x);
  double sum = 0;
  for (const double a : x) sum += (a - mean) * (a - mean);
  return sum / static_cast<double>(x.size());
}

/// A reduction along some sets of axes, with and without keepdims.
template <class F>
void add(std::vector<OpRow>& rows, const OpRow& common, Reduce op, F f) {
  const std::vector<std::vector<std::int64_t>> sets{{1}, {2}, {1, 2}, {0}, {0, 2}, {0, 1, 2}};
  for (const auto& axes : sets) {
    for (const bool keepdims : {false, true}) {
      OpRow row = common;
      for (const std::int64_t axis : axes) row.name += '_' + std::to_string(axis);
      if (keepdims) row.name += "_kept";
      row.build = [=](Values x) { return op(x[0], Axes(std::span(axes)), keepdims); };
      row.reference = reduced(axes, keepdims, f);
      row.empty_batch = common.empty_batch || axes[0] != 0;
      rows.push_back(row);
    }
  }
}

OpRow common(const std::string& name, std::vector<DType> dtypes) {
  return {.name = name, .ops = {name}, .inputs = {{{3, 4, 5}}}, .dtypes = std::move(dtypes)};
}

OpRow undefined_for_nothing(OpRow row) {
  row.empty_batch = false;
  return row;
}

void add_indices(std::vector<OpRow>& rows) {
  const auto index = [](const std::string& name, Tensor (*op)(const Tensor&, std::int64_t, bool), std::int64_t axis) {
    OpRow row = common(name, {float32, float64, bfloat16, int32});
    row.name += '_' + std::to_string(axis);
    row.build = [=](Values x) { return op(x[0], axis, false); };
    row.reference = reduced({axis}, false, [name](Elements x) {
      const auto found = name == "argmax" ? std::max_element(x.begin(), x.end()) : std::min_element(x.begin(), x.end());
      return found - x.begin();
    });
    row.result_dtype = gives_int32;
    row.gradient = false;
    row.empty_batch = axis != 0;
    return row;
  };
  for (const std::int64_t axis : {0, 1, 2}) {
    rows.push_back(index("argmax", ops::argmax, axis));
    rows.push_back(index("argmin", ops::argmin, axis));
  }
}

void add_like(std::vector<OpRow>& rows) {
  rows.insert(
      rows.end(),
      {
          {.name = "sum_like",
           .ops = {"sum_like", "broadcast_like"},
           .build = [](Values x) { return ops::detail::sum_like(x[0], x[1]); },
           .inputs = {{{3, 4, 5}}, {.shape = {4, 1}, .differentiable = false, .batched = false}},
           .reference =
               [](std::span<const Array> x) {
                 return generated({4, 1}, [&](std::span<const std::int64_t> at) {
                   double sum = 0;
                   for (std::int64_t i = 0; i < x[0].shape()[0]; ++i)
                     for (std::int64_t k = 0; k < 5; ++k) sum += x[0].at<double>({i, at[0], k});
                   return sum;
                 });
               }},
          {.name = "broadcast_like",
           .ops = {"broadcast_like", "sum_like"},
           .build = [](Values x) { return ops::detail::broadcast_like(x[0], x[1]); },
           .inputs = {{{3, 1, 5}}, {.shape = {3, 4, 5}, .differentiable = false}},
           .reference = each([](double a, double) { return a; })},
          {.name = "full_like",
           .ops = {"full_like"},
           .build = [](Values x) { return ops::full_like(x[0], 3.0); },
           .inputs = {{{3, 4}}},
           .reference = each([](double) { return 3.0; }),
           .dtypes = {float32, float64, bfloat16, int32, uint8},
           .gradient = false},
          {.name = "size",
           .ops = {"count"},
           .build = [](Values x) { return ops::size(x[0]); },
           .inputs = {{{3, 4}}},
           .reference =
               [](std::span<const Array> x) { return Array::full({}, static_cast<double>(x[0].size()), float64); },
           .result_dtype = gives_int32,
           .gradient = false},
          {.name = "stop_gradient",
           .ops = {"stop_gradient"},
           .build = [](Values x) { return ops::stop_gradient(x[0]); },
           .inputs = {{{3, 4}}},
           .reference = each([](double a) { return a; }),
           .gradient = false},
      });
}

void add_composites(std::vector<OpRow>& rows) {
  const auto composite = [](const std::string& name) {
    OpRow row = undefined_for_nothing(common(name, {float32, float64}));
    row.ops = {};
    return row;
  };
  add(rows, composite("var"), ops::var, var_of);
  add(rows, composite("std"), ops::std, [](Elements x) { return std::sqrt(var_of(x)); });
  add(rows, composite("logsumexp"), ops::logsumexp, [](Elements x) {
    double sum = 0;
    for (const double a : x) sum += std::exp(a);
    return std::log(sum);
  });
}

}  // namespace

std::vector<OpRow> reduce_rows() {
  std::vector<OpRow> rows;
  add(rows, common("sum", {float32, float64, bfloat16, int32, int64}), ops::sum, sum_of);
  add(rows, undefined_for_nothing(common("mean", {float32, float64, bfloat16})), ops::mean, mean_of);
  OpRow prod = common("prod", {float32, float64, int32});
  prod.inputs[0].low = 0.5;
  add(rows, prod, ops::prod, product_of);
  add(rows, undefined_for_nothing(common("max", {float32, float64, bfloat16, int32, uint8})), ops::max, max_of);
  add(rows, undefined_for_nothing(common("min", {float32, float64, bfloat16, int32, uint8})), ops::min, min_of);
  OpRow any = common("any", {boolean, int32});
  any.result_dtype = gives_boolean;
  any.gradient = false;
  OpRow all = any;
  all.name = "all";
  all.ops = {"all"};
  add(rows, any, ops::any, any_of);
  add(rows, all, ops::all, all_of);
  add_composites(rows);
  add_indices(rows);
  add_like(rows);
  return rows;
}

}  // namespace keratin::test

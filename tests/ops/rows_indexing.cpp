#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "keratin/ops/indexing.h"
#include "ops/apply.h"
#include "ops/indexing.h"
#include "ops/rows.h"

namespace keratin::test {
namespace {

using Index = std::span<const std::int64_t>;

const std::vector<DType> any_dtype{float32, float64, bfloat16, int32, int64, uint8, boolean};
const std::vector<DType> sums{float32, float64, bfloat16, int32, int64};

/// An index among the values, from 0 on.
std::int64_t index_in(const Array& indices, Index at, std::int64_t size) {
  const auto index = static_cast<std::int64_t>(element(indices, at));
  return index < 0 ? index + size : index;
}

void add_takes(std::vector<OpRow>& rows) {
  rows.push_back({.name = "take_rows",
                  .ops = {"take", "take_gradient"},
                  .build = [](auto x) { return ops::take(x[0], x[1], 0); },
                  .inputs = {{.shape = {5, 3}, .batched = false}, {{4, 2}, -5.0, 4.0, int32}},
                  .reference =
                      [](auto x) {
                        return generated({x[1].shape()[0], 2, 3}, [&](Index i) {
                          return element(x[0], std::array{index_in(x[1], i.first(2), 5), i[2]});
                        });
                      },
                  .dtypes = any_dtype});
  // Most rows of the gradient are zeros; the three in front are taken often.
  rows.push_back({.name = "take_few_rows",
                  .ops = {"take", "take_gradient"},
                  .build = [](auto x) { return ops::take(x[0], x[1], 0); },
                  .inputs = {{.shape = {50, 17}, .batched = false}, {{4, 2}, -2.0, 3.0, int32}},
                  .reference =
                      [](auto x) {
                        return generated({x[1].shape()[0], 2, 17}, [&](Index i) {
                          return element(x[0], std::array{index_in(x[1], i.first(2), 50), i[2]});
                        });
                      },
                  .dtypes = sums});
  rows.push_back({.name = "take_columns",
                  .ops = {"take", "take_gradient"},
                  .build = [](auto x) { return ops::take(x[0], x[1], -1); },
                  .inputs = {{{4, 3, 6}}, {.shape = {5}, .low = -6.0, .high = 5.0, .dtype = int64, .batched = false}},
                  .reference =
                      [](auto x) {
                        return generated({x[0].shape()[0], 3, 5}, [&](Index i) {
                          return element(x[0], std::array{i[0], i[1], index_in(x[1], i.last(1), 6)});
                        });
                      }});
  rows.push_back(
      {.name = "take_of_all",
       .ops = {"take"},
       .build = [](auto x) { return ops::take(x[0], x[1]); },
       .inputs = {{.shape = {2, 3}, .batched = false}, {.shape = {}, .dtype = uint8, .values = {4}}},
       .reference = [](auto x) { return generated({}, [&](Index) {
                                   return element(x[0], std::array{1L, 1L});
                                 }); },
       .batch = false});
  rows.push_back(
      {.name = "take_gradient",
       .ops = {"take_gradient", "take"},
       .build =
           [](auto x) {
             return ops::apply(ops::take_gradient_op, {x[0], x[1], x[2]}, {{"axis", std::int64_t{1}}});
           },
       .inputs = {{{3, 6, 2}}, {.shape = {6}, .low = -4.0, .high = 3.0, .dtype = int32, .batched = false}, {{3, 4, 2}}},
       .reference =
           [](auto x) {
             return generated(x[2].shape(), [&](Index i) {
               double sum = 0.0;
               for (std::int64_t j = 0; j < 6; ++j)
                 if (index_in(x[1], std::array{j}, 4) == i[1]) sum += element(x[0], std::array{i[0], j, i[2]});
               return sum;
             });
           },
       .dtypes = sums});
}

void add_takes_along(std::vector<OpRow>& rows) {
  rows.push_back({.name = "take_along_axis",
                  .ops = {"take_along_axis", "take_along_axis_gradient"},
                  .build = [](auto x) { return ops::take_along_axis(x[0], x[1], 1); },
                  .inputs = {{{3, 4, 2}}, {{3, 5, 2}, -4.0, 3.0, int32}},
                  .reference =
                      [](auto x) {
                        return generated(x[1].shape(), [&](Index i) {
                          return element(x[0], std::array{i[0], index_in(x[1], i, 4), i[2]});
                        });
                      },
                  .dtypes = any_dtype});
  rows.push_back({.name = "take_along_axis_repeats",
                  .ops = {"take_along_axis", "broadcast_to"},
                  .build = [](auto x) { return ops::take_along_axis(x[0], x[1], -1); },
                  .inputs = {{{3, 2, 4}}, {{3, 1, 2}, 0.0, 3.0, int32}},
                  .reference =
                      [](auto x) {
                        return generated({x[0].shape()[0], 2, 2}, [&](Index i) {
                          return element(x[0], std::array{i[0], i[1], index_in(x[1], i, 4)});
                        });
                      }});
  rows.push_back(
      {.name = "take_along_axis_gradient",
       .ops = {"take_along_axis_gradient", "take_along_axis"},
       .build =
           [](auto x) {
             return ops::apply(ops::take_along_axis_gradient_op, {x[0], x[1], x[2]}, {{"axis", std::int64_t{1}}});
           },
       .inputs = {{{3, 5}}, {{3, 5}, -2.0, 1.0, int64}, {{3, 2}}},
       .reference =
           [](auto x) {
             return generated(x[2].shape(), [&](Index i) {
               double sum = 0.0;
               for (std::int64_t j = 0; j < 5; ++j)
                 if (index_in(x[1], std::array{i[0], j}, 2) == i[1]) sum += element(x[0], std::array{i[0], j});
               return sum;
             });
           },
       .dtypes = sums});
}

/// Sums of the rows of `values` at the pairs of indices in a (3, 4, …) tensor.
Array scattered(const Array& indices, const Array& values, const Shape& shape) {
  return generated(shape, [&](Index i) {
    double sum = 0.0;
    for (std::int64_t j = 0; j < indices.shape()[0]; ++j)
      if (index_in(indices, std::array{j, 0L}, 3) == i[0] && index_in(indices, std::array{j, 1L}, 4) == i[1])
        sum += element(values, std::array{j, i[2]});
    return sum;
  });
}

void add_scatters(std::vector<OpRow>& rows) {
  const Input positions{{6, 2}, -3.0, 2.0, int32};
  rows.push_back({.name = "scatter",
                  .ops = {"scatter", "gather"},
                  .build =
                      [](auto x) {
                        return ops::scatter(x[0], x[1], {3, 4, 2});
                      },
                  .inputs = {positions, {{6, 2}}},
                  .reference =
                      [](auto x) {
                        return scattered(x[0], x[1], {3, 4, 2});
                      },
                  .dtypes = sums});
  rows.push_back({.name = "gather",
                  .ops = {"gather", "scatter"},
                  .build =
                      [](auto x) {
                        return ops::apply(ops::gather_op, {x[0], x[1]});
                      },
                  .inputs = {{.shape = {3, 4, 2}, .batched = false}, positions},
                  .reference =
                      [](auto x) {
                        return generated({x[1].shape()[0], 2}, [&](Index i) {
                          return element(x[0], std::array{index_in(x[1], std::array{i[0], 0L}, 3),
                                                          index_in(x[1], std::array{i[0], 1L}, 4), i[1]});
                        });
                      },
                  .dtypes = any_dtype});
  rows.push_back({.name = "scatter_update",
                  .ops = {"scatter_update", "gather"},
                  .build = [](auto x) { return ops::scatter_update(x[0], x[1], x[2]); },
                  .inputs = {{.shape = {4, 3}, .batched = false},
                             {.shape = {3, 1}, .dtype = int32, .values = {2, -4, 1}},
                             {.shape = {3, 3}, .batched = false}},
                  .reference =
                      [](auto x) {
                        return generated({4, 3}, [&](Index i) {
                          constexpr std::array<std::int64_t, 4> source{1, 2, 0, -1};
                          const std::int64_t row = source[static_cast<std::size_t>(i[0])];
                          return row < 0 ? element(x[0], i) : element(x[2], std::array{row, i[1]});
                        });
                      },
                  .dtypes = any_dtype,
                  .batch = false});
}

/// The positions that order a row of the last axis.
std::vector<std::int64_t> order_of(const Array& x, Index row, bool descending) {
  std::vector<std::int64_t> at(row.begin(), row.end());
  at.push_back(0);
  const auto value = [&](std::int64_t i) {
    at.back() = i;
    return element(x, at);
  };
  std::vector<std::int64_t> order(static_cast<std::size_t>(x.shape().back()));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return descending ? value(a) > value(b) : value(a) < value(b);
  });
  return order;
}

void add_orders(std::vector<OpRow>& rows) {
  const std::vector<DType> ordered{float32, float64, bfloat16, int32, uint8};
  rows.push_back({.name = "argsort",
                  .ops = {"argsort"},
                  .build = [](auto x) { return ops::argsort(x[0]); },
                  .inputs = {{{4, 9}}},
                  .reference =
                      [](auto x) {
                        return generated(x[0].shape(), [&](Index i) {
                          return static_cast<double>(order_of(x[0], i.first(1), false)[static_cast<std::size_t>(i[1])]);
                        });
                      },
                  .dtypes = ordered,
                  .result_dtype = gives_int32,
                  .gradient = false});
  rows.push_back(
      {.name = "sort",
       .ops = {"argsort", "take_along_axis"},
       .build = [](auto x) { return ops::sort(x[0], 1); },
       .inputs = {{{3, 7, 2}}},
       .reference =
           [](auto x) {
             const Array last = x[0].transposed({0, 2, 1}).contiguous();
             return generated(x[0].shape(), [&](Index i) {
               const std::int64_t j = order_of(last, std::array{i[0], i[2]}, false)[static_cast<std::size_t>(i[1])];
               return element(x[0], std::array{i[0], j, i[2]});
             });
           },
       .dtypes = ordered});
  rows.push_back({.name = "top_k",
                  .ops = {"argsort", "take_along_axis"},
                  .build =
                      [](auto x) {
                        const ops::TopK top = ops::top_k(x[0], 3);
                        return std::vector{top.values, top.indices};
                      },
                  .inputs = {{{4, 9}}},
                  .reference =
                      [](auto x) {
                        const Shape shape{x[0].shape()[0], 3};
                        const auto at = [&](Index i) {
                          return order_of(x[0], i.first(1), true)[static_cast<std::size_t>(i[1])];
                        };
                        return std::vector{generated(shape,
                                                     [&](Index i) {
                                                       return element(x[0], std::array{i[0], at(i)});
                                                     }),
                                           generated(shape, [&](Index i) { return static_cast<double>(at(i)); })};
                      },
                  .dtypes = ordered});
  rows.push_back(
      {.name = "in_top_k",
       .ops = {"in_top_k"},
       .build = [](auto x) { return ops::in_top_k(x[0], x[1], 2); },
       .inputs = {{{8}, 0.0, 4.0, int32}, {{8, 4}}},
       .reference =
           [](auto x) {
             return generated({x[0].shape()[0]}, [&](Index i) {
               const auto target = static_cast<std::int64_t>(element(x[0], i));
               if (target > 3) return 0.0;
               int larger = 0;
               for (std::int64_t j = 0; j < 4; ++j)
                 larger += element(x[1], std::array{i[0], j}) > element(x[1], std::array{i[0], target}) ? 1 : 0;
               return larger < 2 ? 1.0 : 0.0;
             });
           },
       .dtypes = {float32, float64, bfloat16},
       .result_dtype = gives_boolean,
       .gradient = false});
}

void add_cumulative(std::vector<OpRow>& rows) {
  rows.push_back({.name = "cumsum",
                  .ops = {"cumsum"},
                  .build = [](auto x) { return ops::cumsum(x[0], 1); },
                  .inputs = {{{3, 5, 2}}},
                  .reference =
                      [](auto x) {
                        return generated(x[0].shape(), [&](Index i) {
                          double sum = 0.0;
                          for (std::int64_t j = 0; j <= i[1]; ++j) sum += element(x[0], std::array{i[0], j, i[2]});
                          return sum;
                        });
                      },
                  .dtypes = sums});
  rows.push_back({.name = "cumsum_of_all",
                  .ops = {"cumsum", "reshape"},
                  .build = [](auto x) { return ops::cumsum(x[0]); },
                  .inputs = {{{3, 2}}},
                  .reference =
                      [](auto x) {
                        return generated({x[0].size()}, [&](Index i) {
                          double sum = 0.0;
                          for (std::int64_t j = 0; j <= i[0]; ++j) sum += element(x[0], std::array{j / 2, j % 2});
                          return sum;
                        });
                      }});
}

}  // namespace

std::vector<OpRow> indexing_rows() {
  std::vector<OpRow> rows;
  add_takes(rows);
  add_takes_along(rows);
  add_scatters(rows);
  add_orders(rows);
  add_cumulative(rows);
  return rows;
}

}  // namespace keratin::test

#include <algorithm>
#include <cmath>
#include <string_view>

#include "keratin/ops/linalg.h"
#include "keratin/ops/shape.h"
#include "ops/apply.h"
#include "ops/matmul.h"
#include "ops/rows.h"

namespace keratin::test {
namespace {

using Index = std::vector<std::int64_t>;

/// The definition: sums over k of elements at an index that broadcasts. Operands of rank 2 at least.
Array product(const Array& a, const Array& b) {
  const std::int64_t k = a.shape()[-1];
  const std::size_t rank = std::max(a.shape().rank(), b.shape().rank());
  Shape shape;
  for (std::size_t i = 0; i + 2 < rank; ++i) {
    const auto size = [&](const Array& x) {
      const std::size_t missing = rank - x.shape().rank();
      return i < missing ? std::int64_t{1} : x.shape().dims()[i - missing];
    };
    shape.push_back(size(a) == 1 ? size(b) : size(a));
  }
  shape.push_back(a.shape()[-2]);
  shape.push_back(b.shape()[-1]);
  return generated(shape, [&](std::span<const std::int64_t> index) {
    Index at_a(index.begin(), index.end());
    Index at_b = at_a;
    double sum = 0.0;
    for (std::int64_t i = 0; i < k; ++i) {
      at_a[at_a.size() - 1] = i;
      at_b[at_b.size() - 2] = i;
      sum += element(a, at_a) * element(b, at_b);
    }
    return sum;
  });
}

Array matmul_reference(std::span<const Array> x) { return product(x[0], x[1]); }

/// A row of matmul on operands of these shapes.
OpRow matmul_row(const char* name, const Shape& a, const Shape& b, bool batched_a, bool batched_b) {
  return {.name = name,
          .ops = {"matmul"},
          .build = [](auto x) { return ops::matmul(x[0], x[1]); },
          .inputs = {{.shape = a, .batched = batched_a}, {.shape = b, .batched = batched_b}},
          .reference = matmul_reference,
          .dtypes = {float32, float64, int32}};
}

/// A product whose operands are transposed by the gradient of a gradient: each transposed form has a gradient too.
Tensor twice(std::span<const Tensor> x) {
  return ops::matmul(ops::matmul(x[0], x[1]), ops::transpose(ops::matmul(x[0], x[1])));
}

}  // namespace

std::vector<OpRow> linalg_rows() {
  return {
      matmul_row("matmul", {5, 7}, {7, 3}, true, false),
      matmul_row("matmul_batch_against_matrix", {4, 5, 7}, {7, 3}, true, false),
      matmul_row("matmul_matrix_against_batch", {5, 7}, {4, 7, 3}, false, true),
      matmul_row("matmul_batches", {4, 5, 7}, {4, 7, 3}, true, true),
      matmul_row("matmul_broadcast_batches", {2, 1, 5, 7}, {3, 7, 4}, true, false),
      matmul_row("matmul_batch_of_one_against_many", {1, 5, 7}, {3, 7, 4}, false, true),
      {.name = "fused_matmul",
       .ops = {"fused_matmul"},
       .build =
           [](auto x) {
             return ops::apply(ops::fused_matmul_op, {x[0], x[1], x[2]},
                               {{"transpose_b", true}, {"activation", std::string_view("tanh")}});
           },
       .inputs = {{.shape = {4, 5, 7}}, {.shape = {3, 7}, .batched = false}, {.shape = {3}, .batched = false}},
       .reference =
           [](std::span<const Array> x) {
             return generated({x[0].shape()[0], 5, 3}, [&](auto index) {
               double sum = element(x[2], Index{index[2]});
               for (std::int64_t i = 0; i < 7; ++i)
                 sum += element(x[0], Index{index[0], index[1], i}) * element(x[1], Index{index[2], i});
               return std::tanh(sum);
             });
           },
       .gradient = false},
      {.name = "matmul_chain",
       .ops = {"matmul", "transpose"},
       .build = twice,
       .inputs = {{.shape = {4, 3}, .batched = false}, {.shape = {3, 5}, .batched = false}},
       .reference =
           [](std::span<const Array> x) {
             const Array p = product(x[0], x[1]);
             const Array turned = generated({5, 4}, [&](auto i) { return element(p, Index{i[1], i[0]}); });
             return product(p, turned);
           },
       .tolerance = 1e-5},
      {.name = "matmul_of_vectors",
       .ops = {"matmul"},
       .build = [](auto x) { return ops::matmul(x[0], x[1]); },
       .inputs = {{.shape = {6}, .batched = false}, {.shape = {6}, .batched = false}},
       .reference =
           [](std::span<const Array> x) {
             return generated({}, [&](auto) {
               double sum = 0.0;
               for (std::int64_t i = 0; i < 6; ++i) sum += element(x[0], Index{i}) * element(x[1], Index{i});
               return sum;
             });
           }},
      {.name = "dot_with_vector",
       .ops = {"matmul"},
       .build = [](auto x) { return ops::dot(x[0], x[1]); },
       .inputs = {{.shape = {4, 2, 3}}, {.shape = {3}, .batched = false}},
       .reference =
           [](std::span<const Array> x) {
             return generated({x[0].shape()[0], 2}, [&](auto index) {
               double sum = 0.0;
               for (std::int64_t i = 0; i < 3; ++i)
                 sum += element(x[0], Index{index[0], index[1], i}) * element(x[1], Index{i});
               return sum;
             });
           }},
      {.name = "outer",
       .ops = {"multiply"},
       .build = [](auto x) { return ops::outer(x[0], x[1]); },
       .inputs = {{.shape = {4}}, {.shape = {2, 3}, .batched = false}},
       .reference =
           [](std::span<const Array> x) {
             return generated({x[0].shape()[0], 6}, [&](auto index) {
               return element(x[0], Index{index[0]}) * element(x[1], Index{index[1] / 3, index[1] % 3});
             });
           }},
      {.name = "tensordot",
       .ops = {"matmul"},
       .build =
           [](auto x) {
             return ops::tensordot(x[0], x[1], {1, 2}, {2, 0});
           },
       .inputs = {{.shape = {4, 2, 3}}, {.shape = {3, 5, 2}, .batched = false}},
       .reference =
           [](std::span<const Array> x) {
             return generated({x[0].shape()[0], 5}, [&](auto index) {
               double sum = 0.0;
               for (std::int64_t i = 0; i < 2; ++i)
                 for (std::int64_t j = 0; j < 3; ++j)
                   sum += element(x[0], Index{index[0], i, j}) * element(x[1], Index{j, index[1], i});
               return sum;
             });
           }},
  };
}

}  // namespace keratin::test

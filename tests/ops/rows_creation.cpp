#include "keratin/ops/creation.h"
#include "ops/movement.h"
#include "ops/rows.h"

namespace keratin::test {
namespace {

using Index = std::span<const std::int64_t>;

DType gives_float32(DType) { return float32; }

/// A row without inputs.
OpRow constant_row(std::string name, Mapping<Tensor> build, Mapping<Array> reference) {
  return {.name = std::move(name),
          .ops = {},
          .build = std::move(build),
          .reference = std::move(reference),
          .dtypes = {float32},
          .result_dtype = gives_float32,
          .gradient = false,
          .batch = false};
}

}  // namespace

std::vector<OpRow> creation_rows() {
  std::vector<OpRow> rows;
  rows.push_back(constant_row(
      "zeros",
      [](auto) {
        return ops::zeros({2, 3});
      },
      [](auto) {
        return Array::zeros({2, 3}, float64);
      }));
  rows.push_back(constant_row(
      "ones",
      [](auto) {
        return ops::ones({2, 0});
      },
      [](auto) {
        return Array::ones({2, 0}, float64);
      }));
  rows.push_back(constant_row(
      "full", [](auto) { return ops::full({}, 2.5); }, [](auto) { return Array::scalar(2.5); }));
  rows.push_back(constant_row(
      "arange", [](auto) { return ops::arange(1.0, -0.5, -0.5); },
      [](auto) {
        return Array::copy_of({1.0, 0.5, 0.0});
      }));
  rows.push_back(constant_row(
      "eye", [](auto) { return ops::eye(2, 3, 1); },
      [](auto) {
        return Array::copy_of({0.0, 1.0, 0.0, 0.0, 0.0, 1.0}).reshaped({2, 3});
      }));
  rows.push_back(
      {.name = "iota",
       .ops = {"iota"},
       .build = [](auto x) { return ops::detail::iota(x[0], 0); },
       .inputs = {{{4, 3}}},
       .reference =
           [](auto x) { return generated({x[0].shape()[0]}, [](Index i) { return static_cast<double>(i[0]); }); },
       .dtypes = {float32},
       .result_dtype = gives_int32,
       .gradient = false});
  rows.push_back({.name = "tril",
                  .ops = {"iota"},
                  .build = [](auto x) { return ops::tril(x[0], 1); },
                  .inputs = {{{3, 4, 5}}},
                  .reference =
                      [](auto x) {
                        return generated(x[0].shape(),
                                         [&](Index i) { return i[2] <= i[1] + 1 ? element(x[0], i) : 0.0; });
                      },
                  .dtypes = {float32, float64, int32}});
  rows.push_back({.name = "triu",
                  .ops = {"iota"},
                  .build = [](auto x) { return ops::triu(x[0], -1); },
                  .inputs = {{{3, 4, 5}}},
                  .reference =
                      [](auto x) {
                        return generated(x[0].shape(),
                                         [&](Index i) { return i[2] >= i[1] - 1 ? element(x[0], i) : 0.0; });
                      }});
  rows.push_back({.name = "one_hot",
                  .ops = {"equal"},
                  .build = [](auto x) { return ops::one_hot(x[0], 4, 1); },
                  .inputs = {{{5, 3}, -1.0, 4.0}},
                  .reference =
                      [](auto x) {
                        return generated({x[0].shape()[0], 4, 3}, [&](Index i) {
                          return element(x[0], std::array{i[0], i[2]}) == static_cast<double>(i[1]) ? 1.0 : 0.0;
                        });
                      },
                  .dtypes = {int32, int64, uint8},
                  .result_dtype = gives_float32,
                  .gradient = false});
  return rows;
}

}  // namespace keratin::test

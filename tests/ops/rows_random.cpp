#include "core/philox.h"
#include "ops/random.h"
#include "ops/rows.h"

namespace keratin::test {
namespace {

constexpr core::PhiloxKey key{7, 11};

DType gives_float32(DType) { return float32; }

/// element(key, step, i) for each element i, at the step that x[0] holds and in the shape of x[1].
Mapping<Array> drawn(float (*number)(core::PhiloxKey, std::uint64_t, std::uint64_t) noexcept) {
  return [number](std::span<const Array> x) {
    const auto step = static_cast<std::uint64_t>(x[0].item<double>());
    std::uint64_t i = 0;
    return generated(x[1].shape(),
                     [&](std::span<const std::int64_t>) { return static_cast<double>(number(key, step, i++)); });
  };
}

OpRow random_row(std::string name, Mapping<Tensor> build, Mapping<Array> reference) {
  const std::string op = name;
  return {.name = std::move(name),
          .ops = {op},
          .build = std::move(build),
          .inputs = {{.shape = {}, .dtype = int64, .values = {5}}, {.shape = {4, 3}}},
          .reference = std::move(reference),
          .dtypes = {float32},
          .result_dtype = gives_float32,
          .gradient = false};
}

}  // namespace

std::vector<OpRow> random_rows() {
  std::vector<OpRow> rows;
  rows.push_back(random_row(
      "random_uniform", [](auto x) { return ops::detail::random_uniform_like(x[1], key, x[0]); },
      drawn(core::uniform_at)));
  rows.push_back(random_row(
      "random_normal", [](auto x) { return ops::detail::random_normal_like(x[1], key, x[0]); },
      drawn(core::normal_at)));
  rows.push_back(
      random_row("truncated_normal", [](auto x) { return ops::detail::truncated_normal_like(x[1], key, x[0]); }, {}));
  rows.push_back({.name = "dropout",
                  .ops = {"random_uniform", "select"},
                  .build = [](auto x) { return ops::detail::dropout(x[1], 0.25, key, x[0]); },
                  .inputs = {{.shape = {}, .dtype = int64, .values = {5}}, {.shape = {4, 6}}},
                  .reference =
                      [](auto x) {
                        std::uint64_t i = 0;
                        return generated(x[1].shape(), [&](std::span<const std::int64_t> index) {
                          return core::uniform_at(key, 5, i++) >= 0.25f ? element(x[1], index) / 0.75 : 0.0;
                        });
                      },
                  .dtypes = {float32, float64, bfloat16}});
  return rows;
}

}  // namespace keratin::test

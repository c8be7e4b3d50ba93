#include <algorithm>
#include <cmath>
#include <vector>

#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "ops/apply.h"
#include "ops/batch_normalization.h"
#include "ops/rows.h"

namespace keratin::test {
namespace {

using Values = std::span<const Tensor>;
using Arrays = std::span<const Array>;
using Numbers = std::vector<double>;

constexpr double epsilon = 1e-3;

/// The numbers of each channel.
std::vector<Numbers> by_channel(const Array& x) {
  const std::int64_t channels = x.shape().back();
  std::vector<Numbers> all(static_cast<std::size_t>(channels));
  const auto values = x.data<double>();
  for (std::size_t i = 0; i < values.size(); ++i) all[i % all.size()].push_back(values[i]);
  return all;
}

double mean_of(const Numbers& x) {
  double sum = 0.0;
  for (const double value : x) sum += value;
  return sum / static_cast<double>(x.size());
}

Numbers product(const Numbers& a, const Numbers& b) {
  Numbers result;
  for (std::size_t i = 0; i < a.size(); ++i) result.push_back(a[i] * b[i]);
  return result;
}

double variance_of(const Numbers& x) { return mean_of(product(x, x)) - mean_of(x) * mean_of(x); }

Numbers normal(const Numbers& x) {
  Numbers result;
  for (const double value : x) result.push_back((value - mean_of(x)) / std::sqrt(variance_of(x) + epsilon));
  return result;
}

/// An array of x's shape from numbers by channel.
Array joined(const Shape& shape, const std::vector<Numbers>& channels) {
  std::size_t next = 0;
  return generated(shape, [&](std::span<const std::int64_t>) {
    const std::size_t i = next++;
    return channels[i % channels.size()][i / channels.size()];
  });
}

template <class F>
Array each_channel(const std::vector<Numbers>& channels, F&& f) {
  return generated({static_cast<std::int64_t>(channels.size())},
                   [&](std::span<const std::int64_t> index) { return f(static_cast<std::size_t>(index[0])); });
}

/// One that has statistics has a row at least.
OpRow moments(const Shape& shape) {
  return {.name = "batch_moments_of_" + std::to_string(shape.back()) + "_channels",
          .ops = {"batch_moments"},
          .build =
              [](Values x) {
                const ops::detail::BatchMoments result = ops::detail::batch_moments(x[0]);
                return std::vector<Tensor>{result.mean, result.variance};
              },
          .inputs = {{shape}},
          .reference =
              [](Arrays x) {
                const auto channels = by_channel(x[0]);
                return std::vector<Array>{
                    each_channel(channels, [&](std::size_t c) { return mean_of(channels[c]); }),
                    each_channel(channels, [&](std::size_t c) { return variance_of(channels[c]); })};
              },
          .empty_batch = false};
}

OpRow normalized(const Shape& shape, bool affine) {
  OpRow row{
      .name = "batch_normalized_" + std::string(affine ? "affine_" : "") + std::to_string(shape.back()) + "_channels",
      .ops = {"batch_moments", "batch_normalized", "batch_normalization_gradient"},
      .build =
          [affine](Values x) {
            return ops::detail::batch_normalized(
                x[0], {ops::detail::batch_moments(x[0]), affine ? x[1] : Tensor(), affine ? x[2] : Tensor(), epsilon});
          },
      .inputs = {{shape}},
      .reference =
          [affine](Arrays x) {
            std::vector<Numbers> channels = by_channel(x[0]);
            for (std::size_t c = 0; c < channels.size(); ++c) {
              channels[c] = normal(channels[c]);
              if (affine)
                for (double& value : channels[c]) value = value * x[1].data<double>()[c] + x[2].data<double>()[c];
            }
            return joined(x[0].shape(), channels);
          },
      .tolerance = 1e-5,
      .tolerance_gradient = 1e-5};
  if (affine)
    for (int i = 0; i < 2; ++i) row.inputs.push_back({.shape = {shape.back()}, .batched = false});
  return row;
}

/// The op of the gradient as one of its own, whose gradient is thus the second.
OpRow gradient(const Shape& shape) {
  return {.name = "batch_normalization_gradient_" + std::to_string(shape.back()) + "_channels",
          .ops = {"batch_normalization_gradient"},
          .build =
              [](Values x) {
                const ops::detail::BatchMoments of_x = ops::detail::batch_moments(x[1]);
                return ops::apply_all(ops::batch_normalization_gradient_op,
                                      {x[0], x[1], of_x.mean, ops::rsqrt(of_x.variance + epsilon), x[2]},
                                      {{"epsilon", epsilon}});
              },
          .inputs = {{shape}, {shape}, {.shape = {shape.back()}, .batched = false}},
          .reference =
              [](Arrays x) {
                const auto dy = by_channel(x[0]);
                const auto of_x = by_channel(x[1]);
                std::vector<Numbers> dx(dy.size());
                for (std::size_t c = 0; c < dy.size(); ++c) {
                  const Numbers hat = normal(of_x[c]);
                  const double factor = x[2].data<double>()[c] / std::sqrt(variance_of(of_x[c]) + epsilon);
                  for (std::size_t i = 0; i < hat.size(); ++i)
                    dx[c].push_back(factor * (dy[c][i] - mean_of(dy[c]) - hat[i] * mean_of(product(dy[c], hat))));
                }
                const auto sum = [](const Numbers& a) { return a.empty() ? 0.0 : mean_of(a) * double(a.size()); };
                return std::vector<Array>{
                    joined(x[1].shape(), dx),
                    each_channel(dy, [&](std::size_t c) { return sum(product(dy[c], normal(of_x[c]))); }),
                    each_channel(dy, [&](std::size_t c) { return sum(dy[c]); })};
              },
          .empty_batch = false,
          .tolerance = 2e-5,
          .tolerance_float64 = 1e-10,
          .tolerance_gradient = 1e-5};
}

}  // namespace

std::vector<OpRow> batch_norm_rows() {
  return {moments({6, 3}),           moments({5, 4, 17}), normalized({6, 3}, false), normalized({6, 2, 2, 3}, true),
          normalized({7, 16}, true), gradient({5, 2, 3}), gradient({9, 4})};
}

}  // namespace keratin::test

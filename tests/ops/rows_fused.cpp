// Ops that do as one kernel what could be written with several: layer normalization and attention.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "ops/apply.h"
#include "ops/attention.h"
#include "ops/layer_norm.h"
#include "ops/rows.h"

namespace keratin::test {
namespace {

using Values = std::span<const Tensor>;
using Index = std::span<const std::int64_t>;

/// The index with another number along an axis.
std::vector<std::int64_t> moved(Index index, std::size_t axis, std::int64_t to) {
  std::vector<std::int64_t> result(index.begin(), index.end());
  result[axis] = to;
  return result;
}

double mean_along_last(const Array& x, Index index, double (*f)(double value, double by), double by) {
  double sum = 0.0;
  const std::int64_t n = x.shape()[-1];
  for (std::int64_t i = 0; i < n; ++i) sum += f(element(x, moved(index, index.size() - 1, i)), by);
  return sum / static_cast<double>(n);
}

struct Moments {
  double mean;
  double inverse;
};
Moments moments_of(const Array& x, Index index, double epsilon) {
  const double mean = mean_along_last(
      x, index, [](double a, double) { return a; }, 0.0);
  const double variance = mean_along_last(
      x, index, [](double a, double m) { return (a - m) * (a - m); }, mean);
  return {mean, 1.0 / std::sqrt(variance + epsilon)};
}

constexpr double epsilon = 0.01;

void add_layer_norm(std::vector<OpRow>& rows, const Shape& shape, bool scale, bool center) {
  std::vector<Input> inputs{{shape}};
  const Input weight{.shape = {shape.back()}, .batched = false};
  if (scale) inputs.push_back(weight);
  if (center) inputs.push_back(weight);
  rows.push_back({.name = "layer_norm_of_" + std::to_string(shape.back()) + "_rank_" + std::to_string(shape.rank()) +
                          (scale ? "_scaled" : "") + (center ? "_centered" : ""),
                  .ops = {"layer_norm", "layer_norm_gradient"},
                  .build =
                      [=](Values x) {
                        return ops::detail::layer_norm(x[0], scale ? x[1] : Tensor(), center ? x.back() : Tensor(),
                                                       epsilon);
                      },
                  .inputs = inputs,
                  .reference =
                      [=](std::span<const Array> x) {
                        return generated(x[0].shape(), [&](Index index) {
                          const Moments m = moments_of(x[0], index, epsilon);
                          double y = (element(x[0], index) - m.mean) * m.inverse;
                          if (scale) y *= element(x[1], index.last(1));
                          return center ? y + element(x.back(), index.last(1)) : y;
                        });
                      },
                  .tolerance = 2e-5});
}

/// The op of the gradient, whose own gradient is thus the second. Mean and deviation are those of x, as they always
/// are.
OpRow layer_norm_gradient_row(bool scale) {
  std::vector<Input> inputs{{{4, 7}}, {{4, 7}}};
  if (scale) inputs.push_back({.shape = {7}, .batched = false});
  return {
      .name = scale ? "layer_norm_gradient_scaled" : "layer_norm_gradient",
      .ops = {"layer_norm_gradient"},
      .build =
          [=](Values x) {
            const std::vector<graph::Attribute> attributes{{"epsilon", epsilon}, {"scale", scale}, {"center", false}};
            std::vector<Tensor> forward{x[0]};
            if (scale) forward.push_back(x[2]);
            const std::vector<Tensor> y = ops::apply_all(ops::layer_norm_op, forward, attributes);
            std::vector<Tensor> back{x[0], y[1], y[2], x[1]};
            if (scale) back.push_back(x[2]);
            std::vector<Tensor> all = ops::apply_all(ops::layer_norm_gradient_op, back, {attributes.data(), 2});
            if (!scale) all.erase(all.begin() + 1);
            return all;
          },
      .inputs = inputs,
      .tolerance_gradient = 1e-5};
}

/// softmax(scale · q·kᵀ), masked, at (batch, query, head, ·).
std::vector<double> shares_at(std::span<const Array> x, Index index, double scale, const Array* mask) {
  std::vector<double> shares;
  double sum = 0.0;
  for (std::int64_t key = 0; key < x[1].shape()[1]; ++key) {
    double score = 0.0;
    for (std::int64_t i = 0; i < x[0].shape()[3]; ++i)
      score += element(x[0], moved(index, 3, i)) * element(x[1], moved(moved(index, 1, key), 3, i));
    const std::int64_t place[] = {index[0], index[2], index[1], key};
    const bool counts = mask == nullptr || element(*mask, place) != 0.0;
    shares.push_back(counts ? std::exp(score * scale) : 0.0);
    sum += shares.back();
  }
  for (double& share : shares) share = sum > 0.0 ? share / sum : 1.0 / static_cast<double>(shares.size());
  return shares;
}

struct Sizes {
  std::int64_t queries;
  std::int64_t keys;
  std::int64_t size;
  std::int64_t value_size;
};

constexpr double scale = 0.4;
constexpr std::int64_t heads = 2;

std::vector<Input> attention_inputs(const Sizes& s) {
  return {{{3, s.queries, heads, s.size}}, {{3, s.keys, heads, s.size}}, {{3, s.keys, heads, s.value_size}}};
}

std::string name_of(const Sizes& s) {
  return std::to_string(s.queries) + "_" + std::to_string(s.keys) + "_" + std::to_string(s.size) + "_" +
         std::to_string(s.value_size);
}

/// With a mask of that shape, if there is one.
void add_attention(std::vector<OpRow>& rows, const Sizes& s, const Shape& mask) {
  const bool masked = mask.rank() > 0;
  std::vector<Input> inputs = attention_inputs(s);
  if (masked) inputs.push_back({.shape = mask, .dtype = boolean, .differentiable = false, .batched = mask[0] == 3});
  rows.push_back(
      {.name = "attention_" + name_of(s) + (masked ? "_masked_" + std::to_string(mask[1]) : ""),
       .ops = {"attention", "attention_gradient"},
       .build = [=](Values x) { return ops::detail::attention(x[0], x[1], x[2], masked ? x[3] : Tensor(), scale); },
       .inputs = inputs,
       .reference =
           [=](std::span<const Array> x) {
             return generated({x[0].shape()[0], s.queries, heads, s.value_size}, [&](Index index) {
               const std::vector<double> shares = shares_at(x, moved(index, 3, 0), scale, masked ? &x[3] : nullptr);
               double sum = 0.0;
               for (std::size_t key = 0; key < shares.size(); ++key)
                 sum += shares[key] * element(x[2], moved(index, 1, static_cast<std::int64_t>(key)));
               return sum;
             });
           },
       .tolerance = 1e-5});
}

double dot(const Array& a, Index at_a, const Array& b, Index at_b) {
  double sum = 0.0;
  for (std::int64_t i = 0; i < a.shape()[3]; ++i) sum += element(a, moved(at_a, 3, i)) * element(b, moved(at_b, 3, i));
  return sum;
}

/// Numbers at (batch, query, head, key).
class Scores {
 public:
  Scores(std::span<const Array> x, const Sizes& s) : sizes_(s), batch_(x[0].shape()[0]) {}
  template <class F>
  void for_each_query(F f) {
    for (std::int64_t b = 0; b < batch_; ++b)
      for (std::int64_t q = 0; q < sizes_.queries; ++q)
        for (std::int64_t h = 0; h < heads; ++h) {
          const std::vector<double> row = f(std::vector<std::int64_t>{b, q, h, 0});
          values_.insert(values_.end(), row.begin(), row.end());
        }
  }
  double at(std::int64_t b, std::int64_t q, std::int64_t h, std::int64_t k) const {
    return values_[static_cast<std::size_t>(((b * sizes_.queries + q) * heads + h) * sizes_.keys + k)];
  }

 private:
  Sizes sizes_;
  std::int64_t batch_;
  std::vector<double> values_;
};

/// The gradients by query, key and value, of inputs query, key, value, gradient[, mask].
std::vector<Array> attention_gradients(std::span<const Array> x, const Sizes& s) {
  const Array* const mask = x.size() > 4 ? &x[4] : nullptr;
  Scores shares(x, s);
  shares.for_each_query([&](Index index) { return shares_at(x, index, scale, mask); });
  Scores slopes(x, s);
  slopes.for_each_query([&](Index index) {
    std::vector<double> of_shares;
    double mean = 0.0;
    for (std::int64_t k = 0; k < s.keys; ++k) {
      of_shares.push_back(dot(x[3], index, x[2], moved(index, 1, k)));
      mean += of_shares.back() * shares.at(index[0], index[1], index[2], k);
    }
    for (std::int64_t k = 0; k < s.keys; ++k) {
      const std::int64_t place[] = {index[0], index[2], index[1], k};
      double& slope = of_shares[static_cast<std::size_t>(k)];
      slope = (slope - mean) * shares.at(index[0], index[1], index[2], k) * scale;
      if (mask != nullptr && element(*mask, place) == 0.0) slope = 0.0;
    }
    return of_shares;
  });
  const auto over_keys = [&](Index i) {
    double sum = 0.0;
    for (std::int64_t k = 0; k < s.keys; ++k) sum += slopes.at(i[0], i[1], i[2], k) * element(x[1], moved(i, 1, k));
    return sum;
  };
  const auto over_queries = [&](const Scores& scores, const Array& from) {
    return [&scores, &from, &s](Index i) {
      double sum = 0.0;
      for (std::int64_t q = 0; q < s.queries; ++q)
        sum += scores.at(i[0], q, i[2], i[1]) * element(from, moved(i, 1, q));
      return sum;
    };
  };
  return {generated(x[0].shape(), over_keys), generated(x[1].shape(), over_queries(slopes, x[0])),
          generated(x[2].shape(), over_queries(shares, x[3]))};
}

/// As an op of its own: its gradient is the second.
OpRow attention_gradient_row(const Sizes& s, bool masked) {
  std::vector<Input> inputs = attention_inputs(s);
  inputs.push_back({{3, s.queries, heads, s.value_size}});
  if (masked) inputs.push_back({.shape = {3, heads, s.queries, s.keys}, .dtype = boolean, .differentiable = false});
  return {.name = "attention_gradient_" + name_of(s) + (masked ? "_masked" : ""),
          .ops = {"attention_gradient"},
          .build =
              [](Values x) {
                const std::vector<graph::Attribute> attributes{{"scale", scale}};
                return ops::apply_all(ops::attention_gradient_op, x, attributes);
              },
          .inputs = inputs,
          .reference = [s](std::span<const Array> x) { return attention_gradients(x, s); },
          .tolerance = 2e-5,
          .tolerance_gradient = 1e-5};
}

}  // namespace

std::vector<OpRow> fused_rows() {
  std::vector<OpRow> rows;
  for (const std::int64_t n : {1, 5, 16, 67, 200}) add_layer_norm(rows, {3, n}, true, true);
  add_layer_norm(rows, {2, 3, 9}, true, false);
  add_layer_norm(rows, {2, 3, 9}, false, true);
  add_layer_norm(rows, {2, 3, 9}, false, false);
  rows.push_back(layer_norm_gradient_row(true));
  rows.push_back(layer_norm_gradient_row(false));
  add_attention(rows, {3, 4, 2, 3}, {});
  add_attention(rows, {1, 1, 1, 1}, {});
  add_attention(rows, {3, 4, 2, 3}, {3, 1, 1, 4});
  add_attention(rows, {3, 4, 2, 3}, {1, heads, 3, 4});
  add_attention(rows, {30, 67, 9, 17}, {3, 1, 30, 67});
  add_attention(rows, {70, 300, 8, 8}, {});
  for (const bool masked : {false, true}) {
    rows.push_back(attention_gradient_row({2, 3, 2, 2}, masked));
    rows.push_back(attention_gradient_row({70, 300, 8, 5}, masked));  // several blocks and panels
  }
  return rows;
}

}  // namespace keratin::test

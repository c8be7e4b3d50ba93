#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "ops/apply.h"
#include "ops/rows.h"
#include "ops/softmax.h"

namespace keratin::test {
namespace {

using Values = std::span<const Tensor>;
using Row = std::vector<double>;

/// A result of inputs' shape, made row by row along `axis`: f(rows of the inputs, in order).
template <class F>
Mapping<Array> by_row(std::int64_t axis, F f) {
  return [=](std::span<const Array> inputs) {
    const auto along = static_cast<std::size_t>(axis);
    return generated(inputs[0].shape(), [&](std::span<const std::int64_t> index) {
      std::vector<Row> rows;
      for (const Array& input : inputs) {
        std::vector<std::int64_t> at(index.begin(), index.end());
        Row row;
        for (at[along] = 0; at[along] < inputs[0].shape().dims()[along]; ++at[along]) row.push_back(element(input, at));
        rows.push_back(row);
      }
      return f(rows)[static_cast<std::size_t>(index[along])];
    });
  };
}

double dot(const Row& a, const Row& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

Row log_softmax_of(const Row& x) {
  double sum = 0;
  for (const double a : x) sum += std::exp(a);
  Row result = x;
  for (double& a : result) a -= std::log(sum);
  return result;
}

Row softmax_of(const Row& x) {
  Row result = log_softmax_of(x);
  for (double& a : result) a = std::exp(a);
  return result;
}

/// softmax or log_softmax, and the op of its gradient as an op of its own (whose gradient is thus the second).
void add_softmax(std::vector<OpRow>& rows, bool log, const Shape& shape, std::int64_t axis) {
  const std::string name = log ? "log_softmax" : "softmax";
  const std::string suffix =
      "_rank_" + std::to_string(shape.rank()) + "_of_" + std::to_string(shape[axis]) + "_along_" + std::to_string(axis);
  rows.push_back({.name = name + suffix,
                  .ops = {name, name + "_gradient"},
                  .build = [=](Values x) { return log ? ops::log_softmax(x[0], axis) : ops::softmax(x[0], axis); },
                  .inputs = {{shape, -4, 4}},
                  .reference = by_row(
                      axis, [log](const std::vector<Row>& x) { return log ? log_softmax_of(x[0]) : softmax_of(x[0]); }),
                  .dtypes = {float32, float64, bfloat16}});
  rows.push_back({.name = name + "_gradient" + suffix,
                  .ops = {name + "_gradient"},
                  .build =
                      [=](Values x) {
                        const graph::OpDef& op = log ? ops::log_softmax_gradient_op : ops::softmax_gradient_op;
                        return ops::apply(op, {x[0], x[1]}, {{"axis", axis}});
                      },
                  .inputs = {{shape}, {shape}},
                  .reference = by_row(axis,
                                      [log](const std::vector<Row>& x) {
                                        const Row& y = x[0];
                                        const Row& dy = x[1];
                                        const double sum = log ? dot(dy, Row(dy.size(), 1.0)) : dot(y, dy);
                                        Row result;
                                        for (std::size_t i = 0; i < y.size(); ++i)
                                          result.push_back(log ? dy[i] - std::exp(y[i]) * sum : y[i] * (dy[i] - sum));
                                        return result;
                                      }),
                  .dtypes = {float32, float64, bfloat16},
                  .tolerance = 1e-5,
                  .tolerance_bfloat16 = 3e-2});
}

/// The rows of an array of rank 2.
std::vector<Row> rows_of(const Array& x) {
  std::vector<Row> rows;
  for (std::int64_t i = 0; i < x.shape()[0]; ++i) {
    Row row;
    for (std::int64_t j = 0; j < x.shape()[1]; ++j) row.push_back(x.at<double>({i, j}));
    rows.push_back(row);
  }
  return rows;
}

/// One number for each row, from the inputs' rows (an input of rank 1 has rows of one element).
template <class F>
Mapping<Array> of_rows(F f) {
  return [f](std::span<const Array> inputs) {
    std::vector<std::vector<Row>> all;
    for (const Array& input : inputs)
      all.push_back(rows_of(input.rank() == 1 ? input.reshaped({input.size(), 1}) : input));
    return generated({inputs[0].shape()[0]}, [&](std::span<const std::int64_t> index) {
      std::vector<Row> rows;
      for (const auto& input : all) rows.push_back(input[static_cast<std::size_t>(index[0])]);
      return f(rows);
    });
  };
}

double dense_loss(const std::vector<Row>& rows) { return -dot(rows[0], log_softmax_of(rows[1])); }
double sparse_loss(const std::vector<Row>& rows) {
  return -log_softmax_of(rows[1])[static_cast<std::size_t>(rows[0][0])];
}

void add_crossentropies(std::vector<OpRow>& rows) {
  const Input labels{.shape = {4}, .low = 0, .high = 6, .dtype = int32, .differentiable = false};
  const Mapping<Array> dense_gradient = by_row(1, [](const std::vector<Row>& x) {
    Row result = softmax_of(x[1]);
    const double total = dot(x[0], Row(x[0].size(), 1.0));
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = (result[i] * total - x[0][i]) * x[2][i];
    return result;
  });
  rows.insert(rows.end(),
              {
                  {.name = "softmax_crossentropy",
                   .ops = {"softmax_crossentropy", "softmax_crossentropy_gradient"},
                   .build = [](Values x) { return ops::categorical_crossentropy(x[0], x[1], true); },
                   .inputs = {{{4, 7}, 0, 1}, {{4, 7}, -4, 4}},
                   .reference = of_rows(dense_loss),
                   .tolerance = 1e-5},
                  {.name = "softmax_crossentropy_gradient",
                   .ops = {"softmax_crossentropy_gradient", "softmax_gradient"},
                   .build =
                       [](Values x) {
                         return ops::apply(ops::softmax_crossentropy_gradient_op, {x[0], x[1], x[2]});
                       },
                   .inputs = {{{4, 7}, 0, 1}, {{4, 7}}, {{4}}},
                   .reference =
                       [dense_gradient](std::span<const Array> x) {
                         const std::vector<Array> kept{x[0], x[1], x[2].reshaped({x[2].size(), 1})};
                         return dense_gradient(kept)[0];
                       }},
                  {.name = "sparse_softmax_crossentropy",
                   .ops = {"sparse_softmax_crossentropy", "sparse_softmax_crossentropy_gradient"},
                   .build = [](Values x) { return ops::sparse_categorical_crossentropy(x[0], x[1], true); },
                   .inputs = {labels, {{4, 7}, -4, 4}},
                   .reference = of_rows(sparse_loss),
                   .dtypes = {float32, float64, bfloat16}},
                  {.name = "sparse_softmax_crossentropy_gradient",
                   .ops = {"sparse_softmax_crossentropy_gradient", "softmax_gradient"},
                   .build =
                       [](Values x) {
                         return ops::apply(ops::sparse_softmax_crossentropy_gradient_op, {x[0], x[1], x[2]});
                       },
                   .inputs = {labels, {{4, 7}}, {{4}}},
                   .reference =
                       [](std::span<const Array> x) {
                         const std::vector<Row> logits = rows_of(x[1]);
                         return generated(x[1].shape(), [&](std::span<const std::int64_t> at) {
                           const double p =
                               softmax_of(logits[static_cast<std::size_t>(at[0])])[static_cast<std::size_t>(at[1])];
                           return (p - (x[0].at<std::int64_t>({at[0]}) == at[1] ? 1 : 0)) * x[2].at<double>({at[0]});
                         });
                       }},
                  {.name = "categorical_crossentropy_of_probabilities",
                   .build = [](Values x) { return ops::categorical_crossentropy(x[0], x[1]); },
                   .inputs = {{{4, 7}, 0, 1}, {{4, 7}, 0.1, 1}},
                   .reference = of_rows([](const std::vector<Row>& x) {
                     double loss = 0;
                     for (std::size_t i = 0; i < x[0].size(); ++i)
                       loss -= x[0][i] * std::log(x[1][i] / dot(x[1], Row(x[1].size(), 1.0)));
                     return loss;
                   }),
                   .tolerance = 1e-5},
                  {.name = "categorical_crossentropy_along_another_axis",
                   .build = [](Values x) { return ops::categorical_crossentropy(x[0], x[1], true, 1); },
                   .inputs = {{{4, 7, 1}, 0, 1}, {{4, 7, 1}, -4, 4}},
                   .reference =
                       [](std::span<const Array> x) {
                         const std::vector<Array> flat{x[0].reshaped({-1, 7}), x[1].reshaped({-1, 7})};
                         return of_rows(dense_loss)(flat)[0].reshaped({-1, 1});
                       },
                   .empty_batch = false,
                   .tolerance = 1e-5},
                  {.name = "sparse_categorical_crossentropy_of_probabilities",
                   .build = [](Values x) { return ops::sparse_categorical_crossentropy(x[0], x[1]); },
                   .inputs = {labels, {{4, 7}, 0.1, 1}},
                   .reference = of_rows([](const std::vector<Row>& x) {
                     return -std::log(x[1][static_cast<std::size_t>(x[0][0])] / dot(x[1], Row(x[1].size(), 1.0)));
                   })},
                  {.name = "binary_crossentropy_of_logits",
                   .build = [](Values x) { return ops::binary_crossentropy(x[0], x[1], true); },
                   .inputs = {{{4, 3}, 0, 1}, {{4, 3}, -6, 6}},
                   .reference = each([](double z, double x) { return std::log1p(std::exp(x)) - x * z; }),
                   .tolerance = 1e-5},
                  {.name = "binary_crossentropy_of_probabilities",
                   .build = [](Values x) { return ops::binary_crossentropy(x[0], x[1]); },
                   .inputs = {{{4, 3}, 0, 1}, {{4, 3}, 0.05, 0.95}},
                   .reference = each([](double z, double p) { return -z * std::log(p) - (1 - z) * std::log(1 - p); }),
                   .tolerance = 1e-5},
              });
}

using Function = Tensor (*)(const Tensor&);

template <class F>
OpRow activation(const std::string& name, Function op, F f, double low, double high) {
  return {.name = name + (low < 0 ? "_from_below" : "_above"),
          .build = [op](Values x) { return op(x[0]); },
          .inputs = {{{3, 6}, low, high}},
          .reference = each([f](double x) { return static_cast<double>(f(x)); }),
          .dtypes = {float32, float64, bfloat16},
          .tolerance_bfloat16 = 3e-2};
}

/// On both sides of 0, where most have a kink.
template <class F>
void add_activation(std::vector<OpRow>& rows, const std::string& name, Function op, F f) {
  rows.push_back(activation(name, op, f, -2.9, -0.1));
  rows.push_back(activation(name, op, f, 0.1, 2.9));
}

void add_activations(std::vector<OpRow>& rows) {
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  const auto hard_sigmoid = [](double x) { return std::clamp(x / 6 + 0.5, 0.0, 1.0); };
  add_activation(rows, "relu6", ops::relu6, [](double x) { return std::clamp(x, 0.0, 6.0); });
  add_activation(
      rows, "leaky_relu", [](const Tensor& x) { return ops::leaky_relu(x); },
      [](double x) { return x > 0 ? x : 0.2 * x; });
  add_activation(
      rows, "elu", [](const Tensor& x) { return ops::elu(x, 0.7); },
      [](double x) { return x > 0 ? x : 0.7 * std::expm1(x); });
  add_activation(
      rows, "celu", [](const Tensor& x) { return ops::celu(x, 0.7); },
      [](double x) { return x > 0 ? x : 0.7 * std::expm1(x / 0.7); });
  add_activation(rows, "selu", ops::selu,
                 [](double x) { return 1.05070098735548 * (x > 0 ? x : 1.67326324235438 * std::expm1(x)); });
  add_activation(
      rows, "gelu", [](const Tensor& x) { return ops::gelu(x); },
      [](double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x))); });
  add_activation(
      rows, "gelu_exact", [](const Tensor& x) { return ops::gelu(x, false); },
      [](double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); });
  add_activation(rows, "silu", ops::silu, [=](double x) { return x * sigmoid(x); });
  add_activation(rows, "log_sigmoid", ops::log_sigmoid, [=](double x) { return std::log(sigmoid(x)); });
  add_activation(rows, "hard_sigmoid", ops::hard_sigmoid, hard_sigmoid);
  add_activation(rows, "hard_silu", ops::hard_silu, [=](double x) { return x * hard_sigmoid(x); });
  add_activation(rows, "hard_tanh", ops::hard_tanh, [](double x) { return std::clamp(x, -1.0, 1.0); });
  add_activation(rows, "softsign", ops::softsign, [](double x) { return x / (1 + std::abs(x)); });
  add_activation(rows, "tanh_shrink", ops::tanh_shrink, [](double x) { return x - std::tanh(x); });
  add_activation(
      rows, "squareplus", [](const Tensor& x) { return ops::squareplus(x, 3.0); },
      [](double x) { return 0.5 * (x + std::sqrt(x * x + 3)); });
}

/// Those with kinks elsewhere than at 0: in three pieces, from kink to kink.
void add_activations_in_pieces(std::vector<OpRow>& rows) {
  const auto add = [&](const std::string& name, Function op, auto f, double kink) {
    const double bounds[] = {-3.0, -kink, kink, 3.0};
    for (std::size_t i = 0; i < 3; ++i) {
      OpRow row = activation(name, op, f, bounds[i] + 0.05, bounds[i + 1] - 0.05);
      row.name = name + "_piece_" + std::to_string(i);
      rows.push_back(row);
    }
  };
  add(
      "threshold", [](const Tensor& x) { return ops::threshold(x, 0.7, -5.0); },
      [](double x) { return x > 0.7 ? x : -5.0; }, 0.7);
  add(
      "soft_shrink", [](const Tensor& x) { return ops::soft_shrink(x, 0.7); },
      [](double x) { return x > 0.7 ? x - 0.7 : std::min(x + 0.7, 0.0); }, 0.7);
  add(
      "hard_shrink", [](const Tensor& x) { return ops::hard_shrink(x, 0.7); },
      [](double x) { return std::abs(x) > 0.7 ? x : 0.0; }, 0.7);
  add(
      "sparse_plus", ops::sparse_plus, [](double x) { return x > 1 ? x : std::pow(std::max(x + 1, 0.0), 2) / 4; }, 1.0);
  add(
      "sparse_sigmoid", ops::sparse_sigmoid, [](double x) { return std::clamp((x + 1) / 2, 0.0, 1.0); }, 1.0);
}

/// Keras's formula: it sums what is summed up to each element, over those that are in the support.
Row sparsemax_of(const Row& x) {
  Row sorted = x;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  double sum = 0;
  double total = 0;
  double count = 0;
  for (const double each : sorted) {
    sum += each;
    if (each * (count + 1) <= sum - 1) break;
    total += sum;
    ++count;
  }
  Row result = x;
  for (double& each : result) each = std::max(each - (total - 1) / count, 0.0);
  return result;
}

void add_activations_of_rows(std::vector<OpRow>& rows) {
  rows.push_back({.name = "glu",
                  .build = [](Values x) { return ops::glu(x[0], 1); },
                  .inputs = {{{2, 6, 3}}},
                  .reference =
                      [](std::span<const Array> x) {
                        return generated({x[0].shape()[0], 3, 3}, [&](std::span<const std::int64_t> at) {
                          const double gate = x[0].at<double>({at[0], at[1] + 3, at[2]});
                          return element(x[0], at) / (1 + std::exp(-gate));
                        });
                      },
                  .dtypes = {float32, float64, bfloat16},
                  .tolerance_bfloat16 = 3e-2});
  // Numbers that are far from where the support changes.
  rows.push_back({.name = "sparsemax",
                  .build = [](Values x) { return ops::sparsemax(x[0]); },
                  .inputs = {{.shape = {2, 4}, .values = {0.4, -0.3, 0.05, 0.1, -3.0, 2.2, 0.5, 0.7}}},
                  .reference = by_row(1, [](const std::vector<Row>& x) { return sparsemax_of(x[0]); })});
  for (const bool log : {false, true})
    rows.push_back({.name = log ? "log_softmax_along_two_axes" : "softmax_along_two_axes",
                    .build =
                        [log](Values x) {
                          return log ? ops::log_softmax(x[0], {1, -1}) : ops::softmax(x[0], {1, -1});
                        },
                    .inputs = {{{2, 3, 2, 4}, -4, 4}},
                    .reference =
                        [log](std::span<const Array> x) {
                          return generated(x[0].shape(), [&](std::span<const std::int64_t> at) {
                            double sum = 0;
                            for (std::int64_t i = 0; i < 3; ++i)
                              for (std::int64_t j = 0; j < 4; ++j)
                                sum += std::exp(x[0].at<double>({at[0], i, at[2], j}));
                            const double value = element(x[0], at) - std::log(sum);
                            return log ? value : std::exp(value);
                          });
                        },
                    .tolerance = 1e-5});
}

OpRow batch_normalization_row() {
  return {.name = "batch_normalization",
          .build = [](Values x) { return ops::batch_normalization(x[0], x[1], x[2], 1, x[3], x[4], 1e-3); },
          .inputs = {{{3, 4, 2}},
                     {.shape = {4}, .batched = false},
                     {.shape = {4}, .low = 0.5, .batched = false},
                     {.shape = {4}, .batched = false},
                     {.shape = {4}, .batched = false}},
          .reference =
              [](std::span<const Array> x) {
                return generated(x[0].shape(), [&](std::span<const std::int64_t> at) {
                  const auto of = [&](std::size_t i) { return x[i].at<double>({at[1]}); };
                  return (element(x[0], at) - of(1)) / std::sqrt(of(2) + 1e-3) * of(4) + of(3);
                });
              },
          .tolerance = 1e-5};
}

}  // namespace

std::vector<OpRow> nn_rows() {
  std::vector<OpRow> rows;
  for (const bool log : {false, true}) {
    add_softmax(rows, log, {3, 5}, 1);
    add_softmax(rows, log, {2, 16}, 1);
    add_softmax(rows, log, {2, 3, 37}, 2);
    add_softmax(rows, log, {2, 5, 3}, 1);
  }
  add_crossentropies(rows);
  add_activations(rows);
  add_activations_in_pieces(rows);
  add_activations_of_rows(rows);
  rows.push_back(batch_normalization_row());
  return rows;
}

}  // namespace keratin::test

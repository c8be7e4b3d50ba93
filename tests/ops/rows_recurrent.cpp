#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/shape.h"
#include "ops/recurrent.h"
#include "ops/rows.h"
#include "ops/steps.h"

namespace keratin::test {
namespace {

using Function = double (*)(double x);

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }
double linear(double x) { return x; }
double relu(double x) { return std::max(x, 0.0); }
double hard_sigmoid(double x) { return std::clamp(x / 6.0 + 0.5, 0.0, 1.0); }
double hard_tanh(double x) { return std::clamp(x, -1.0, 1.0); }
double softsign(double x) { return x / (1.0 + std::abs(x)); }
double tangent(double x) { return std::tanh(x); }

struct Named {
  const char* name;
  Function function;
};

struct Functions {
  Named activation{"tanh", tangent};
  Named recurrent{"sigmoid", sigmoid};
};

using State = std::vector<double>;

/// One row's step: what the gates get from the inputs, what h is multiplied by for each gate (empty: nothing), and the
/// states, which are replaced.
using Step = std::function<void(const State& x, const State& dropout, std::vector<State>& states)>;

double at(const Array& array, std::initializer_list<std::int64_t> index) {
  return element(array, std::span(index.begin(), index.size()));
}

/// row · matrix[:, first:last], the row scaled by the dropout of each column's gate.
State product(const State& row, const State& dropout, const Array& matrix, std::int64_t first, std::int64_t last) {
  State result;
  for (std::int64_t j = first; j < last; ++j) {
    double sum = 0.0;
    const std::size_t gate = static_cast<std::size_t>(j) / row.size() * row.size();
    for (std::size_t k = 0; k < row.size(); ++k)
      sum += row[k] * (dropout.empty() ? 1.0 : dropout[gate + k]) * at(matrix, {static_cast<std::int64_t>(k), j});
    result.push_back(sum);
  }
  return result;
}

/// The first state at each time, [batch, steps, units], and all states after the last step, [batch, units] each. A step
/// that the mask skips keeps the states.
std::vector<Array> unrolled(const Array& x, std::vector<Array> initial, const Array* dropout, const Array* mask,
                            const Step& step, bool backwards) {
  const std::int64_t units = initial.front().shape()[1];
  const std::int64_t last = x.shape()[1] - 1;
  std::vector<std::vector<std::vector<State>>> all(static_cast<std::size_t>(x.shape()[0]));
  for (std::int64_t i = 0; i < x.shape()[0]; ++i) {
    std::vector<State> states(initial.size());
    for (std::size_t s = 0; s < initial.size(); ++s)
      for (std::int64_t j = 0; j < units; ++j) states[s].push_back(at(initial[s], {i, j}));
    State dropped;
    for (std::int64_t j = 0; dropout != nullptr && j < dropout->shape()[1]; ++j)
      dropped.push_back(at(*dropout, {i, j}));
    for (std::int64_t done = 0; done <= last; ++done) {
      const std::int64_t t = backwards ? last - done : done;
      State inputs;
      for (std::int64_t j = 0; j < x.shape()[2]; ++j) inputs.push_back(at(x, {i, t, j}));
      if (mask == nullptr || at(*mask, {i, t}) != 0.0) step(inputs, dropped, states);
      all[static_cast<std::size_t>(i)].push_back(states);
    }
  }
  const auto state = [&](std::int64_t row, std::int64_t done, std::size_t which, std::int64_t unit) {
    return all[static_cast<std::size_t>(row)][static_cast<std::size_t>(done)][which][static_cast<std::size_t>(unit)];
  };
  std::vector<Array> results{generated({x.shape()[0], x.shape()[1], units}, [&](std::span<const std::int64_t> index) {
    return state(index[0], backwards ? last - index[1] : index[1], 0, index[2]);
  })};
  for (std::size_t s = 0; s < initial.size(); ++s)
    results.push_back(generated({x.shape()[0], units}, [&](std::span<const std::int64_t> index) {
      return state(index[0], last, s, index[1]);
    }));
  return results;
}

Step simple_step(const Array& kernel, const Functions& f) {
  return [&kernel, f](const State& x, const State& dropout, std::vector<State>& states) {
    const State back = product(states[0], dropout, kernel, 0, kernel.shape()[1]);
    for (std::size_t j = 0; j < x.size(); ++j) states[0][j] = f.activation.function(x[j] + back[j]);
  };
}

Step lstm_step(const Array& kernel, const Functions& f) {
  return [&kernel, f](const State& x, const State& dropout, std::vector<State>& states) {
    const State back = product(states[0], dropout, kernel, 0, kernel.shape()[1]);
    const std::size_t u = states[0].size();
    const auto gate = [&](std::size_t which, std::size_t j) { return x[which * u + j] + back[which * u + j]; };
    for (std::size_t j = 0; j < u; ++j) {
      const double c = f.recurrent.function(gate(1, j)) * states[1][j] +
                       f.recurrent.function(gate(0, j)) * f.activation.function(gate(2, j));
      states[1][j] = c;
      states[0][j] = f.recurrent.function(gate(3, j)) * f.activation.function(c);
    }
  };
}

/// With a bias: the reset gate comes after the product.
Step gru_step(const Array& kernel, const Array* bias, const Functions& f) {
  return [&kernel, bias, f](const State& x, const State& dropout, std::vector<State>& states) {
    const State h = states[0];
    const auto u = static_cast<std::int64_t>(h.size());
    State back = product(h, dropout, kernel, 0, 3 * u);
    if (bias != nullptr)
      for (std::int64_t j = 0; j < 3 * u; ++j) back[static_cast<std::size_t>(j)] += at(*bias, {j});
    State r;
    for (std::size_t j = 0; j < h.size(); ++j) r.push_back(f.recurrent.function(x[h.size() + j] + back[h.size() + j]));
    State reset;
    for (std::size_t j = 0; j < h.size(); ++j) reset.push_back(r[j] * h[j]);
    const State inner = product(reset, dropout, kernel, 2 * u, 3 * u);
    for (std::size_t j = 0; j < h.size(); ++j) {
      const double z = f.recurrent.function(x[j] + back[j]);
      const double recurrent = bias != nullptr ? r[j] * back[2 * h.size() + j] : inner[j];
      states[0][j] = z * h[j] + (1.0 - z) * f.activation.function(x[2 * h.size() + j] + recurrent);
    }
  };
}

/// What a row tries.
struct Case {
  std::string name;
  bool masked = false;
  Functions functions = {};
  bool backwards = false;
  std::int64_t units = 3;
  std::int64_t steps = 4;
  std::int64_t batch = 5;
  bool drops = false;
};

std::vector<Input> inputs_of(const Case& c, std::int64_t gates, std::size_t states, bool bias) {
  const std::int64_t units = c.units;
  const double spread = std::sqrt(3.0 / static_cast<double>(units));
  std::vector<Input> inputs{{{c.batch, c.steps, gates * units}, -1.5, 1.5},
                            {.shape = {units, gates * units}, .low = -spread, .high = spread, .batched = false}};
  for (std::size_t i = 0; i < states; ++i) inputs.push_back({{c.batch, units}, -1.0, 1.0});
  if (bias) inputs.push_back({.shape = {gates * units}, .low = -1.0, .high = 1.0, .batched = false});
  if (c.drops) inputs.push_back({.shape = {c.batch, gates * units}, .low = 0.0, .high = 2.0, .differentiable = false});
  if (c.masked) inputs.push_back({.shape = {c.batch, c.steps}, .dtype = boolean, .differentiable = false});
  return inputs;
}

ops::detail::Recurrence recurrence(std::span<const Tensor> x, std::size_t states, const Case& c) {
  ops::detail::Recurrence r{.x = x[0], .kernel = x[1]};
  r.states.assign(x.begin() + 2, x.begin() + 2 + static_cast<std::ptrdiff_t>(states));
  if (c.masked) r.mask = x.back();
  if (c.drops) r.dropout = x[x.size() - (c.masked ? 2 : 1)];
  r.activation = c.functions.activation.name;
  r.recurrent_activation = c.functions.recurrent.name;
  r.backwards = c.backwards;
  return r;
}

std::vector<Tensor> tensors(const ops::detail::Recurred& all) {
  std::vector<Tensor> results{all.outputs};
  results.insert(results.end(), all.states.begin(), all.states.end());
  return results;
}

std::vector<Array> unrolled(std::span<const Array> x, std::size_t states, const Case& c, const Step& step) {
  const Array* const dropout = c.drops ? &x[x.size() - (c.masked ? 2 : 1)] : nullptr;
  return unrolled(x[0], {x.begin() + 2, x.begin() + 2 + static_cast<std::ptrdiff_t>(states)}, dropout,
                  c.masked ? &x.back() : nullptr, step, c.backwards);
}

OpRow row(std::string name, std::vector<std::string> ops, std::vector<Input> inputs, Mapping<Tensor> build,
          Mapping<Array> reference) {
  ops.emplace_back("recurrent_kernel_gradient");
  return {.name = std::move(name),
          .ops = std::move(ops),
          .build = std::move(build),
          .inputs = std::move(inputs),
          .reference = std::move(reference),
          .tolerance = 1e-5};
}

OpRow simple_row(const Case& c) {
  return row(
      "simple_rnn_" + c.name, {"simple_rnn", "simple_rnn_gradient"}, inputs_of(c, 1, 1, false),
      [=](std::span<const Tensor> x) { return tensors(ops::detail::simple_rnn(recurrence(x, 1, c))); },
      [=](std::span<const Array> x) { return unrolled(x, 1, c, simple_step(x[1], c.functions)); });
}

OpRow lstm_row(const Case& c) {
  return row(
      "lstm_" + c.name, {"lstm", "lstm_gradient"}, inputs_of(c, 4, 2, false),
      [=](std::span<const Tensor> x) { return tensors(ops::detail::lstm(recurrence(x, 2, c))); },
      [=](std::span<const Array> x) { return unrolled(x, 2, c, lstm_step(x[1], c.functions)); });
}

/// The last state alone, as of a layer that returns no sequences.
OpRow last_state_row(const Case& c) {
  return row(
      "lstm_last_" + c.name, {"lstm", "lstm_gradient"}, inputs_of(c, 4, 2, false),
      [=](std::span<const Tensor> x) { return ops::detail::lstm(recurrence(x, 2, c)).states.front(); },
      [=](std::span<const Array> x) { return std::vector<Array>{unrolled(x, 2, c, lstm_step(x[1], c.functions))[1]}; });
}

OpRow gru_row(const Case& c, bool reset_after) {
  return row((reset_after ? "gru_after_" : "gru_before_") + c.name, {"gru", "gru_gradient"},
             inputs_of(c, 3, 1, reset_after),
             [=](std::span<const Tensor> x) {
               return tensors(ops::detail::gru(recurrence(x, 1, c), reset_after ? x[3] : Tensor()));
             },
             [=](std::span<const Array> x) {
               return unrolled(x, 1, c, gru_step(x[1], reset_after ? &x[3] : nullptr, c.functions));
             });
}

OpRow unfold_row() {
  return {.name = "unfold_steps",
          .ops = {"fold_steps", "unfold_steps"},
          .build = [](auto x) { return ops::detail::unfold_steps(ops::exp(ops::detail::fold_steps(x[0])), x[0]); },
          .inputs = {{{3, 4, 2}}},
          .reference = each([](double x) { return std::exp(x); })};
}

OpRow fold_row() {
  return {.name = "fold_steps",
          .ops = {"fold_steps", "unfold_steps"},
          .build = [](auto x) { return ops::detail::fold_steps(ops::square(x[0])); },
          .inputs = {{{3, 4, 2}}},
          .reference =
              [](auto x) {
                return generated({x[0].shape()[0] * 4, 2}, [&](auto i) {
                  const double value = element(x[0], std::vector<std::int64_t>{i[0] / 4, i[0] % 4, i[1]});
                  return value * value;
                });
              }};
}

OpRow state_row() {
  return {
      .name = "initial_state",
      .ops = {"initial_state"},
      .build = [](auto x) { return ops::square(ops::detail::initial_state(x[0], x[1], false)); },
      .inputs = {{{3, 2}}, {.shape = {3, 4, 2}, .differentiable = false}},
      .reference =
          [](auto x) { return generated(x[0].shape(), [&](auto i) { return element(x[0], i) * element(x[0], i); }); }};
}

}  // namespace

std::vector<OpRow> recurrent_rows() {
  const Functions hard{{"softsign", softsign}, {"hard_sigmoid", hard_sigmoid}};
  const Functions flat{{"relu", relu}, {"linear", linear}};
  const Functions cut{{"hard_tanh", hard_tanh}, {"tanh", tangent}};
  std::vector<OpRow> rows{fold_row(), unfold_row(), state_row()};
  std::vector<Case> cases;
  for (const bool masked : {false, true})
    for (const bool backwards : {false, true})
      cases.push_back({.name = std::string("tanh") + (masked ? "_masked" : "") + (backwards ? "_backwards" : ""),
                       .masked = masked,
                       .backwards = backwards});
  // Steps enough for weights to be copied into panels, and units for several of them, the last one narrower.
  cases.push_back({.name = "long", .masked = true, .units = 19, .steps = 9, .batch = 2});
  cases.push_back({.name = "alone", .units = 9, .steps = 10, .batch = 1});
  // Few steps, and steps enough for weights to be copied; more columns a gate than a panel has.
  cases.push_back({.name = "drops", .drops = true});
  cases.push_back({.name = "drops_masked_backwards", .masked = true, .backwards = true, .drops = true});
  cases.push_back({.name = "drops_long", .masked = true, .units = 19, .steps = 9, .batch = 2, .drops = true});
  for (const Case& c : cases) {
    rows.push_back(simple_row(c));
    rows.push_back(lstm_row(c));
    rows.push_back(last_state_row(c));
    rows.push_back(gru_row(c, true));
    rows.push_back(gru_row(c, false));
  }
  rows.push_back(simple_row({.name = "relu", .functions = flat}));
  rows.push_back(simple_row({.name = "softsign", .masked = true, .functions = hard}));
  rows.push_back(simple_row({.name = "hard_tanh", .functions = cut}));
  rows.push_back(lstm_row({.name = "softsign", .masked = true, .functions = hard}));
  rows.push_back(lstm_row({.name = "hard_tanh", .functions = cut, .backwards = true}));
  rows.push_back(gru_row({.name = "softsign", .masked = true, .functions = hard, .backwards = true}, true));
  rows.push_back(gru_row({.name = "linear", .functions = {{"linear", linear}, {"sigmoid", sigmoid}}}, false));
  return rows;
}

}  // namespace keratin::test

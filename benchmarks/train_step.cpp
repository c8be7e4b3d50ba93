// Training steps in steady state beside the bare oneDNN primitives of the same step, and dlib's step where dlib is
// installed. All take turns within one process, so that a noisy machine disturbs each alike: the counters are medians
// over the turns, the ratios medians of each turn's ratio. Where other programs run, the best turns tell more.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>
#include <keratin/keratin.h>

#include "peers/peer.h"

namespace {

namespace kt = keratin;
namespace layers = keratin::layers;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t batches = 16;

const std::array<peers::Workload, 2>& workloads() {
  static const std::array<peers::Workload, 2> all{
      {{"mlp 64-32-10", {64, 32, 10}, 32}, {"mlp 784-512-512-10", {784, 512, 512, 10}, 128}}};
  return all;
}

peers::Examples examples_of(const peers::Workload& workload) {
  const auto rows = static_cast<std::size_t>(workload.batch * batches);
  peers::Examples examples{std::vector<float>(rows * static_cast<std::size_t>(workload.widths.front())),
                           std::vector<std::int32_t>(rows)};
  std::uint32_t random = 1;
  for (float& value : examples.x) {
    random = random * 1664525u + 1013904223u;
    value = static_cast<float>(random >> 8) / 16777216.0f - 0.5f;
  }
  for (std::size_t i = 0; i < rows; ++i) examples.y[i] = static_cast<std::int32_t>(i * 7 % 10);
  return examples;
}

/// Keratin's own steps, by way of fit and by way of train_on_batch.
class Ours {
 public:
  Ours(const peers::Workload& workload, const peers::Examples& examples, int threads)
      : batch_(workload.batch), session_({.seed = 7, .threads = threads}) {
    std::vector<kt::LayerSpec> specs{layers::Input({workload.widths.front()})};
    for (std::size_t i = 1; i + 1 < workload.widths.size(); ++i)
      specs.emplace_back(layers::Dense(workload.widths[i], {.activation = "relu"}));
    specs.emplace_back(layers::Dense(workload.widths.back(), {.activation = "softmax"}));
    model_ = kt::Sequential(session_, specs);
    model_.compile(
        {.optimizer = kt::optimizers::Adam({.learning_rate = 1e-3}), .loss = "sparse_categorical_crossentropy"});
    x_ = kt::Array::copy_of(examples.x).reshaped({batch_ * batches, workload.widths.front()});
    y_ = kt::Array::copy_of(examples.y).reshaped({batch_ * batches});
    first_x_ = x_.rows(0, batch_);
    first_y_ = y_.rows(0, batch_);
  }

  void fit(int steps) {
    model_.fit(x_, y_, {.batch_size = batch_, .epochs = steps / batches, .verbose = 0, .shuffle = false});
  }
  void train_on_batch(int steps) {
    for (int i = 0; i < steps; ++i) benchmark::DoNotOptimize(model_.train_on_batch(first_x_, first_y_));
  }

 private:
  std::int64_t batch_;
  kt::Session session_;
  kt::Model model_;
  kt::Array x_;
  kt::Array y_;
  kt::Array first_x_;
  kt::Array first_y_;
};

double median(std::vector<double> values) {
  if (values.empty()) return 0.0;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

/// One who takes part, and its microseconds a step at each turn.
struct Contender {
  std::string name;
  peers::Steps steps;
  std::vector<double> turns;

  void take_turn(int count) {
    steps(static_cast<int>(batches));  // caches and threads are the other's
    const auto start = Clock::now();
    steps(count);
    turns.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count() / count);
    // Worker threads of OpenMP and of BLAS go on spinning for a while.
    std::this_thread::sleep_for(std::chrono::milliseconds(40));
  }
};

void train_step(benchmark::State& state) {
  const peers::Workload& workload = workloads()[static_cast<std::size_t>(state.range(0))];
  const int threads = static_cast<int>(state.range(1));
  const int count = static_cast<int>(state.range(2));
  const peers::Examples examples = examples_of(workload);
  Ours ours(workload, examples, threads);
  std::vector<Contender> all{{"fit", [&](int steps) { ours.fit(steps); }, {}},
                             {"train_on_batch", [&](int steps) { ours.train_on_batch(steps); }, {}},
                             {"primitives", peers::primitives(workload, threads), {}}};
  if (peers::Steps dlib = peers::dlib(workload, examples, threads)) all.push_back({"dlib", std::move(dlib), {}});
  for (Contender& one : all) one.steps(static_cast<int>(batches));
  for (auto _ : state) {
    for (Contender& one : all) one.take_turn(count);
    state.SetIterationTime(all.front().turns.back() * 1e-6);
  }
  state.SetLabel(workload.name);
  for (const Contender& one : all) {
    state.counters[one.name + "_us"] = median(one.turns);
    state.counters[one.name + "_best_us"] = *std::min_element(one.turns.begin(), one.turns.end());
    std::vector<double> ratios;
    for (std::size_t i = 0; i < one.turns.size(); ++i) ratios.push_back(all.front().turns[i] / one.turns[i]);
    if (one.name != "fit") state.counters["fit/" + one.name] = median(ratios);
  }
}

BENCHMARK(train_step)
    ->ArgNames({"workload", "threads", "steps"})
    ->Args({0, 1, 2048})
    ->Args({0, 2, 2048})
    ->Args({1, 1, 16})
    ->Args({1, 2, 16})
    ->Iterations(31)
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace

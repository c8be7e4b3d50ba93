// Training steps with activations kept, and with activations computed a second time (compile's recompute): what the
// workspace takes, and what a step costs. Both take turns within one process; times are medians over the turns, the
// ratio is the median of each turn's ratio.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <keratin/keratin.h>

namespace {

namespace kt = keratin;
namespace layers = keratin::layers;
using Clock = std::chrono::steady_clock;

struct Network {
  std::string name;
  kt::Shape input;  ///< without batch
  std::int64_t batch = 0;
};

const std::vector<Network>& networks() {
  static const std::vector<Network> all{{"mlp, 24 x (Dense 256, BatchNormalization, gelu, Dropout)", {256}, 256},
                                        {"cnn, 8 x (Conv2D 16, BatchNormalization, Add)", {32, 32, 16}, 16},
                                        {"lstm, 8 x LSTM 64", {32, 32}, 32},
                                        {"transformer, 8 x (2 heads of 32, Dense 256)", {64, 64}, 16}};
  return all;
}

kt::Tensor mlp(kt::Tensor x) {
  for (int i = 0; i < 24; ++i)
    x = layers::Dropout(0.1)(layers::Activation("gelu")(layers::BatchNormalization()(layers::Dense(256)(x))));
  return x;
}

kt::Tensor cnn(kt::Tensor x) {
  for (int i = 0; i < 8; ++i) {
    const kt::Tensor y = layers::Conv2D(16, 3, {.padding = "same", .activation = "relu"})(x);
    x = layers::Add()({x, layers::BatchNormalization()(y)});
  }
  return layers::GlobalAveragePooling2D()(x);
}

kt::Tensor lstm(kt::Tensor x) {
  for (int i = 0; i < 8; ++i) x = layers::LSTM(64, {.return_sequences = i < 7})(x);
  return x;
}

kt::Tensor transformer(kt::Tensor x) {
  for (int i = 0; i < 8; ++i) {
    const kt::Tensor a = layers::LayerNormalization()(x);
    x = layers::Add()({x, layers::MultiHeadAttention(2, 32)({a, a})});
    const kt::Tensor y = layers::Dense(256, {.activation = "gelu"})(layers::LayerNormalization()(x));
    x = layers::Add()({x, layers::Dense(64)(y)});
  }
  return layers::GlobalAveragePooling1D()(x);
}

class Training {
 public:
  Training(std::size_t network, bool recompute) : session_({.seed = 7}), batch_(networks()[network].batch) {
    using Body = kt::Tensor (*)(kt::Tensor);
    constexpr Body bodies[] = {mlp, cnn, lstm, transformer};
    kt::Shape shape = networks()[network].input;
    const kt::Tensor input = session_.input(shape);
    model_ = kt::Model({input}, {layers::Dense(10, {.activation = "softmax"})(bodies[network](input))});
    model_.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .recompute = recompute});
    shape.insert(0, batch_ * steps);
    x_ = kt::Array::random_normal(shape, {.seed = 1});
    y_ = kt::Array::zeros({batch_ * steps}, kt::int32);
    plan_ = model_.memory_plan({.batch_size = batch_, .rows = batch_ * steps});
    take_turn();
    turns_.clear();
  }

  void take_turn() {
    const auto start = Clock::now();
    model_.fit(x_, y_, {.batch_size = batch_, .verbose = 0, .shuffle = false});
    turns_.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count() / steps);
  }
  const std::vector<double>& turns() const { return turns_; }
  double workspace_mib() const { return static_cast<double>(plan_.workspace_bytes) / (1 << 20); }

 private:
  static constexpr std::int64_t steps = 8;
  kt::Session session_;
  std::int64_t batch_;
  kt::Model model_;
  kt::Array x_;
  kt::Array y_;
  kt::MemoryPlan plan_;
  std::vector<double> turns_;  ///< milliseconds a step
};

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

void recompute(benchmark::State& state) {
  const auto network = static_cast<std::size_t>(state.range(0));
  Training kept(network, false);
  Training twice(network, true);
  for (auto _ : state) {
    kept.take_turn();
    twice.take_turn();
    state.SetIterationTime(twice.turns().back() * 1e-3);
  }
  std::vector<double> ratios;
  for (std::size_t i = 0; i < kept.turns().size(); ++i) ratios.push_back(twice.turns()[i] / kept.turns()[i]);
  state.SetLabel(networks()[network].name);
  state.counters["kept_ms"] = median(kept.turns());
  state.counters["twice_ms"] = median(twice.turns());
  state.counters["twice/kept"] = median(ratios);
  state.counters["kept_MiB"] = kept.workspace_mib();
  state.counters["twice_MiB"] = twice.workspace_mib();
}

BENCHMARK(recompute)->ArgName("network")->DenseRange(0, 3)->Iterations(15)->UseManualTime()->Unit(
    benchmark::kMillisecond);

}  // namespace

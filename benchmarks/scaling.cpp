// How a training step grows with its batch, width, depth, sequence length and threads. Each row changes one of them:
// an MLP (256 wide, 4 deep, batch 128) and a transformer block (128 wide, 4 heads, 64 tokens, batch 16), with Adam.

#include <cstdint>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <keratin/keratin.h>

namespace {

namespace kt = keratin;
namespace layers = keratin::layers;

struct Data {
  kt::Array x;
  kt::Array y;
};

void steps(benchmark::State& state, kt::Model model, const Data& data, double rows) {
  model.compile({.optimizer = "adam", .loss = "mse"});
  for (int i = 0; i < 3; ++i) model.train_on_batch(data.x, data.y);
  for (auto _ : state) model.train_on_batch(data.x, data.y);
  state.counters["rows/s"] =
      benchmark::Counter(rows * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  state.counters["workspace_MiB"] =
      static_cast<double>(model.memory_plan({.batch_size = data.x.shape().front()}).workspace_bytes) / (1 << 20);
}

void mlp(benchmark::State& state, std::int64_t batch, std::int64_t width, std::int64_t depth, int threads) {
  kt::Session session({.seed = 7, .threads = threads});
  std::vector<kt::LayerSpec> network{layers::Input({width})};
  for (std::int64_t i = 0; i < depth; ++i) network.emplace_back(layers::Dense(width, {.activation = "relu"}));
  network.emplace_back(layers::Dense(1));
  steps(state, kt::Sequential(session, network),
        {kt::Array::random_normal({batch, width}, {.seed = 1}), kt::Array::zeros({batch, 1})},
        static_cast<double>(batch));
}

void transformer(benchmark::State& state, std::int64_t batch, std::int64_t tokens, int threads) {
  kt::Session session({.seed = 7, .threads = threads});
  const kt::Tensor input = session.input({tokens, 128});
  kt::Tensor x = layers::Add()({input, layers::MultiHeadAttention(4, 32)({input, input})});
  x = layers::LayerNormalization()(x);
  const kt::Tensor h = layers::Dense(128)(layers::Dense(512, {.activation = "relu"})(x));
  x = layers::LayerNormalization()(layers::Add()({x, h}));
  steps(state, kt::Model({input}, {layers::Dense(1)(layers::GlobalAveragePooling1D()(x))}),
        {kt::Array::random_normal({batch, tokens, 128}, {.seed = 1}), kt::Array::zeros({batch, 1})},
        static_cast<double>(batch));
}

void lstm(benchmark::State& state, std::int64_t length, int threads) {
  kt::Session session({.seed = 7, .threads = threads});
  steps(state, kt::Sequential(session, {layers::Input({length, 32}), layers::LSTM(128), layers::Dense(1)}),
        {kt::Array::random_normal({32, length, 32}, {.seed = 1}), kt::Array::zeros({32, 1})}, 32.0);
}

void mlp_batch(benchmark::State& state) { mlp(state, state.range(0), 256, 4, static_cast<int>(state.range(1))); }
void mlp_width(benchmark::State& state) { mlp(state, 128, state.range(0), 4, static_cast<int>(state.range(1))); }
void mlp_depth(benchmark::State& state) { mlp(state, 128, 256, state.range(0), static_cast<int>(state.range(1))); }
void transformer_tokens(benchmark::State& state) {
  transformer(state, 16, state.range(0), static_cast<int>(state.range(1)));
}
void lstm_steps(benchmark::State& state) { lstm(state, state.range(0), static_cast<int>(state.range(1))); }

void over(benchmark::internal::Benchmark* benchmark, const char* name, const std::vector<std::int64_t>& values) {
  benchmark->ArgNames({name, "threads"})->ArgsProduct({values, {1, 2}})->UseRealTime()->Unit(benchmark::kMillisecond);
}

BENCHMARK(mlp_batch)->Apply([](auto* each) { over(each, "batch", {1, 8, 32, 128, 512, 2048}); });
BENCHMARK(mlp_width)->Apply([](auto* each) { over(each, "width", {16, 64, 256, 1024}); });
BENCHMARK(mlp_depth)->Apply([](auto* each) { over(each, "depth", {1, 4, 16, 64}); });
BENCHMARK(transformer_tokens)->Apply([](auto* each) { over(each, "tokens", {16, 64, 256, 1024}); });
BENCHMARK(lstm_steps)->Apply([](auto* each) { over(each, "steps", {1, 10, 100, 1000}); });

}  // namespace

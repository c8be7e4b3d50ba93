// What a network of many layers costs before its first step is over: layers called, compiled, traced, planned, weights
// made, run once. And what a step costs then.

#include <cstdint>

#include <benchmark/benchmark.h>
#include <keratin/keratin.h>

namespace {

namespace kt = keratin;
namespace layers = keratin::layers;

struct Built {
  kt::Model model;
  kt::Shape sample;
};

Built dense(kt::Session& session, std::int64_t count) {
  const kt::Tensor input = session.input({16});
  kt::Tensor x = input;
  for (std::int64_t i = 0; i < count; ++i) x = layers::Dense(16, {.activation = "relu"})(x);
  return {kt::Model({input}, {layers::Dense(1)(x)}), {4, 16}};
}

/// Of each three layers one is a convolution.
Built residual(kt::Session& session, std::int64_t count) {
  const kt::Tensor input = session.input({8, 8, 8});
  kt::Tensor x = input;
  for (std::int64_t i = 0; i < count; i += 3) {
    const kt::Tensor y = layers::Conv2D(8, 3, {.padding = "same", .activation = "relu"})(x);
    x = layers::Add()({x, layers::BatchNormalization()(y)});
  }
  return {kt::Model({input}, {layers::Dense(1)(layers::GlobalAveragePooling2D()(x))}), {4, 8, 8, 8}};
}

template <Built (*Build)(kt::Session&, std::int64_t)>
void until_the_first_step(benchmark::State& state) {
  for (auto _ : state) {
    kt::Session session({.seed = 7, .threads = 1});
    Built built = Build(session, state.range(0));
    built.model.compile({.optimizer = "adam", .loss = "mse"});
    built.model.train_on_batch(kt::Array::zeros(built.sample), kt::Array::zeros({built.sample[0], 1}));
  }
}

template <Built (*Build)(kt::Session&, std::int64_t)>
void step(benchmark::State& state) {
  kt::Session session({.seed = 7, .threads = static_cast<int>(state.range(1))});
  Built built = Build(session, state.range(0));
  built.model.compile({.optimizer = "adam", .loss = "mse"});
  const kt::Array x = kt::Array::zeros(built.sample);
  const kt::Array y = kt::Array::zeros({built.sample[0], 1});
  built.model.train_on_batch(x, y);
  for (auto _ : state) built.model.train_on_batch(x, y);
}

BENCHMARK(until_the_first_step<dense>)->Arg(125)->Arg(500)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK(until_the_first_step<residual>)->Arg(125)->Arg(500)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK(step<dense>)->Args({500, 1})->Args({500, 2})->Unit(benchmark::kMillisecond);
BENCHMARK(step<residual>)->Args({500, 1})->Args({500, 2})->Unit(benchmark::kMillisecond);

}  // namespace

// Kernels of training steps: what each achieves, beside what the machine does at best (machine/peaks.h). Each case is a
// small network; the times are those of single ops in its steps (diagnostics::Profiler), per call.
//
//     GFLOP/s and of_flops: arithmetic a second, and its share of the machine's peak
//     GB/s and of_bytes: what must be read and written a second, and its share of a copy's; above 1 in a cache

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <keratin/keratin.h>

#include "machine/peaks.h"

namespace {

namespace kt = keratin;
namespace layers = keratin::layers;

struct Op {
  std::string name;
  double flops = 0.0;   ///< of a call
  double floats = 0.0;  ///< that a call reads and writes, each once
};

struct Case {
  std::string name;
  kt::Shape x;  ///< batch first
  std::vector<kt::LayerSpec> network;
  std::vector<Op> ops;
  kt::DType dtype = kt::float32;
};

kt::Array input_of(const Case& each) {
  if (each.dtype == kt::float32) return kt::Array::random_normal(each.x, {.seed = 1});
  return kt::Array::random_uniform(each.x, {.minval = 0.0, .maxval = 10000.0, .seed = 1}).astype(each.dtype);
}

void run(benchmark::State& state, const Case& each, const Op& op) {
  const int threads = static_cast<int>(state.range(0));
  kt::Session session({.seed = 7, .threads = threads});
  kt::Shape sample;
  for (std::size_t i = 1; i < each.x.rank(); ++i) sample.push_back(each.x[i]);
  std::vector<kt::LayerSpec> network{layers::Input(sample, {.dtype = each.dtype})};
  network.insert(network.end(), each.network.begin(), each.network.end());
  kt::Model model = kt::Sequential(session, network);
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const kt::Array x = input_of(each);
  const kt::Array y = kt::Array::zeros(kt::Array(model.predict(x)).shape());
  model.train_on_batch(x, y);
  const kt::diagnostics::Profiler profiler;
  double seconds = 0.0;
  std::int64_t calls = 0;
  for (auto _ : state) {
    const std::int64_t before = calls;
    const double so_far = std::exchange(seconds, 0.0);
    model.train_on_batch(x, y);
    calls = 0;
    for (const kt::diagnostics::OpTime& time : profiler.report().by_op())
      if (time.op == op.name) {
        seconds = time.milliseconds * 1e-3;
        calls = time.calls;
      }
    if (calls == before) return state.SkipWithError("the step has no such op");
    state.SetIterationTime((seconds - so_far) / static_cast<double>(calls - before));
  }
  const double each_call = seconds / static_cast<double>(calls);
  const machine::Peaks& peaks = machine::peaks(threads);
  if (op.flops > 0.0) {
    state.counters["GFLOP/s"] = op.flops / each_call * 1e-9;
    state.counters["of_flops"] = op.flops / each_call / peaks.flops;
  }
  if (op.floats > 0.0) {
    state.counters["GB/s"] = op.floats * 4.0 / each_call * 1e-9;
    state.counters["of_bytes"] = op.floats * 4.0 / each_call / peaks.bytes;
  }
}

/// Two convolutions, so that one of them has a gradient of its input.
Case conv(const std::string& name, std::int64_t batch, std::int64_t size, std::int64_t channels, std::int64_t kernel) {
  const double places = static_cast<double>(batch * size * size);
  const double flops = 2.0 * places * static_cast<double>(kernel * kernel * channels * channels);
  const double floats = 2.0 * places * static_cast<double>(channels);
  const layers::ConvOptions options{.padding = "same", .use_bias = false};
  return {
      .name = name,
      .x = {batch, size, size, channels},
      .network = {layers::Conv2D(channels, kernel, options), layers::Conv2D(channels, kernel, options)},
      .ops = {
          {"conv", flops, floats}, {"conv_data_gradient", flops, floats}, {"conv_weights_gradient", flops, floats}}};
}

Case depthwise() {
  const double floats = 2.0 * 32 * 28 * 28 * 64;
  return {.name = "depthwise 3x3, 64 channels, 28x28, batch 32",
          .x = {32, 28, 28, 64},
          .network = {layers::DepthwiseConv2D(3, {.padding = "same"}), layers::DepthwiseConv2D(3, {.padding = "same"})},
          .ops = {{"fused_conv", floats * 9, floats},
                  {"conv_data_gradient", floats * 9, floats},
                  {"conv_weights_gradient", floats * 9, floats}}};
}

Case dense(std::int64_t rows, std::int64_t in, std::int64_t out) {
  const double flops = 2.0 * static_cast<double>(rows * in * out);
  return {.name = "dense " + std::to_string(rows) + " x " + std::to_string(in) + " x " + std::to_string(out),
          .x = {rows, in},
          .network = {layers::Dense(out, {.activation = "relu"})},
          .ops = {{"fused_matmul", flops}, {"matmul", flops}}};
}

/// The products of all steps with the recurrent kernel, of the gradient backwards, and the gradient of that kernel.
Case recurrent(const std::string& name, kt::LayerSpec layer, double gates) {
  const double flops = 2.0 * 100 * 32 * gates * 128 * 128;
  return {.name = name + " 128, 100 steps of 32, batch 32",
          .x = {32, 100, 32},
          .network = {std::move(layer)},
          .ops = {{name, flops}, {name + "_gradient", flops}, {"recurrent_kernel_gradient", flops}}};
}

/// The passes over memory, on arrays that no core's cache holds.
std::vector<Case> passes() {
  const double pixels = 64.0 * 32 * 32 * 16;
  const double rows = 32.0 * 64 * 512;
  return {
      {.name = "max pooling 2x2, 32x32x16, batch 64",
       .x = {64, 32, 32, 16},
       .network = {layers::Conv2D(16, 1), layers::MaxPooling2D()},
       .ops = {{"max_pool", 0.0, pixels * 1.25}, {"max_pool_gradient", 0.0, pixels * 2.25}}},
      {.name = "batch normalization, 32x32x16, batch 64",
       .x = {64, 32, 32, 16},
       .network = {layers::Conv2D(16, 1), layers::BatchNormalization()},
       .ops = {{"batch_moments", 0.0, pixels}, {"batch_normalization_gradient", 0.0, pixels * 5}}},
      {.name = "layer normalization, 2048 rows of 512",
       .x = {32, 64, 512},
       .network = {layers::Dense(512), layers::LayerNormalization()},
       .ops = {{"layer_norm", 0.0, rows * 2}, {"layer_norm_gradient", 0.0, rows * 3}}},
      {.name = "softmax, 2048 rows of 512",
       .x = {32, 64, 512},
       .network = {layers::Dense(512), layers::Softmax()},
       .ops = {{"softmax", 0.0, rows * 2}, {"softmax_gradient", 0.0, rows * 3}}},
      {.name = "gelu, 2048 rows of 512",
       .x = {32, 64, 512},
       .network = {layers::Dense(512), layers::Activation("gelu")},
       .ops = {{"fused", 0.0, rows * 2}}},
      {.name = "transpose of 64x512 in 32",
       .x = {32, 64, 512},
       .network = {layers::Dense(512), layers::Permute({2, 1})},
       .ops = {{"transpose", 0.0, rows * 2}}},
      {.name = "embedding 10000 x 64, 32 x 80",
       .x = {32, 80},
       .network = {layers::Embedding(10000, 64)},
       .ops = {{"take", 0.0, 2.0 * 32 * 80 * 64}, {"take_gradient", 0.0, 2.0 * 32 * 80 * 64}},
       .dtype = kt::int32},
  };
}

std::vector<Case> all() {
  std::vector<Case> cases = passes();
  cases.push_back(conv("conv 3x3, 16 channels, 32x32, batch 64", 64, 32, 16, 3));
  cases.push_back(conv("conv 3x3, 64 channels, 8x8, batch 64", 64, 8, 64, 3));
  cases.push_back(conv("conv 1x1, 64 channels, 16x16, batch 64", 64, 16, 64, 1));
  cases.push_back(depthwise());
  cases.push_back(dense(128, 784, 512));
  cases.push_back(dense(2048, 128, 512));
  cases.push_back(recurrent("lstm", layers::LSTM(128), 4.0));
  cases.push_back(recurrent("gru", layers::GRU(128), 3.0));
  return cases;
}

const bool registered = [] {
  for (const Case& each : all())
    for (const Op& op : each.ops)
      benchmark::RegisterBenchmark((each.name + "/" + op.name).c_str(),
                                   [each, op](benchmark::State& state) { run(state, each, op); })
          ->ArgName("threads")
          ->Arg(1)
          ->Arg(2)
          ->UseManualTime()
          ->Unit(benchmark::kMicrosecond);
  return true;
}();

}  // namespace

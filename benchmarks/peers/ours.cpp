// Keratin's side of the peers' workloads: one process a measurement, one line of JSON.
//
//     peer_keratin WORKLOAD            a training step: fit on arrays in memory, shuffled
//     peer_keratin infer-WORKLOAD [predict|frozen] [ROWS]   prediction of so many rows (1): predict_into or a Predictor
//     peer_keratin cold                built, one step of the mlp; time and memory are taken from outside
//     peer_keratin profile WORKLOAD    where the time of a training step, or of infer-WORKLOAD's calls, goes
//     peer_keratin memory              what fit will take, by workload, and the least that any plan could
//     peer_keratin loop                built, fitted for 3 epochs and cleared, 60 times
//
// PEER_THREADS (2) and PEER_BUDGET_S (3) say how many threads and how long, PEER_POLICY (float32) what layers compute
// in: mixed_bfloat16, say.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <keratin/keratin.h>

#include "measure.h"
#include "networks.h"

namespace {

namespace kt = keratin;
namespace layers = keratin::layers;
void train(const std::string& name) {
  const workloads::Workload& workload = workloads::named(name);
  const workloads::Data data = workloads::data(workload);
  kt::Session session(measure::session_options());
  kt::Model model = workloads::network(session, name);
  model.compile(workloads::compile_options(name));
  const auto start = measure::Clock::now();
  model.fit(data.x.rows(0, workload.batch), data.y.rows(0, workload.batch),
            {.batch_size = workload.batch, .verbose = 0});
  const double first_ms = measure::ms_since(start);
  measure::Stopwatch stopwatch(workload.steps);
  model.fit(data.x, data.y,
            {.batch_size = workload.batch, .epochs = 1'000'000, .verbose = 0, .callbacks = {kt::borrow(stopwatch)}});
  measure::print(name, stopwatch.times(), stopwatch.cpu_ms(), first_ms);
}

void profile(const std::string& name) {
  const workloads::Workload& workload = workloads::named(name);
  const workloads::Data data = workloads::data(workload);
  kt::Session session(measure::session_options());
  kt::Model model = workloads::network(session, name);
  model.compile(workloads::compile_options(name));
  model.fit(data.x, data.y, {.batch_size = workload.batch, .verbose = 0});
  const kt::diagnostics::Profiler profiler;
  model.fit(data.x, data.y, {.batch_size = workload.batch, .epochs = 4, .verbose = 0});
  measure::print(profiler, workload.steps * 4);
}

template <class Call>
void time_calls(const std::string& name, Call&& call) {
  const auto first = measure::Clock::now();
  call();
  const double first_ms = measure::ms_since(first);
  for (int i = 0; i < 20; ++i) call();
  std::vector<double> times;
  const double cpu_before = measure::processor_ms();
  for (const auto begin = measure::Clock::now();
       times.size() < 50 || measure::ms_since(begin) < measure::budget_ms() / 3;) {
    const auto start = measure::Clock::now();
    call();
    times.push_back(measure::ms_since(start));
  }
  const double cpu_ms = (measure::processor_ms() - cpu_before) / static_cast<double>(times.size());
  measure::print(name, std::move(times), cpu_ms, first_ms);
}

template <class Call>
void profile_calls(Call&& call) {
  constexpr std::int64_t calls = 2000;
  for (int i = 0; i < 20; ++i) call();
  const kt::diagnostics::Profiler profiler;
  for (std::int64_t i = 0; i < calls; ++i) call();
  measure::print(profiler, calls);
}

/// Which calls of a network are measured, and how.
struct Inference {
  bool is_frozen = false;
  std::int64_t rows = 1;
  bool is_profiled = false;
};

void infer(const std::string& name, const Inference& how) {
  const workloads::Workload& workload = workloads::named(name);
  const kt::Array x = workloads::data(workload).x.rows(0, how.rows).copy();
  kt::Session session(measure::session_options());
  kt::Model model = workloads::network(session, name);
  const kt::Array first = model.predict(x);
  std::vector<float> out(static_cast<std::size_t>(first.size()));
  const bool is_narrow = first.dtype() != kt::float32;  // which predict_into doesn't give
  const auto measure = [&](auto&& predicting) {
    const auto call = [&] { is_narrow ? static_cast<void>(predicting.predict(x)) : predicting.predict_into(x, out); };
    how.is_profiled ? profile_calls(call) : time_calls("infer-" + name, call);
  };
  if (how.is_frozen) {
    measure(model.freeze({.threads = measure::threads()}));
  } else {
    measure(model);
  }
}

void cold() {
  kt::Session session(measure::session_options());
  kt::Model model = workloads::network(session, "mlp");
  model.compile(workloads::compile_options("mlp"));
  model.train_on_batch(kt::Array::random_normal({128, 784}, {.seed = 1}), kt::Array::zeros({128}, kt::int32));
}

/// Planned, against the largest sum of buffers that live at a time; and with activations that are computed twice.
void memory() {
  std::printf(
      "| workload | workspace MB | live MB | ratio | recomputed MB | of the workspace | peak MB |\n"
      "| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
  for (const workloads::Workload& workload : workloads::all()) {
    const auto plan = [&](bool recompute) {
      kt::Session session(measure::session_options());
      kt::Model model = workloads::network(session, workload.name);
      kt::CompileOptions options = workloads::compile_options(workload.name);
      options.recompute = recompute;
      model.compile(std::move(options));
      return model.memory_plan({.batch_size = workload.batch, .rows = workload.batch * workload.steps});
    };
    const kt::MemoryPlan kept = plan(false);
    const kt::MemoryPlan twice = plan(true);
    const auto ratio = [](std::int64_t a, std::int64_t b) { return static_cast<double>(a) / static_cast<double>(b); };
    std::printf("| %s | %.2f | %.2f | %.3f | %.2f | %.2f | %.2f |\n", std::string(workload.name).c_str(),
                measure::mb(kept.workspace_bytes), measure::mb(kept.live_bytes),
                ratio(kept.workspace_bytes, kept.live_bytes), measure::mb(twice.workspace_bytes),
                ratio(twice.workspace_bytes, kept.workspace_bytes), measure::mb(kept.peak_bytes));
  }
}

/// The loop of keras #20552.
void loop() {
  const kt::Array x = kt::Array::random_normal({6, 3, 1}, {.seed = 1});
  kt::Array y = kt::Array::zeros({6, 4});
  for (std::size_t row = 0; row < 6; ++row) y.mutable_data<float>()[4 * row + row % 4] = 1.0F;
  std::vector<double> times;
  std::vector<double> resident;
  const double cpu_before = measure::processor_ms();
  kt::Session session(measure::session_options());
  for (int round = 0; round < 60; ++round) {
    const auto start = measure::Clock::now();
    auto model =
        kt::Sequential(session, {layers::Input({3, 1}), layers::LSTM(16, {.return_sequences = true}), layers::LSTM(16),
                                 layers::Dropout(0.4), layers::Dense(8, {.activation = "tanh"}),
                                 layers::Dense(4, {.activation = "softmax"})});
    model.compile({.optimizer = "adam", .loss = "categorical_crossentropy"});
    model.fit(x, y, {.batch_size = 2, .epochs = 3, .verbose = 0});
    session.clear();
    times.push_back(measure::ms_since(start));
    resident.push_back(measure::mb(kt::process_memory().resident_bytes));
  }
  std::fprintf(stderr, "private resident memory: %.2f MB after round 10, %.2f MB after round 60\n", resident[9],
               resident[59]);
  const double first = times.front();
  measure::print("loop", std::move(times), (measure::processor_ms() - cpu_before) / 60.0, first);
}

}  // namespace

int main(int count, char** arguments) try {
  std::string what = count > 1 ? arguments[1] : "mlp";
  const bool is_profiled = what == "profile" && count > 2;
  if (is_profiled) {
    what = arguments[2];
    ++arguments;
    --count;
  }
  if (what == "cold") {
    cold();
  } else if (what == "memory") {
    memory();
  } else if (what == "loop") {
    loop();
  } else if (what.starts_with("infer-")) {
    infer(what.substr(6), {.is_frozen = count > 2 && std::string_view(arguments[2]) == "frozen",
                           .rows = count > 3 ? std::atoll(arguments[3]) : 1,
                           .is_profiled = is_profiled});
  } else if (is_profiled) {
    profile(what);
  } else {
    train(what);
  }
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return EXIT_FAILURE;
}

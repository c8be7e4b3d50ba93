// Keratin's side of model_files.py: a training step of a network that Keras saved, with the arrays beside it.
//
//     peer_model_file [profile] FOLDER NAME BATCH
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>

#include <keratin/keratin.h>

#include "measure.h"

namespace {

namespace kt = keratin;

void train(const std::string& path, const std::string& name, std::int64_t batch, bool is_profiled) {
  const kt::NamedArrays arrays = kt::load_npz(path + ".npz");
  const kt::Array& x = arrays["x"];
  const kt::Array& y = arrays["y"];
  kt::Session session({.seed = 7, .threads = measure::threads()});
  kt::Model model = kt::load_model(session, path + ".keras");
  const std::int64_t steps = x.shape().front() / batch;
  const auto start = measure::Clock::now();
  model.fit(x.rows(0, batch), y.rows(0, batch), {.batch_size = batch, .verbose = 0});
  const double first_ms = measure::ms_since(start);
  if (is_profiled) {
    model.fit(x, y, {.batch_size = batch, .verbose = 0});
    const kt::diagnostics::Profiler profiler;
    model.fit(x, y, {.batch_size = batch, .epochs = 4, .verbose = 0});
    measure::print(profiler, steps * 4);
    return;
  }
  measure::Stopwatch stopwatch(steps);
  model.fit(x, y, {.batch_size = batch, .epochs = 1'000'000, .verbose = 0, .callbacks = {kt::borrow(stopwatch)}});
  measure::print(name, stopwatch.times(), stopwatch.cpu_ms(), first_ms);
}

}  // namespace

int main(int count, char** arguments) try {
  const bool is_profiled = count > 1 && std::string_view(arguments[1]) == "profile";
  if (is_profiled) ++arguments, --count;
  if (count != 4) {
    std::fprintf(stderr, "peer_model_file [profile] FOLDER NAME BATCH\n");
    return EXIT_FAILURE;
  }
  train(std::string(arguments[1]) + '/' + arguments[2], arguments[2], std::atoll(arguments[3]), is_profiled);
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return EXIT_FAILURE;
}

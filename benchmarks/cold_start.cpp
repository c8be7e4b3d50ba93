// From the start of a process to its first trained step and its end: 784-512-512-10, batch 128, Adam. Prints processor
// time (all threads), and the largest resident set. An argument sets the session's threads.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <keratin/keratin.h>
#include <sys/resource.h>

namespace kt = keratin;
namespace layers = keratin::layers;

namespace {

double cpu_ms(const rusage& used) {
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) * 1e-3;
  };
  return ms(used.ru_utime) + ms(used.ru_stime);
}

void train_once(int threads) {
  kt::Session session({.seed = 7, .threads = threads});
  auto model = kt::Sequential(
      session, {layers::Input({784}), layers::Dense(512, {.activation = "relu"}),
                layers::Dense(512, {.activation = "relu"}), layers::Dense(10, {.activation = "softmax"})});
  model.compile({.optimizer = kt::optimizers::Adam(), .loss = "sparse_categorical_crossentropy"});
  const kt::Array x = kt::Array::zeros({128, 784}, kt::float32);
  const kt::Array y = kt::Array::zeros({128}, kt::int32);
  model.train_on_batch(x, y);
}

}  // namespace

int main(int count, char** arguments) {
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  train_once(count > 1 ? std::atoi(arguments[1]) : 0);
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  std::printf("cpu_ms %.1f (before main %.1f) peak_resident_mb %.1f\n", cpu_ms(after), cpu_ms(before),
              static_cast<double>(after.ru_maxrss) / 1024.0);
  return EXIT_SUCCESS;
}

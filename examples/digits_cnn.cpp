// A convolutional network on handwritten digits, trained from five seeds: how good it is, and how much that is luck.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <vector>

#include <keratin/keratin.h>

namespace kt = keratin;
namespace layers = keratin::layers;

namespace {

kt::Sequential network(kt::Session& session) {
  return kt::Sequential(session, {
                                     layers::Input({64}),
                                     layers::Rescaling(1.0 / 16),
                                     layers::Reshape({8, 8, 1}),
                                     layers::Conv2D(32, 3, {.padding = "same", .activation = "relu"}),
                                     layers::Conv2D(64, 3, {.padding = "same", .activation = "relu"}),
                                     layers::MaxPooling2D(2),
                                     layers::Dropout(0.25),
                                     layers::Flatten(),
                                     layers::Dense(128, {.activation = "relu"}),
                                     layers::Dropout(0.5),
                                     layers::Dense(10, {.activation = "softmax"}),
                                 });
}

struct Result {
  double accuracy;
  double loss;
};

Result trained(std::uint64_t seed, const kt::Split& digits) {
  kt::Session session({.seed = seed});
  auto model = network(session);
  model.compile({.optimizer = kt::optimizers::Adam({.learning_rate = 1e-3}),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy"}});
  model.fit(digits.train.x, digits.train.y, {.batch_size = 32, .epochs = 20, .verbose = 0});
  const kt::Logs scores = model.evaluate(digits.test.x, digits.test.y, {.verbose = 0});
  return {scores.at("accuracy"), scores.at("loss")};
}

}  // namespace

int main() {
  const kt::Split digits = kt::datasets::digits();
  constexpr int seeds = 5;
  double sum = 0.0;
  double squares = 0.0;
  std::cout << "seed   accuracy   loss\n" << std::fixed;
  for (int seed = 1; seed <= seeds; ++seed) {
    const Result result = trained(static_cast<std::uint64_t>(seed), digits);
    sum += result.accuracy;
    squares += result.accuracy * result.accuracy;
    std::cout << std::setw(4) << seed << std::setw(10) << std::setprecision(2) << 100.0 * result.accuracy << " %"
              << std::setw(9) << std::setprecision(4) << result.loss << std::endl;
  }
  const double mean = sum / seeds;
  const double spread = std::sqrt(std::max(0.0, squares / seeds - mean * mean));
  std::cout << "mean" << std::setw(10) << std::setprecision(2) << 100.0 * mean << " % ± " << 100.0 * spread << '\n';
  // Keras 3.15 with TensorFlow reaches 99.05 % ± 0.33 with this network and these rows, seeds 1 to 5. Other seeds, or sums
  // in another order, move such a mean by a tenth of a point or two: more than half a point less would be a mistake.
  return mean >= 0.9855 ? EXIT_SUCCESS : EXIT_FAILURE;
}

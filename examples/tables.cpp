// Two classic tables, iris flowers and wines, told apart by a small network: with columns brought to one scale by a
// layer that has learned it, early stopping, five different splits, and a table of what is mistaken for what.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <string>
#include <vector>

#include <keratin/keratin.h>

namespace kt = keratin;
namespace layers = keratin::layers;

namespace {

using Counts = std::vector<std::vector<int>>;

/// Adds rows by kind (downwards) and what they were taken for.
void count(Counts& counts, const kt::Array& probabilities, const kt::Array& y) {
  const std::size_t kinds = counts.size();
  const auto actual = y.data<std::int32_t>();
  const auto values = probabilities.data<float>();
  for (std::size_t row = 0; row < actual.size(); ++row) {
    std::size_t best = 0;
    for (std::size_t kind = 1; kind < kinds; ++kind)
      if (values[row * kinds + kind] > values[row * kinds + best]) best = kind;
    ++counts[static_cast<std::size_t>(actual[row])][best];
  }
}

/// Prints the counts; the share of rows that are right.
double report(const Counts& counts, const std::vector<std::string>& kinds) {
  int right = 0;
  int all = 0;
  std::cout << std::setw(14) << "is \\ taken for";
  for (const std::string& kind : kinds) std::cout << std::setw(12) << kind;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    std::cout << '\n' << std::setw(14) << kinds[i];
    for (std::size_t j = 0; j < kinds.size(); ++j) {
      std::cout << std::setw(12) << counts[i][j];
      all += counts[i][j];
      right += i == j ? counts[i][j] : 0;
    }
  }
  const double share = static_cast<double>(right) / all;
  std::cout << '\n'
            << std::fixed << std::setprecision(1) << 100.0 * share << " % of " << all
            << " rows that it had not seen are right\n\n";
  return share;
}

/// Trains on one part and counts on the other.
void train(const kt::Split& data, Counts& counts) {
  kt::Session session({.seed = 12});
  auto model =
      kt::Sequential(session, {
                                  layers::Input({data.train.x.shape()[1]}),
                                  layers::BatchNormalization(),  // the columns differ a thousandfold
                                  layers::Dense(16, {.activation = "tanh"}),
                                  layers::Dense(static_cast<std::int64_t>(counts.size()), {.activation = "softmax"}),
                              });
  model.compile(
      {.optimizer = kt::optimizers::Adam({.learning_rate = 1e-2}), .loss = "sparse_categorical_crossentropy"});
  kt::callbacks::EarlyStopping stopping({.patience = 20, .restore_best_weights = true});
  const kt::History history = model.fit(
      data.train.x, data.train.y,
      {.batch_size = 16, .epochs = 200, .verbose = 0, .callbacks = {kt::borrow(stopping)}, .validation_split = 0.2});
  std::cout << "  " << history.epochs().size() << " epochs, the best was " << stopping.best_epoch() + 1
            << " with a validation loss of " << std::setprecision(3) << stopping.best().value() << '\n';
  count(counts, model.predict(data.test.x), data.test.y);
}

double classified(const std::string& name, kt::Split (*load)(kt::datasets::SplitOptions),
                  const std::vector<std::string>& kinds) {
  Counts counts(kinds.size(), std::vector<int>(kinds.size()));
  std::cout << name << ", trained on four fifths, five times:\n";
  for (std::uint64_t split = 0; split < 5; ++split) train(load({.seed = split}), counts);
  return report(counts, kinds);
}

}  // namespace

int main() {
  const double iris = classified("iris", kt::datasets::iris, {"setosa", "versicolor", "virginica"});
  const double wine = classified("wine", kt::datasets::wine, {"grower 1", "grower 2", "grower 3"});
  return iris >= 0.93 && wine >= 0.93 ? EXIT_SUCCESS : EXIT_FAILURE;
}

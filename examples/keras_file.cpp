// A model that Keras made, trained and saved: load it, see that it does here what it did there, and train on.
// argument: the .keras file; by default examples/data/digits_cnn.keras
#include <cmath>
#include <cstdlib>
#include <iostream>

#include <keratin/keratin.h>

namespace kt = keratin;

int main(int argc, char** argv) {
  const auto [train, test] = kt::datasets::digits();
  const kt::Array images = train.x.reshaped({-1, 8, 8, 1});
  const kt::Array test_images = test.x.reshaped({-1, 8, 8, 1});

  kt::Session session({.seed = 1});
  kt::Model model = kt::load_model(session, argc > 1 ? argv[1] : KERATIN_EXAMPLES_DATA "/digits_cnn.keras");
  std::cout << model.summary() << '\n';

  const kt::Logs as_saved = model.evaluate(test_images, test.y, {.verbose = 0});
  std::cout << "as Keras saved it: " << as_saved << '\n';
  model.fit(images, train.y, {.batch_size = 32, .epochs = 3, .verbose = 2});
  const kt::Logs trained_on = model.evaluate(test_images, test.y, {.verbose = 0});
  std::cout << "after three epochs more: " << trained_on << '\n';

  // Keras's own numbers for the file that comes with the examples.
  const bool is_ours = argc < 2;
  const bool same = std::abs(as_saved.at("accuracy") - 0.9777) < 1e-3 && std::abs(as_saved.at("loss") - 0.05765) < 1e-4;
  return (!is_ours || same) && trained_on.at("accuracy") > 0.95 ? EXIT_SUCCESS : EXIT_FAILURE;
}
